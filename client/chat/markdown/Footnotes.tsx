/** Footnotes of one answer: small numbers in its words, each of which leads to its note below them, and back. */
import { type Accessor, type Component, createContext, createMemo, Index, type JSX, Show, useContext } from "solid-js";
import { l } from "../laterWords.ts";
import { type Footnotes, findFootnotes } from "./footnotes.ts";
import { tokensToText } from "./plainText.ts";
import type { MarkdownToken } from "./readBlocks.ts";
import "./footnotes.css";

interface Desk {
  readonly known: Accessor<Footnotes>;
  /** By a note's name. Read once for all that lead to it. */
  readonly hints: Accessor<ReadonlyMap<string, string>>;
  /** A note is where its answer is, and no other answer's of the same number; so none needs a name in the page, or an address that would lead out of the chat. */
  goTo(number: number, from: HTMLElement): void;
  goBack(number: number, from: HTMLElement): void;
}

const FootnoteDesk = createContext<Desk | null>(null);

/** A hint of a note, and not all of it. */
const hintCharsMax = 200;

function createFootnoteDesk(blocks: Accessor<readonly MarkdownToken[]>, isArriving: Accessor<boolean>): Desk {
  const known = createMemo(() => findFootnotes(blocks(), !isArriving()));
  const hints = createMemo(
    () => new Map(known().notes.map(({ name, tokens }) => [name, tokensToText(tokens).slice(0, hintCharsMax)])),
  );
  let cameFrom: HTMLElement | null = null;
  const within = (from: HTMLElement, selector: string): HTMLElement | null =>
    from.closest(".prose")?.querySelector<HTMLElement>(selector) ?? null;
  return {
    ...{ known, hints },
    goTo: (number, from) => {
      cameFrom = from;
      within(from, `li[data-footnote="${number}"]`)?.focus();
    },
    goBack: (number, from) => {
      const isThere = cameFrom?.isConnected === true && cameFrom.dataset["footnote"] === String(number);
      (isThere ? cameFrom : within(from, `button[data-footnote="${number}"]`))?.focus();
    },
  };
}

export function WithFootnotes(props: {
  blocks: readonly MarkdownToken[];
  isArriving: boolean;
  /** What a note is drawn with. */
  note: Component<{ token: MarkdownToken }>;
  children: JSX.Element;
}): JSX.Element {
  const desk = createFootnoteDesk(
    () => props.blocks,
    () => props.isArriving,
  );
  return (
    <FootnoteDesk.Provider value={desk}>
      {props.children}
      <FootnoteList note={props.note} />
    </FootnoteDesk.Provider>
  );
}

/** Plain where there is nothing to go to: while the note is on its way, and within a link. */
export function FootnoteMark(props: { token: MarkdownToken; isInLink: boolean }): JSX.Element {
  const desk = useContext(FootnoteDesk);
  const name = (): string => (props.token as { name?: string }).name ?? "";
  const number = createMemo(() => desk?.known().numberOf(name()) ?? null);
  const isThere = createMemo(() => !props.isInLink && desk?.known().isWritten(name()) === true);
  return (
    <Show when={number()} fallback={props.token.raw}>
      {(at) => (
        <sup class="footnote-mark">
          <Show when={isThere()} fallback={at()}>
            <button
              type="button"
              data-footnote={at()}
              aria-label={l.footnote(at())}
              title={desk?.hints().get(name())}
              onClick={(event) => desk?.goTo(at(), event.currentTarget)}
            >
              {at()}
            </button>
          </Show>
        </sup>
      )}
    </Show>
  );
}

function FootnoteList(props: { note: Component<{ token: MarkdownToken }> }): JSX.Element {
  const desk = useContext(FootnoteDesk);
  return (
    <Show when={(desk?.known().notes.length ?? 0) > 0}>
      <section class="footnotes" aria-label={l.footnotes}>
        <ol>
          <Index each={desk?.known().notes ?? []}>
            {(note) => (
              <li value={note().number} data-footnote={note().number} tabindex="-1">
                <Index each={note().tokens}>{(token) => <props.note token={token()} />}</Index>
                <Show when={!note().isLoose}>
                  <button
                    type="button"
                    aria-label={l.footnoteBack(note().number)}
                    title={l.footnoteBack(note().number)}
                    onClick={(event) => desk?.goBack(note().number, event.currentTarget)}
                  >
                    ↩
                  </button>
                </Show>
              </li>
            )}
          </Index>
        </ol>
      </section>
    </Show>
  );
}
