/**
 * Markdown as elements. Tokens become Solid elements one by one: no HTML is ever made from an answer, raw HTML in it is shown as
 * text, nothing in it fetches anything, and a link leads out only when a person follows it.
 *
 * `Index` keeps the element at each place while the token there changes, so that a growing paragraph grows, and a selection
 * or a scrolled table stays as it was.
 */
import type { Tokens } from "marked";
import {
  type Component,
  createContext,
  createMemo,
  createSignal,
  Index,
  type JSX,
  Show,
  Suspense,
  useContext,
} from "solid-js";
import { Dynamic } from "solid-js/web";
import { l } from "../laterWords.ts";
import { Cite, CitingContext } from "./Cited.tsx";
import { CodeBlock } from "./CodeBlock.tsx";
import { FootnoteMark, WithFootnotes } from "./Footnotes.tsx";
import { Formula } from "./Formula.tsx";
import type { MathToken } from "./mathSyntax.ts";
import { InLink, Picture } from "./Picture.tsx";
import { tokensToText, toPieces } from "./plainText.ts";
import { createMarkdownReader, type MarkdownToken } from "./readBlocks.ts";
import { RawHtml } from "./RawHtml.tsx";
import { safeUrl } from "./safeUrl.ts";
import { TableFrame } from "./TableFrame.tsx";
import type { TagToken } from "./tags.ts";
import { Arriving, Words } from "./Words.tsx";
import { fetchedView } from "../../ui/fetchedView.ts";

// Fetched with the first diagram.
const Diagram = fetchedView(() => import("./Diagram.tsx").then(({ Diagram }) => Diagram));

/** Cells that are drawn without being asked for: a thousand rows of forty would take the page for seconds. */
const cellsMax = 3_000;

type TokenView = Component<{ token: MarkdownToken }>;

/** Whether the block can still change: what is half written is no diagram yet. */
const Settled = createContext<() => boolean>(() => true);

/** Quotes in lists in quotes: deeper than this, a token's own text is shown. */
const depthMax = 24;
const Depth = createContext(0);

export function Markdown(props: { text: string; isArriving: boolean }): JSX.Element {
  const reader = createMarkdownReader();
  const blocks = createMemo(() => reader.read(props.text, !props.isArriving));
  const isArriving = (): boolean => props.isArriving;
  return (
    <Arriving.Provider value={isArriving}>
      <div class="prose" classList={{ arriving: props.isArriving }}>
        <WithFootnotes
          blocks={blocks()}
          isArriving={props.isArriving}
          note={(of) => <Block token={of.token} isSettled={!props.isArriving} />}
        >
          <Index each={blocks()}>
            {(token, place) => <Block token={token()} isSettled={!props.isArriving || place < blocks().length - 1} />}
          </Index>
        </WithFootnotes>
      </div>
    </Arriving.Provider>
  );
}

function Block(props: { token: MarkdownToken; isSettled: boolean }): JSX.Element {
  const isSettled = (): boolean => props.isSettled;
  return (
    <Settled.Provider value={isSettled}>
      <Depth.Provider value={1}>
        <Node token={props.token} />
      </Depth.Provider>
    </Settled.Provider>
  );
}

function Nodes(props: { tokens: readonly MarkdownToken[] | undefined }): JSX.Element {
  const depth = useContext(Depth);
  return (
    <Show when={depth < depthMax} fallback={<Words text={tokensToText(props.tokens ?? [])} />}>
      <Depth.Provider value={depth + 1}>
        <Index each={props.tokens ?? []}>{(token) => <Node token={token()} />}</Index>
      </Depth.Provider>
    </Show>
  );
}

function Node(props: { token: MarkdownToken }): JSX.Element {
  const view = createMemo(
    () => (Object.hasOwn(views, props.token.type) ? views[props.token.type] : undefined) ?? Unknown,
  );
  return <Dynamic component={view()} token={props.token} />;
}

const Unknown: TokenView = (props) => <Words text={props.token.raw} />;

const Inner: TokenView = (props) => (
  <Show when={props.token.tokens} fallback={<Words text={props.token.text ?? ""} />}>
    {(tokens) => <Nodes tokens={tokens()} />}
  </Show>
);

const Heading: TokenView = (props) => {
  // One level down: the page's own heading is the chat's title.
  const level = (): string => `h${Math.min((props.token as Tokens.Heading).depth + 1, 6)}`;
  return (
    <Dynamic component={level()}>
      <Nodes tokens={props.token.tokens} />
    </Dynamic>
  );
};

const List: TokenView = (props) => {
  const list = (): Tokens.List => props.token as Tokens.List;
  const items = (): JSX.Element => (
    <Index each={list().items}>
      {(item) => (
        <li classList={{ task: item().task }}>
          <Nodes tokens={item().tokens} />
        </li>
      )}
    </Index>
  );
  return (
    <Show when={list().ordered} fallback={<ul>{items()}</ul>}>
      <ol start={Number(list().start) || 1}>{items()}</ol>
    </Show>
  );
};

