/** The turns of one chat, those that are laid out, between the empty spaces of those that are not. */
import { createEffect, For, type JSX, onCleanup, Show, Suspense } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { AuthorId } from "#crypto/ids.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import { Answer } from "./Answer.tsx";
import type { ChooseVersion } from "./BranchSwitcher.tsx";
import type { ConversationActions } from "./Conversation.tsx";
import type { Stick } from "./createStick.ts";
import { createAnnouncer } from "./createAnnouncer.ts";
import { createTurnWindow } from "./createTurnWindow.ts";
import { Question, questionSync } from "./Question.tsx";
import { SelectionQuote } from "./SelectionQuote.tsx";
import type { SyncState } from "./syncState.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched with the first comparison.
const CompareAnswers = fetchedView(() => import("./CompareAnswers.tsx").then(({ CompareAnswers }) => CompareAnswers));

export function Turns(props: {
  thread: Thread;
  scroller: HTMLElement | undefined;
  content: HTMLElement | undefined;
  stick: Stick;
  files: Attachments;
  status: VaultStatus;
  sync: SyncState;
  isHostThere: boolean;
  info: HostInfo | null;
  /** The name of another device, where there are several. */
  nameOf(device: AuthorId): string | null;
  actions: ConversationActions;
  choose: ChooseVersion;
  edit(message: ThreadMessage, text: string): Promise<void>;
  /** To a screen reader. */
  announce(says: string): void;
}): JSX.Element {
  const view = createTurnWindow({
    messages: () => props.thread.messages,
    scroller: () => props.scroller,
    content: () => props.content,
    stick: () => props.stick,
  });
  createEffect(() => props.stick.setReveal(view.reveal));
  // eslint-disable-next-line solid/reactivity -- reason: these turns stand keyed by their thread, and the page speaks for as long as it is there.
  createAnnouncer(props.thread, props.announce);

  /** A turn holds what it shows for as long as it stands. */
  const shown = (message: ThreadMessage): ThreadMessage => {
    onCleanup(props.thread.hold(message));
    return message;
  };
  /** The question's, then what the answer's own calls found. */
  const sourcesOf = (message: ThreadMessage): readonly Source[] => {
    const { parent } = message;
    const asked = (parent === null ? null : props.thread.message(parent))?.sources ?? [];
    const { found } = props.thread.answer(message);
    return found.length === 0 ? asked : [...asked, ...found];
  };

  return (
    <>
      <Space heightPx={view.abovePx()} />
      <For each={view.shown()}>
        {(message, index) => (
          <Show
            when={shown(message).role === "assistant"}
            fallback={
              <Question
                message={message}
                files={props.files}
                status={props.status}
                sync={questionSync(nextRun(props.thread, view.offset() + index()), props.sync)}
                from={props.nameOf(message.device)}
                choose={props.choose}
                isWaiting={nextRun(props.thread, view.offset() + index())?.status === "requested"}
                edit={(text) => props.edit(message, text)}
                quote={(text) => props.actions.quote(text)}
                pin={(isPinned) => props.actions.pin(message, isPinned)}
                copyLink={() => props.actions.copyLink(message)}
                fork={() => props.actions.fork(message)}
                remove={() => props.actions.remove(message)}
              />
            }
          >
            <Show
              when={props.thread.compared()?.includes(message.id) === true ? props.thread.compared() : null}
              fallback={
                <Answer
                  message={message}
                  run={props.thread.answer(message)}
                  files={props.files}
                  sources={sourcesOf(message)}
                  status={props.status}
                  choose={props.choose}
                  isHostThere={props.isHostThere}
                  info={props.info}
                  asked={message.run === null ? null : props.thread.asked(message.run)}
                  actions={{
                    compare: (model) => props.actions.compare(message, model),
                    tryAgain: (model) => props.actions.tryAgain(message, model),
                    goOn: () => props.actions.goOn(message),
                    hurry: props.thread.active().length > 0 ? () => props.actions.stop() : null,
                    withdraw: () => message.run !== null && props.actions.withdraw(message.run),
                    answerCall: (call, choice) => props.actions.answerCall(call, choice),
                    edit: (text) => props.edit(message, text),
                    quote: (text) => props.actions.quote(text),
                    pin: (isPinned) => props.actions.pin(message, isPinned),
                    copyLink: () => props.actions.copyLink(message),
                    fork: () => props.actions.fork(message),
                    remove: () => props.actions.remove(message),
                    findFile: (source) => props.actions.findFile(source),
                    openMemories: () => props.actions.openMemories(),
                  }}
                />
              }
            >
              {(pair) => (
                <Suspense>
                  <CompareAnswers
                    thread={props.thread}
                    shown={message.id}
                    pair={pair()}
                    sources={sourcesOf(message)}
                    files={props.files}
                    isHostThere={props.isHostThere}
                    withdraw={(run) => props.actions.withdraw(run)}
                    tryAgain={(beside, model) => props.actions.compare(beside, model)}
                    findFile={(source) => props.actions.findFile(source)}
                    openMemories={() => props.actions.openMemories()}
                  />
                </Suspense>
              )}
            </Show>
          </Show>
        )}
      </For>
      <Space heightPx={view.belowPx()} />
      <SelectionQuote within={props.content} quote={(text) => props.actions.quote(text)} />
    </>
  );
}

/** Nothing at all in a chat that is laid out whole. */
function Space(props: { heightPx: number }): JSX.Element {
  return (
    <Show when={props.heightPx > 0}>
      <div class="turn-space" aria-hidden="true" style={{ height: `${props.heightPx}px` }} />
    </Show>
  );
}

function nextRun(thread: Thread, index: number): RunView | null {
  const next = thread.messages[index + 1];
  return next?.role === "assistant" ? thread.answer(next) : null;
}
