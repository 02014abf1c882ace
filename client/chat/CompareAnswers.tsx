/** Two answers to one question: columns where there is room, one behind the other on a phone. One is kept, the other stays a version. */
import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  onCleanup,
  onMount,
  Show,
} from "solid-js";
import type { RunId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import type { OpenMemories } from "../memory/openMemories.ts";
import { splitRemembered } from "../memory/remembered.ts";
import { CopyButton } from "../ui/CopyButton.tsx";
import { showToast } from "../ui/toasts.tsx";
import { speedOf } from "./AnswerDetails.tsx";
import { AnswerState } from "./AnswerState.tsx";
import { AnswerText } from "./AnswerText.tsx";
import { l } from "./laterWords.ts";
import { Thoughts } from "./Thoughts.tsx";
import { labelWords } from "./words.ts";
import "./compare.css";

/** Narrower than this, two columns would be two ribbons. */
const narrow = "(max-width: 47.99rem)";

interface Side {
  readonly message: ThreadMessage;
  readonly run: RunView;
}

export function CompareAnswers(props: {
  thread: Thread;
  /** The one of the two that stands in the conversation. */
  shown: string;
  pair: readonly [string, string];
  /** Those of the question, which is the same for both. */
  sources: readonly Source[];
  files: Attachments;
  isHostThere: boolean;
  withdraw(run: RunId): void;
  /** That model once more, beside the one that stays. */
  tryAgain(beside: ThreadMessage, model: string): void;
  findFile(source: Source): Promise<Attachment | null>;
  openMemories(): Promise<OpenMemories | null>;
}): JSX.Element {
  const id = createUniqueId();
  const [at, setAt] = createSignal(0);
  const media = matchMedia(narrow);
  const [isNarrow, setIsNarrow] = createSignal(media.matches);
  onMount(() => {
    const follow = (): void => void setIsNarrow(media.matches);
    media.addEventListener("change", follow);
    onCleanup(() => media.removeEventListener("change", follow));
  });
  const sides = (): readonly Side[] =>
    props.pair.flatMap((version) => {
      const message = props.thread.message(version);
      if (message === null) return [];
      onCleanup(props.thread.hold(message));
      return [{ message, run: props.thread.answer(message) }];
    });
  // One of them was deleted: there is nothing left to compare.
  createEffect(() => {
    if (sides().length < 2) props.thread.keep(props.shown);
  });
  const nameOf = ({ message, run }: Side): string => {
    if (message.run === null) return l.putByYou;
    const name = run.model ?? run.label ?? props.thread.asked(message.run);
    return name === null ? t.assistant : labelWords(name);
  };
  const keep = (side: Side): void => {
    props.thread.keep(side.message.id);
    showToast({ says: l.kept(nameOf(side)) });
  };
  /** Of a side that failed, the model that may be asked once more; `null`: it did not fail, or nobody knows which it was. */
  const failedModel = ({ message, run }: Side): string | null =>
    run.status !== "failed" ? null : (run.model ?? (message.run === null ? null : props.thread.asked(message.run)));
  const retry = (side: Side, model: string): void => {
    const beside = sides().find(({ message }) => message.id !== side.message.id);
    if (beside !== undefined) props.tryAgain(beside.message, model);
  };
  const onTabKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    setAt(1 - at());
    document.getElementById(`${id}-tab-${at()}`)?.focus();
  };

  return (
    <section class="turn compare" aria-label={l.comparison} data-message={props.shown} tabindex="-1">
      <div class="compare-head">
        <Show when={isNarrow()} fallback={<span class="name">{l.comparison}</span>}>
          <div class="compare-tabs" role="tablist" aria-label={l.comparison} onKeyDown={onTabKey}>
            <For each={sides()}>
              {(side, index) => (
                <button
                  type="button"
                  role="tab"
                  id={`${id}-tab-${index()}`}
                  aria-selected={at() === index()}
                  aria-controls={`${id}-${index()}`}
                  tabindex={at() === index() ? 0 : -1}
                  onClick={() => setAt(index())}
                >
                  {nameOf(side)}
                </button>
              )}
            </For>
          </div>
        </Show>
        <button type="button" class="quiet" onClick={() => props.thread.keep(props.shown)}>
          {l.stopComparing}
        </button>
      </div>
      <div class="compare-columns">
        <For each={sides()}>
          {(side, index) => {
            const said = createMemo(() => splitRemembered(side.run.text, isArriving(side.run)));
            return (
              <div
                id={`${id}-${index()}`}
                class="compare-column"
                role={isNarrow() ? "tabpanel" : "article"}
                aria-label={isNarrow() ? nameOf(side) : t.assistant}
                aria-busy={isArriving(side.run)}
                hidden={isNarrow() && at() !== index()}
              >
                <header>
                  <span class="name">{nameOf(side)}</span>
                </header>
                <Show when={side.run.thinking !== ""}>
                  <Thoughts text={side.run.thinking} isThinking={isArriving(side.run) && side.run.text === ""} />
                </Show>
                <Show when={side.run.text !== ""}>
                  <AnswerText
                    message={side.message.id}
                    run={side.run}
                    said={said()}
                    isArriving={isArriving(side.run)}
                    isFolded={false}
                    sources={props.sources}
                    files={props.files}
                    findFile={(source) => props.findFile(source)}
                    openMemories={() => props.openMemories()}
                  />
                </Show>
                <AnswerState
                  run={side.run}
                  isHostThere={props.isHostThere}
                  withdraw={() => side.message.run !== null && props.withdraw(side.message.run)}
                />
                <Show when={!isArriving(side.run) && side.run.status !== "requested"}>
                  <footer class="actions">
                    <Show when={side.run.text !== ""}>
                      <button
                        type="button"
                        class="plain keep"
                        aria-label={l.keepNamed(nameOf(side))}
                        onClick={() => keep(side)}
                      >
                        {l.keepThis}
                      </button>
                      <CopyButton label={l.copyAnswer} read={() => said().words} />
                    </Show>
                    <Show when={failedModel(side)}>
                      {(model) => (
                        <button type="button" class="quiet needed" onClick={() => retry(side, model())}>
                          {t.tryAgain}
                        </button>
                      )}
                    </Show>
                    <span>{speedOf(side.run)}</span>
                  </footer>
                </Show>
              </div>
            );
          }}
        </For>
      </div>
    </section>
  );
}

const isArriving = ({ status }: RunView): boolean => status === "accepted" || status === "streaming";
