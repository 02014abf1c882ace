/** What the host wrote, what it is, and what can be done with it. Every state of a run is said in words. */
import { createSignal, type JSX, Match, onCleanup, Show, Switch, untrack } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import { t } from "../app/strings.ts";
import { canSpeak, speak, spokenNow, stopSpeaking } from "../platform/speech.ts";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { showToast } from "../ui/toasts.tsx";
import type { ThreadMessage } from "../bridge/createThread.ts";
import { AnswerDetails } from "./AnswerDetails.tsx";
import { BranchSwitcher, type ChooseVersion } from "./BranchSwitcher.tsx";
import { Markdown } from "./markdown/Markdown.tsx";
import { toPlainText, toSpokenText } from "./markdown/toPlainText.ts";
import { Thoughts } from "./Thoughts.tsx";
import { fullTime, shortTime } from "./words.ts";

/** An answer longer than a screen or so can be folded. */
const foldChars = 1600;

export interface AnswerActions {
  tryAgain(): void;
  withdraw(): void;
}

export function Answer(props: {
  message: ThreadMessage;
  run: RunView;
  isHostThere: boolean;
  actions: AnswerActions;
  choose: ChooseVersion;
}): JSX.Element {
  const [isDetailed, setIsDetailed] = createSignal(false);
  const status = (): RunView["status"] => props.run.status;
  const isArriving = (): boolean => status() === "accepted" || status() === "streaming";
  const isWaiting = (): boolean => status() === "requested";
  const isOver = (): boolean => !isArriving() && !isWaiting();
  const [isFolded, setIsFolded] = createSignal(false);
  const [article, setArticle] = createSignal<HTMLElement>();
  const isLong = (): boolean => props.run.text.length > foldChars;
  const isSpoken = (): boolean => spokenNow() === props.message.id;
  onCleanup(() => {
    if (untrack(isSpoken)) stopSpeaking();
  });

  const setFolded = (next: boolean): void => {
    setIsFolded(next);
    // Its end was in sight, its beginning may not be.
    if (next && (article()?.getBoundingClientRect().top ?? 0) < 0) article()?.scrollIntoView({ block: "start" });
    if (next) article()?.querySelector<HTMLElement>(".unfold")?.focus({ preventScroll: true });
  };
  const copyPlain = async (): Promise<void> => {
    await navigator.clipboard.writeText(toPlainText(props.run.text));
    showToast({ says: t.copied });
  };
  const more = (): MenuItem[] => [
    { label: t.copyPlain, act: () => void copyPlain().catch(() => showToast({ says: t.actionFailed })) },
    ...(!canSpeak()
      ? []
      : isSpoken()
        ? [{ label: t.stopReading, act: stopSpeaking }]
        : [{ label: t.readAloud, act: () => speak(props.message.id, toSpokenText(props.run.text)) }]),
    ...(isLong() && !isFolded() ? [{ label: t.fold, act: () => setFolded(true) }] : []),
  ];
  const canTryAgain = (): boolean => isOver();
  return (
    <article
      ref={setArticle}
      class="turn answer"
      aria-label={t.assistant}
      aria-busy={isArriving()}
      data-status={status()}
      data-message={props.message.id}
      tabindex="-1"
    >
      <header class="speaker">
        <span class="name">{t.assistant}</span>
        <Show when={props.run.label ?? props.run.model}>
          {(label) => (
            <span class="source" classList={{ guide: label() === t.hostGuide }}>
              {label()}
            </span>
          )}
        </Show>
      </header>
      <div class="said">
        <Show when={props.run.thinking !== ""}>
          <Thoughts text={props.run.thinking} isThinking={isArriving() && props.run.text === ""} />
        </Show>
        <Show when={props.run.text !== ""}>
          <div class="answer-text" classList={{ folded: isFolded() }}>
            <Markdown text={props.run.text} isArriving={isArriving()} />
          </div>
        </Show>
        <Show when={isFolded()}>
          <button type="button" class="quiet unfold" aria-expanded="false" onClick={() => setFolded(false)}>
            {t.showAll}
          </button>
        </Show>
        <Switch>
          <Match when={isWaiting()}>
            <p class="state">
              <Seal
                state={props.isHostThere ? "travelling" : "device"}
                words={props.isHostThere ? t.runSending : t.runWaiting}
              />
              <button type="button" class="quiet" onClick={() => props.actions.withdraw()}>
                {t.withdraw}
              </button>
            </p>
          </Match>
          <Match when={status() === "accepted" && props.run.thinking === ""}>
            <p class="state">
              <Seal state="travelling" words={t.runAccepted} />
            </p>
          </Match>
          <Match when={status() === "stopped"}>
            <p class="state">{t.runStopped}</p>
          </Match>
          <Match when={status() === "withdrawn"}>
            <p class="state">{t.runWithdrawn}</p>
          </Match>
          <Match when={status() === "interrupted"}>
            <p class="state">
              <Seal state="broken" words={t.runInterrupted} />
            </p>
          </Match>
          <Match when={status() === "failed"}>
            <p class="state">
              <Seal
                state="broken"
                words={props.run.error === null ? t.runFailedPlain : t.runFailed(props.run.error.says)}
              />
            </p>
          </Match>
        </Switch>
        <Show when={!isOver() && props.message.versions.length > 1}>
          <div class="actions" role="group" aria-label={t.answerActions}>
            <BranchSwitcher id={props.message.id} versions={props.message.versions} choose={props.choose} />
          </div>
        </Show>
        <Show when={isOver()}>
          <div class="actions" role="group" aria-label={t.answerActions}>
            <BranchSwitcher id={props.message.id} versions={props.message.versions} choose={props.choose} />
            <Show when={props.run.text !== ""}>
              <CopyButton label={t.copyAnswer} read={() => props.run.text} />
            </Show>
            <Show when={canTryAgain()}>
              <button
                type="button"
                class="quiet"
                classList={{ needed: status() === "failed" || status() === "interrupted" }}
                onClick={() => props.actions.tryAgain()}
              >
                {t.tryAgain}
              </button>
            </Show>
            <Show when={status() !== "withdrawn"}>
              <button
                type="button"
                class="quiet"
                aria-expanded={isDetailed()}
                onClick={() => setIsDetailed(!isDetailed())}
              >
                {t.details}
              </button>
            </Show>
            <Show when={isSpoken()}>
              <button type="button" class="quiet needed" onClick={stopSpeaking}>
                {t.stopReading}
              </button>
            </Show>
            <Show when={props.run.text !== ""}>
              <Menu label={t.moreForAnswer} items={more()} />
            </Show>
            <time datetime={new Date(props.message.at).toISOString()} title={fullTime(props.message.at)}>
              {shortTime(props.message.at, Date.now())}
            </time>
          </div>
          <Show when={isDetailed()}>
            <AnswerDetails run={props.run} at={props.message.at} />
          </Show>
        </Show>
      </div>
    </article>
  );
}
