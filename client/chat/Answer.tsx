/** What the host wrote, what it is, and what can be done with it. Every state of a run is said in words. */
import { createMemo, createSignal, type JSX, onCleanup, Show, Suspense, untrack, useContext } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { VaultStatus } from "#sync/status.ts";
import { t } from "../app/strings.ts";
import { Desk } from "../artifacts/desk.ts";
import { canSpeak, speak, spokenNow, stopSpeaking } from "../platform/speech.ts";
import type { OpenMemories } from "../memory/openMemories.ts";
import { splitRemembered } from "../memory/remembered.ts";
import type { AnswerCall } from "../tools/ApprovalCard.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { showToast } from "../ui/toasts.tsx";
import type { ThreadMessage } from "../bridge/createThread.ts";
import { AnswerDetails } from "./AnswerDetails.tsx";
import { AnswerState } from "./AnswerState.tsx";
import { AnswerText } from "./AnswerText.tsx";
import { MessageFiles } from "./files/MessageFiles.tsx";
import { BranchSwitcher, type ChooseVersion } from "./BranchSwitcher.tsx";
import { l } from "./laterWords.ts";
import { sayFacts, toModelRows } from "./modelRows.ts";
import { MessageEditor } from "./MessageEditor.tsx";
import { PinMark } from "./Question.tsx";
import { quotedOf } from "./SelectionQuote.tsx";
import { Thoughts } from "./Thoughts.tsx";
import { answeredBy, fullTime, guideLabel, inBytes, labelWords, shortTime } from "./words.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched with the first answer for which a tool was called.
const ToolCalls = fetchedView(() => import("../tools/ToolCalls.tsx").then(({ ToolCalls }) => ToolCalls));
const AskedCalls = fetchedView(() => import("../tools/ToolCalls.tsx").then(({ AskedCalls }) => AskedCalls));

/** An answer longer than a screen or so can be folded. */
const foldChars = 1600;
/** More than these would be a list to search in; the picker below has them all. */
const modelsInMenuMax = 5;

export interface AnswerActions {
  /** By the same model, or by another. */
  tryAgain(model?: string): void;
  /** Side by side with another model's answer, or (`null`) with another version. */
  compare(model: string | null): void;
  /** From where it was cut off. */
  goOn(): void;
  withdraw(): void;
  answerCall: AnswerCall;
  /** Stops what is answered before it; `null`: there is nothing. */
  hurry: (() => void) | null;
  edit(text: string): Promise<void>;
  quote(text: string): void;
  pin(isPinned: boolean): void;
  copyLink(): void;
  fork(): void;
  remove(): void;
  /** `null`: it is nowhere any more. */
  findFile(source: Source): Promise<Attachment | null>;
  /** Where what it proposes may be kept; `null`: nothing of this chat is remembered. */
  openMemories(): Promise<OpenMemories | null>;
}

