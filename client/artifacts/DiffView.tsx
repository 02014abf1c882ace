/** Two texts as one: what goes and what comes, in one column or side by side. With `choose`, each change can be taken or left. */
import { createMemo, For, type JSX, Match, Show, Switch } from "solid-js";
import { type Hunk, hunksBetween } from "#sync/artifacts/hunks.ts";
import { createPreference } from "../platform/preferences.ts";
import { type DiffLine, diffParts } from "./diffRows.ts";
import { a } from "./words.ts";

const layouts = ["inline", "side"] as const;
const layout = createPreference("sovereign.diff", layouts, "inline");

/** Comparing lines takes the product of what differs: beyond this, the whole is one change. */
const compareCharsMax = 1_000_000;

export function hunksOf(before: string, after: string): readonly Hunk[] {
  if (before === after) return [];
  if (before.length + after.length > compareCharsMax) return [{ at: 0, before, after }];
  return hunksBetween(before, after);
}

export function LayoutSwitch(): JSX.Element {
  return (
    <div class="themes diff-layout" role="radiogroup" aria-label={a.layout}>
      <For each={layouts}>
        {(choice) => (
          <label>
            <input
              type="radio"
              name="diff-layout"
              checked={layout.now() === choice}
              onChange={() => layout.choose(choice)}
            />
            {choice === "inline" ? a.inline : a.sideBySide}
          </label>
        )}
      </For>
    </div>
  );
}

export function DiffView(props: {
  before: string;
  hunks: readonly Hunk[];
  isCode: boolean;
  /** Which are taken; left out, there is nothing to decide. */
  chosen?: ReadonlySet<number>;
  choose?(index: number, isTaken: boolean): void;
}): JSX.Element {
  const parts = createMemo(() => diffParts(props.before, props.hunks));
  return (
    <div class="diff" classList={{ side: layout.now() === "side", code: props.isCode }} dir="auto">
      <For each={parts()} fallback={<p class="artifact-note">{a.noChanges}</p>}>
        {(part) => (
          <Switch>
            <Match when={part.kind === "same" && part}>
              {(same) => (
                <div class="diff-same">
                  <For each={same().lines}>{(line) => <p class="diff-line">{line}</p>}</For>
                </div>
              )}
            </Match>
            <Match when={part.kind === "gap" && part}>
              {(gap) => <p class="diff-gap">{a.linesLeftOut(gap().lines)}</p>}
            </Match>
            <Match when={part.kind === "hunk" && part}>
              {(hunk) => (
                <div
                  class="diff-hunk"
                  classList={{ left: props.chosen?.has(hunk().index) === false }}
                  role="group"
                  aria-label={a.hunk(hunk().index + 1, props.hunks.length)}
                >
                  <Show when={props.chosen}>
                    {(chosen) => (
                      <label class="diff-take">
                        <input
                          type="checkbox"
                          checked={chosen().has(hunk().index)}
                          onChange={(event) => props.choose?.(hunk().index, event.currentTarget.checked)}
                        />
                        {a.takeHunk(hunk().index + 1)}
                      </label>
                    )}
                  </Show>
                  <div class="diff-sides">
                    <Lines lines={hunk().removed} isAdded={false} />
                    <Lines lines={hunk().added} isAdded={true} />
                  </div>
                </div>
              )}
            </Match>
          </Switch>
        )}
      </For>
    </div>
  );
}

function Lines(props: { lines: readonly DiffLine[]; isAdded: boolean }): JSX.Element {
  const lines = (): JSX.Element => (
    <For each={props.lines}>
      {(line) => (
        <p class="diff-line">
          <For each={line}>{(piece) => <span classList={{ "diff-word": piece.isChanged }}>{piece.text}</span>}</For>
        </p>
      )}
    </For>
  );
  return (
    <Show when={props.lines.length > 0} fallback={<div class="diff-none" />}>
      <Show
        when={props.isAdded}
        fallback={
          <del class="diff-lines">
            <span class="unseen">{a.taken}</span>
            {lines()}
          </del>
        }
      >
        <ins class="diff-lines">
          <span class="unseen">{a.added}</span>
          {lines()}
        </ins>
      </Show>
    </Show>
  );
}
