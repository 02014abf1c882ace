/** Under an answer: the files it cites, each opening at its place. Fetched with the first answer whose question came with sources. */
import { createSignal, For, type JSX, Show } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { Source } from "#sync/docs/sources.ts";
import { Icon } from "../ui/Icon.tsx";
import { citedNumbers } from "./cited.ts";
import { SourceSheet } from "./SourceSheet.tsx";
import { r } from "./words.ts";
import "./reading.css";

export function AnswerSources(props: {
  text: string;
  sources: readonly Source[];
  vault: Attachments;
  /** The one to be shown, by a press on its number in the text. */
  shown: Source | null;
  show(source: Source | null): void;
  find(source: Source): Promise<Attachment | null>;
}): JSX.Element {
  const cited = (): readonly { number: number; source: Source }[] =>
    citedNumbers(props.text).flatMap((number) => {
      const source = props.sources[number - 1];
      return source === undefined ? [] : { number, source };
    });
  const [from, setFrom] = createSignal<HTMLElement | null>(null);
  return (
    <>
      <Show when={cited().length > 0}>
        <ul class="cited" aria-label={r.sources}>
          <For each={cited()}>
            {({ number, source }) => (
              <li>
                <button
                  type="button"
                  class="cited-file"
                  title={r.source(number, source.name, source.page)}
                  aria-label={r.source(number, source.name, source.page)}
                  onClick={(event) => {
                    setFrom(event.currentTarget);
                    props.show(source);
                  }}
                >
                  <span class="cite-number">{number}</span>
                  <Icon name="clip" />
                  <span class="file-name">{source.name}</span>
                  <Show when={source.page}>{(page) => <span class="file-says">{r.page(page())}</span>}</Show>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.shown} keyed>
        {(source) => (
          <SourceSheet
            vault={props.vault}
            name={source.name}
            source={source}
            find={() => props.find(source)}
            leave={() => {
              props.show(null);
              from()?.focus();
            }}
          />
        )}
      </Show>
    </>
  );
}