export function Answer(props: {
  message: ThreadMessage;
  run: RunView;
  files: Attachments;
  /** Those of the question: what its numbers mean. */
  sources: readonly Source[];
  status: VaultStatus;
  isHostThere: boolean;
  /** Of those that could answer instead. */
  info: HostInfo | null;
  /** The model that was asked for; `null`: the host chose. */
  asked: string | null;
  actions: AnswerActions;
  choose: ChooseVersion;
}): JSX.Element {
  const desk = useContext(Desk);
  const [isDetailed, setIsDetailed] = createSignal(false);
  const [isFolded, setIsFolded] = createSignal(false);
  const [isEditing, setIsEditing] = createSignal(false);
  const [article, setArticle] = createSignal<HTMLElement>();
  const status = (): RunView["status"] => props.run.status;
  const isArriving = (): boolean => status() === "accepted" || status() === "streaming";
  const said = createMemo(() => splitRemembered(props.run.text, isArriving()));
  const isOver = (): boolean => !isArriving() && status() !== "requested";
  const isLoaded = (): boolean | null => {
    if (props.info === null) return null;
    const place = props.info.models.indexOf(props.asked ?? props.info.defaultModel);
    return props.info.facts?.[place]?.isLoaded ?? null;
  };
  const isPut = (): boolean => props.message.run === null;
  const canGoOn = (): boolean => !isPut() && (status() === "interrupted" || status() === "stopped");
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
  const plain = async (): Promise<typeof import("./markdown/toPlainText.ts")> => import("./markdown/toPlainText.ts");
  const copyPlain = async (): Promise<void> => {
    await navigator.clipboard.writeText((await plain()).toPlainText(said().words));
    showToast({ says: t.copied });
  };
  const readAloud = async (): Promise<void> => speak(props.message.id, (await plain()).toSpokenText(said().words));
  const others = createMemo(() =>
    (props.info?.kind === "model" ? toModelRows(props.info, new Set()) : [])
      .filter(({ name }) => name !== props.run.model)
      .slice(0, modelsInMenuMax)
      .map((row) => ({ model: row.name, note: sayFacts(row, l, inBytes).join(" · ") })),
  );
  const more = (): MenuItem[] => [
    ...(props.run.text === ""
      ? []
      : [{ label: l.copyPlain, act: () => void copyPlain().catch(() => showToast({ says: t.actionFailed })) }]),
    ...(isSpoken()
      ? [{ label: l.stopReading, act: stopSpeaking }]
      : props.run.text !== "" && canSpeak()
        ? [{ label: l.readAloud, act: () => void readAloud().catch(() => showToast({ says: t.actionFailed })) }]
        : []),
    ...(isLong() && !isFolded() ? [{ label: l.fold, act: () => setFolded(true) }] : []),
    ...others().map(({ model, note }, index) => ({
      label: l.tryAgainWith(model),
      isApart: index === 0,
      note,
      act: () => props.actions.tryAgain(model),
    })),
    ...(props.message.versions.length > 1
      ? [{ label: l.compareVersions, act: () => props.actions.compare(null) }]
      : []),
    ...(isPut()
      ? []
      : others().map(({ model, note }) => ({
          label: l.compareWith(model),
          note,
          act: () => props.actions.compare(model),
        }))),
    ...(props.run.text === "" ? [] : [{ label: l.editAnswer, isApart: true, act: () => setIsEditing(true) }]),
    ...(desk === null || desk.chat() === null || props.run.text === ""
      ? []
      : [{ label: l.openAsArtifact, act: () => desk.keep(props.run.text, "markdown") }]),
    ...(props.run.text === ""
      ? []
      : [{ label: l.quote, act: () => props.actions.quote(quotedOf(article(), said().words)) }]),
    {
      label: props.message.isPinned ? t.unpin : t.pin,
      act: () => props.actions.pin(!props.message.isPinned),
    },
    { label: t.copyLink, act: () => props.actions.copyLink() },
    { label: l.forkHere, act: () => props.actions.fork() },
    { label: t.remove, isGrave: true, isApart: true, act: () => props.actions.remove() },
  ];

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
        <span class="name">
          {t.assistant}
          <PinMark isPinned={props.message.isPinned} />
        </span>
        <Show when={isPut() ? (props.message.by ?? l.putByYou) : answeredBy(props.run)}>
          {(label) => (
            <span class="source" classList={{ guide: label() === guideLabel }}>
              {labelWords(label())}
            </span>
          )}
        </Show>
      </header>
      <div class="said">
        <Show when={props.run.thinking !== ""}>
          <Thoughts text={props.run.thinking} isThinking={isArriving() && props.run.text === ""} />
        </Show>
        <Show when={props.run.calls.length > 0}>
          <Suspense>
            <ToolCalls run={props.run} />
          </Suspense>
        </Show>
        <Show
          when={!isEditing()}
          fallback={
            <MessageEditor
              text={props.run.text}
              hint={l.editAnswerHint}
              save={(text) => props.actions.edit(text).then(() => void setIsEditing(false))}
              leave={() => {
                setIsEditing(false);
                article()?.focus();
              }}
            />
          }
        >
          <Show when={props.run.text !== ""}>
            <AnswerText
              message={props.message.id}
              run={props.run}
              said={said()}
              isArriving={isArriving()}
              isFolded={isFolded()}
              sources={props.sources}
              files={props.files}
              findFile={(source) => props.actions.findFile(source)}
              openMemories={() => props.actions.openMemories()}
            />
          </Show>
          <Show when={props.run.calls.length > 0 && isArriving()}>
            <Suspense>
              <AskedCalls run={props.run} answerCall={(call, choice) => props.actions.answerCall(call, choice)} />
            </Suspense>
          </Show>
          <Show when={props.message.files.length > 0}>
            <MessageFiles files={props.message.files} vault={props.files} status={props.status} />
          </Show>
          <Show when={isFolded()}>
            <button type="button" class="quiet unfold" aria-expanded="false" onClick={() => setFolded(false)}>
              {l.showAll}
            </button>
          </Show>
          <AnswerState
            run={props.run}
            isHostThere={props.isHostThere}
            isLoaded={isLoaded()}
            withdraw={() => props.actions.withdraw()}
            hurry={props.actions.hurry}
          />
          <Show when={!isOver() && props.message.versions.length > 1}>
            <div class="actions" role="group" aria-label={l.answerActions}>
              <BranchSwitcher id={props.message.id} versions={props.message.versions} choose={props.choose} />
            </div>
          </Show>
          <Show when={isOver()}>
            <div class="actions" role="group" aria-label={l.answerActions}>
              <BranchSwitcher id={props.message.id} versions={props.message.versions} choose={props.choose} />
              <Show when={props.run.text !== ""}>
                <CopyButton label={l.copyAnswer} read={() => said().words} />
              </Show>
              <Show when={canGoOn()}>
                <button type="button" class="quiet needed" onClick={() => props.actions.goOn()}>
                  {l.goOn}
                </button>
              </Show>
              <button
                type="button"
                class="quiet"
                classList={{ needed: status() === "failed" }}
                onClick={() => props.actions.tryAgain()}
              >
                {t.tryAgain}
              </button>
              <Show when={status() !== "withdrawn" && !isPut()}>
                <button
                  type="button"
                  class="quiet"
                  aria-expanded={isDetailed()}
                  onClick={() => setIsDetailed(!isDetailed())}
                >
                  {l.details}
                </button>
              </Show>
              <Show when={isSpoken()}>
                <button type="button" class="quiet needed" onClick={stopSpeaking}>
                  {l.stopReading}
                </button>
              </Show>
              <Menu label={l.moreForAnswer} items={more()} />
              <time datetime={new Date(props.message.at).toISOString()} title={fullTime(props.message.at)}>
                {shortTime(props.message.at, Date.now())}
              </time>
            </div>
            <Show when={isDetailed()}>
              <AnswerDetails run={props.run} sources={props.sources} at={props.message.at} />
            </Show>
          </Show>
        </Show>
      </div>
    </article>
  );
}
