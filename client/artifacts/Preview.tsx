/** What an artifact is when it is not its text: a page, a drawing, a table. What runs, runs in the sealed frame and nowhere else. */
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  Match,
  on,
  onCleanup,
  Show,
  Suspense,
  Switch,
  untrack,
} from "solid-js";
import type { ArtifactEntry, ArtifactKind } from "#sync/docs/artifactList.ts";
import type { ShownArtifact } from "../bridge/createArtifact.ts";
import { Prose } from "../chat/Prose.tsx";
import { cellsShownMax, readCsv } from "./csv.ts";
import { readEmail, toMailLink } from "./email.ts";
import { PagePreview } from "./PagePreview.tsx";
import { titleOf } from "./artifactActions.ts";
import { a } from "./words.ts";
import { fetchedView } from "../ui/fetchedView.ts";

const Diagram = fetchedView(() => import("../chat/markdown/Diagram.tsx").then(({ Diagram }) => Diagram));

export const hasPreview = (kind: ArtifactKind): boolean => kind !== "code" && kind !== "text";

/** What is written is shown once the hand rests: a page that starts anew at every letter is no page. */
const restMs = 400;

export function Preview(props: {
  shown: ShownArtifact;
  entry: ArtifactEntry;
  ask: ((text: string) => void) | null;
}): JSX.Element {
  const now = createMemo(() => {
    props.shown.changed();
    return props.shown.artifact.text();
  });
  const [text, setText] = createSignal(untrack(now));
  createEffect(
    on(now, (next) => {
      const timer = setTimeout(() => setText(next), restMs);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const kind = (): ArtifactKind => props.entry.kind;
  const fix = (says: string): void => props.ask?.(a.askToFixText(titleOf(props.entry), says));

  return (
    <Show when={text().trim() !== ""} fallback={<p class="artifact-note">{a.noPreview}</p>}>
      <Switch fallback={<Prose text={text()} isArriving={false} />}>
        <Match when={kind() === "markdown"}>
          <div class="artifact-paper" tabindex="0" role="group" aria-label={a.preview}>
            <Prose text={text()} isArriving={false} />
          </div>
        </Match>
        <Match when={kind() === "mermaid"}>
          <div class="artifact-paper prose" tabindex="0" role="group" aria-label={a.preview}>
            <Suspense>
              <Diagram text={text()} info="mermaid" />
            </Suspense>
          </div>
        </Match>
        <Match when={kind() === "table"}>
          <TableView text={text()} />
        </Match>
        <Match when={kind() === "email"}>
          <EmailView text={text()} />
        </Match>
        <Match when={kind() === "html" || kind() === "svg"}>
          <PagePreview text={text()} kind={kind() === "svg" ? "svg" : "html"} fix={props.ask === null ? null : fix} />
        </Match>
      </Switch>
    </Show>
  );
}

function TableView(props: { text: string }): JSX.Element {
  const rows = createMemo(() => readCsv(props.text));
  const columns = createMemo(() => rows().reduce((most, row) => Math.max(most, row.length), 0));
  const shown = createMemo(() => rows().slice(1, 1 + Math.max(1, Math.floor(cellsShownMax / Math.max(1, columns())))));
  const isNumber = (cell: string): boolean => /^[+-]?[\d\s.,'’]*\d\s?%?$/.test(cell.trim());
  return (
    <div class="artifact-table" tabindex="0" role="group" aria-label={a.kinds.table}>
      <table>
        <thead>
          <tr>
            <For each={rows()[0] ?? []}>
              {(cell, column) => (
                <th scope="col" classList={{ number: isNumber(shown()[0]?.[column()] ?? "") }}>
                  {cell}
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={shown()}>
            {(row) => (
              <tr>
                <For each={row}>{(cell) => <td classList={{ number: isNumber(cell) }}>{cell}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <p class="table-size">
        {shown().length < rows().length - 1
          ? a.tableCut(shown().length, rows().length - 1)
          : a.tableRows(Math.max(0, rows().length - 1), columns())}
      </p>
    </div>
  );
}

function EmailView(props: { text: string }): JSX.Element {
  const draft = createMemo(() => readEmail(props.text));
  return (
    <div class="artifact-paper" tabindex="0" role="group" aria-label={a.preview}>
      <dl class="email-head">
        <For each={["to", "cc", "subject"] as const}>
          {(name) => (
            <Show when={draft()[name]}>
              {(value) => (
                <div>
                  <dt>{a[name]}</dt>
                  <dd dir="auto">{value()}</dd>
                </div>
              )}
            </Show>
          )}
        </For>
      </dl>
      <Prose text={draft().body} isArriving={false} />
      <Show when={toMailLink(draft())}>
        {(link) => (
          <p class="email-foot">
            <a class="plain" href={link()}>
              {a.openMail}
            </a>
          </p>
        )}
      </Show>
    </div>
  );
}
