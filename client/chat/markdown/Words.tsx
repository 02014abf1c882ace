/** The words of an answer: those that still arrive fade in by phrases, and a number that means a source leads to it. */
import { createContext, createMemo, Index, type JSX, Show, untrack, useContext } from "solid-js";
import { beforeHalfCitation } from "../../reading/cited.ts";
import { CitedWords, CitingContext } from "./Cited.tsx";
import { decodeEntities } from "./entities.ts";

/** Whether the text is still arriving. */
export const Arriving = createContext<() => boolean>(() => false);

export function Words(props: { text: string }): JSX.Element {
  // As it was when the words first came: a text that has arrived keeps its elements, and a selection in them.
  const wasArriving = untrack(useContext(Arriving));
  return (
    <Show when={wasArriving} fallback={<Phrase text={decodeEntities(props.text)} />}>
      <ArrivingWords text={props.text} />
    </Show>
  );
}

function Phrase(props: { text: string }): JSX.Element {
  const citing = useContext(CitingContext);
  return (
    <Show when={citing()} fallback={props.text}>
      {(known) => <CitedWords text={props.text} citing={known()} />}
    </Show>
  );
}

function ArrivingWords(props: { text: string }): JSX.Element {
  const citing = useContext(CitingContext);
  const isArriving = useContext(Arriving);
  const text = createMemo(() => {
    const whole = decodeEntities(props.text);
    return isArriving() && citing() !== null ? beforeHalfCitation(whole) : whole;
  });
  const phrases = createMemo<readonly string[]>((before) => {
    const shown = before.join("");
    if (shown === text()) return before;
    return text().startsWith(shown) ? [...before, text().slice(shown.length)] : [text()];
  }, []);
  return (
    <Index each={phrases()}>
      {(phrase) => (
        <span class="phrase">
          <Phrase text={phrase()} />
        </span>
      )}
    </Index>
  );
}
