/** What the owner asked, and how far it has come. */
import { createSignal, type JSX, Show } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import type { ThreadMessage } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import { Seal } from "../ui/Seal.tsx";
import type { SyncState } from "./syncState.ts";
import { fullTime, shortTime } from "./words.ts";

/** A pasted text is folded beyond this; it is all there, one press away. */
const foldChars = 1600;
const foldLines = 18;
/** A short question stands like a heading over its answer; a long one is read like a text. */
const headingChars = 160;

export function Question(props: { message: ThreadMessage; sync: SyncState }): JSX.Element {
  const [isUnfolded, setIsUnfolded] = createSignal(false);
  const isLong = (): boolean => {
    const { text } = props.message;
    return text.length > foldChars || text.split("\n", foldLines + 1).length > foldLines;
  };
  return (
    <article class="turn question" aria-label={t.you}>
      <header class="speaker">
        <span class="name">{t.you}</span>
        <span class="when">
          <time datetime={new Date(props.message.at).toISOString()} title={fullTime(props.message.at)}>
            {shortTime(props.message.at, Date.now())}
          </time>
          <Seal state={props.sync.seal} words={props.sync.words} hideWords />
        </span>
      </header>
      <div class="said">
        <p
          class="asked"
          classList={{ brief: props.message.text.length <= headingChars, folded: isLong() && !isUnfolded() }}
        >
          {props.message.text}
        </p>
        <Show when={isLong() && !isUnfolded()}>
          <button type="button" class="quiet" onClick={() => setIsUnfolded(true)}>
            {t.showAll}
          </button>
        </Show>
      </div>
    </article>
  );
}

/** Where a question is, from the run that answers it: taken by a host means that the host has it. */
export function questionSync(run: RunView | null, doc: SyncState): SyncState {
  if (run === null || run.status === "requested")
    return doc.seal === "host" ? { seal: "host", words: t.sealHalf } : doc;
  if (run.status === "withdrawn" || run.status === "stopped") return { seal: doc.seal, words: doc.words };
  return { seal: "host", words: t.sealHalf };
}
