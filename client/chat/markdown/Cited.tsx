/** Words in which numbers cite sources: each number is a button that opens the file at its place. */
import { createContext, For, type JSX } from "solid-js";
import type { Source } from "#sync/docs/sources.ts";
import { splitCitations } from "../../reading/cited.ts";
import { r } from "../../reading/words.ts";
import "../../reading/reading.css";

export interface Citing {
  /** Number 1 is the first. */
  readonly sources: readonly Source[];
  open(source: Source, from: HTMLElement): void;
}

/** `null`: there are no sources (yet), and numbers in brackets are text. */
export const CitingContext = createContext<() => Citing | null>(() => null);

export function CitedWords(props: { text: string; citing: Citing }): JSX.Element {
  return (
    <For each={splitCitations(props.text, (number) => props.citing.sources[number - 1] !== undefined)}>
      {(part) => (part.kind === "text" ? part.text : <Cite number={part.number} citing={props.citing} />)}
    </For>
  );
}

export function Cite(props: { number: number; citing: Citing }): JSX.Element {
  const source = (): Source | undefined => props.citing.sources[props.number - 1];
  const says = (): string => r.source(props.number, source()?.name ?? "", source()?.page ?? null);
  return (
    <button
      type="button"
      class="cite"
      aria-label={says()}
      title={says()}
      onClick={(event) => {
        const cited = source();
        if (cited !== undefined) props.citing.open(cited, event.currentTarget);
      }}
    >
      {props.number}
    </button>
  );
}
