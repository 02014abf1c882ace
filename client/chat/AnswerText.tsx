/** The words of an answer with what hangs on them: what they cite, what they made, what they propose to remember. */
import { createMemo, createSignal, type JSX, Show, Suspense } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { OpenMemories } from "../memory/openMemories.ts";
import type { Remembered } from "../memory/remembered.ts";
import { type Citing, CitingContext } from "./markdown/Cited.tsx";
import { Prose } from "./Prose.tsx";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched with the first answer that proposes something to remember.
const Proposals = fetchedView(() => import("../memory/Proposals.tsx").then(({ Proposals }) => Proposals));

// Fetched with the first answer whose question came with sources.
const AnswerSources = fetchedView(() =>
  import("../reading/AnswerSources.tsx").then(({ AnswerSources }) => AnswerSources),
);
// Fetched with the first answer that makes one.
const AnswerParts = fetchedView(() => import("../artifacts/AnswerParts.tsx").then(({ AnswerParts }) => AnswerParts));

export function AnswerText(props: {
  message: string;
  run: RunView;
  /** Its text, with what it proposes taken out. */
  said: Remembered;
  isArriving: boolean;
  isFolded: boolean;
  /** What its numbers mean. */
  sources: readonly Source[];
  files: Attachments;
  /** `null`: it is nowhere any more. */
  findFile(source: Source): Promise<Attachment | null>;
  /** Where what it proposes may be kept; `null`: nothing of this chat is remembered. */
  openMemories(): Promise<OpenMemories | null>;
}): JSX.Element {
  const [cited, setCited] = createSignal<Source | null>(null);
  // Its calls may find some while it arrives.
  const citing = createMemo((): Citing | null =>
    props.sources.length === 0 ? null : { sources: props.sources, open: (source) => setCited(source) },
  );
  return (
    <>
      <div class="answer-text" classList={{ folded: props.isFolded }}>
        <CitingContext.Provider value={citing}>
          <Show
            when={props.run.seen !== null && props.said.words.includes("<artifact")}
            fallback={<Prose text={props.said.words} isArriving={props.isArriving} />}
          >
            <Suspense>
              <AnswerParts text={props.said.words} run={props.run} isArriving={props.isArriving} />
            </Suspense>
          </Show>
        </CitingContext.Provider>
      </div>
      <Show when={!props.isArriving && props.run.status !== "requested" && props.said.facts.length > 0}>
        <Suspense>
          <Proposals facts={props.said.facts} message={props.message} open={() => props.openMemories()} />
        </Suspense>
      </Show>
      <Show when={props.sources.length > 0}>
        <Suspense>
          <AnswerSources
            text={props.run.text}
            sources={props.sources}
            vault={props.files}
            shown={cited()}
            show={setCited}
            find={(source) => props.findFile(source)}
          />
        </Suspense>
      </Show>
    </>
  );
}