const Task: TokenView = (props) => {
  const isDone = (): boolean => (props.token as Tokens.Checkbox).checked;
  return (
    <span class="task-mark" data-done={isDone()} role="img" aria-label={isDone() ? l.done : l.notDone}>
      {isDone() ? "☑" : "☐"}
    </span>
  );
};

const Table: TokenView = (props) => {
  const table = (): Tokens.Table => props.token as Tokens.Table;
  const align = (column: number): string => table().align[column] ?? "start";
  const [isAllWanted, setIsAllWanted] = createSignal(false);
  const rowsMax = (): number => Math.max(1, Math.floor(cellsMax / Math.max(1, table().header.length)));
  const isWhole = (): boolean => isAllWanted() || table().rows.length <= rowsMax();
  return (
    <TableFrame table={table()}>
      <table>
        <thead>
          <tr>
            <Index each={table().header}>
              {(cell, column) => (
                <th scope="col" data-align={align(column)}>
                  <Nodes tokens={cell().tokens} />
                </th>
              )}
            </Index>
          </tr>
        </thead>
        <tbody>
          <Index each={isWhole() ? table().rows : table().rows.slice(0, rowsMax())}>
            {(row) => (
              <tr>
                <Index each={row()}>
                  {(cell, column) => (
                    <td data-align={align(column)}>
                      <Nodes tokens={cell().tokens} />
                    </td>
                  )}
                </Index>
              </tr>
            )}
          </Index>
        </tbody>
      </table>
      <Show when={!isWhole()}>
        <button type="button" class="quiet" onClick={() => setIsAllWanted(true)}>
          {l.showAll}
        </button>
      </Show>
    </TableFrame>
  );
};

const Link: TokenView = (props) => {
  const url = createMemo(() => safeUrl((props.token as Tokens.Link).href));
  const citing = useContext(CitingContext);
  /** A list of sources below an answer, "[1]: lease.pdf", makes links of the numbers above it. */
  const cited = (): number | null => {
    const [, number] = /^\[(\d{1,2})\]$/.exec(props.token.raw) ?? [];
    return number !== undefined && citing()?.sources[Number(number) - 1] !== undefined ? Number(number) : null;
  };
  const asLink = (): JSX.Element => (
    <Show when={url()} fallback={<Nodes tokens={props.token.tokens} />}>
      {(href) => (
        <a href={href()} title={href()} target="_blank" rel="noopener noreferrer nofollow">
          <InLink.Provider value={true}>
            <Nodes tokens={props.token.tokens} />
          </InLink.Provider>
        </a>
      )}
    </Show>
  );
  return (
    <Show when={cited()} fallback={asLink()}>
      {(number) => <Show when={citing()}>{(known) => <Cite number={number()} citing={known()} />}</Show>}
    </Show>
  );
};

const Code: TokenView = (props) => {
  const text = (): string => (props.token as Tokens.Code).text;
  const info = (): string => (props.token as Tokens.Code).lang ?? "";
  const isSettled = useContext(Settled);
  const asCode = (): JSX.Element => <CodeBlock text={text()} info={info()} />;
  return (
    <Show when={isSettled() && /^mermaid\b/i.test(info())} fallback={asCode()}>
      <Suspense fallback={asCode()}>
        <Diagram text={text()} info={info()} />
      </Suspense>
    </Show>
  );
};

const views: Readonly<Record<string, TokenView>> = {
  paragraph: (props) => (
    <p>
      <Nodes tokens={props.token.tokens} />
    </p>
  ),
  heading: Heading,
  blockquote: (props) => (
    <blockquote>
      <Nodes tokens={props.token.tokens} />
    </blockquote>
  ),
  list: List,
  checkbox: Task,
  code: Code,
  table: Table,
  plain: (props) => <Index each={toPieces(props.token.text ?? "")}>{(piece) => <p class="unread">{piece()}</p>}</Index>,
  math: (props) => (
    <Formula source={(props.token as MathToken).text} isDisplay={(props.token as MathToken).isDisplay} />
  ),
  hr: () => <hr />,
  html: RawHtml,
  space: () => null,
  def: () => null,
  text: Inner,
  escape: (props) => <>{(props.token as Tokens.Escape).text}</>,
  strong: (props) => (
    <strong>
      <Nodes tokens={props.token.tokens} />
    </strong>
  ),
  em: (props) => (
    <em>
      <Nodes tokens={props.token.tokens} />
    </em>
  ),
  del: (props) => (
    <del>
      <Nodes tokens={props.token.tokens} />
    </del>
  ),
  codespan: (props) => <code>{(props.token as Tokens.Codespan).text}</code>,
  br: () => <br />,
  tag: (props) => (
    <Dynamic component={(props.token as TagToken).name}>
      <Nodes tokens={props.token.tokens} />
    </Dynamic>
  ),
  // Shown below all words.
  footnote: () => null,
  footnoteRef: (props) => <FootnoteMark token={props.token} isInLink={useContext(InLink)} />,
  link: Link,
  image: Picture,
};
