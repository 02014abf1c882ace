/** The conversation: one column of turns, which stays at its end while the reader is there. */
import { createEffect, createSignal, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { HostInfo } from "#crypto/announcement.ts";
import type { AuthorId, RunId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import type { OpenMemories } from "../memory/openMemories.ts";
import { Icon } from "../ui/Icon.tsx";
import type { AnswerCall } from "../tools/ApprovalCard.tsx";
import type { ChooseVersion } from "./BranchSwitcher.tsx";
import { loadTurns, turnsView } from "./laterTurns.ts";
import type { Stick } from "./createStick.ts";
import type { SyncState } from "./syncState.ts";

export interface ConversationActions {
  tryAgain(message: ThreadMessage, model?: string): void;
  /** Side by side with another model's answer, or (`null`) with another version that is there. */
  compare(message: ThreadMessage, model: string | null): void;
  /** Goes on from where an answer was cut off. */
  goOn(message: ThreadMessage): void;
  withdraw(run: RunId): void;
  /** The owner's word on a tool call that asks for it. */
  answerCall: AnswerCall;
  /** Whatever is being answered in this chat. */
  stop(): void;
  /** Puts a message in other words; resolves with the new version's id. */
  edit(message: ThreadMessage, text: string): Promise<string>;
  /** A new chat with everything up to here. */
  fork(message: ThreadMessage): void;
  /** With all that follows it, and with Undo. */
  remove(message: ThreadMessage): void;
  /** Puts words into the next question, as quoted. */
  quote(text: string): void;
  /** By which another device of the vault comes to this message. */
  copyLink(message: ThreadMessage): void;
  /** Marks a message, to be found again. */
  pin(message: ThreadMessage, isPinned: boolean): void;
  /** The file that a source is out of; `null`: it is nowhere any more. */
  findFile(source: Source): Promise<Attachment | null>;
  /** Where what an answer proposes to remember may be kept; `null`: nothing of this chat is. */
  openMemories(): Promise<OpenMemories | null>;
}

export function Conversation(props: {
  thread: Thread | null;
  sync: SyncState;
  isHostThere: boolean;
  /** What the host says of its models; `null`: none has said. */
  info: HostInfo | null;
  /** The name of another device, where there are several. */
  nameOf(device: AuthorId): string | null;
  actions: ConversationActions;
  stick: Stick;
  files: Attachments;
  /** Read again when it changes: how far files have come. */
  status: VaultStatus;
  empty: JSX.Element;
}): JSX.Element {
  const [scroller, setScroller] = createSignal<HTMLElement>();
  const [content, setContent] = createSignal<HTMLElement>();
  const [says, setSays] = createSignal("");

  createEffect(() => {
    const [outer, inner] = [scroller(), content()];
    if (outer !== undefined && inner !== undefined) props.stick.attach(outer, inner);
  });
  createEffect(() => {
    if (props.thread !== null && props.thread.messages.length > 0) loadTurns();
  });
  // Another chat opens at its end, which is known once its messages are there.
  createEffect(() => {
    if (props.thread !== null) requestAnimationFrame(props.stick.toEnd);
  });

  const inTurn = (message: string, selector: string): HTMLElement | null =>
    content()?.querySelector<HTMLElement>(`[data-message="${CSS.escape(message)}"] ${selector}`) ?? null;

  /** The button that was pressed stays under the finger, with the focus, in the version that comes. */
  const choose: ChooseVersion = (id, step, pressed) => {
    const top = pressed.getBoundingClientRect().top;
    const settle = props.stick.holdPlace();
    props.thread?.choose(id);
    const button = inTurn(id, `[data-step="${step}"]`);
    button?.focus({ preventScroll: true });
    const outer = scroller();
    if (button !== null && outer !== undefined) outer.scrollTop += button.getBoundingClientRect().top - top;
    settle();
  };

  const edit = async (message: ThreadMessage, text: string): Promise<void> => {
    const version = await props.actions.edit(message, text);
    (inTurn(version, "[data-edit]") ?? inTurn(version, "button"))?.focus({ preventScroll: true });
    if (message.role === "user") props.stick.toEnd();
  };

  return (
    <div class="conversation">
      <div ref={setScroller} class="scroller">
        {/* Announced by sentences below: a live log would read out every token. */}
        <div ref={setContent} class="turns" role="log" aria-label={t.conversation} aria-live="off">
          <Show when={props.thread} keyed fallback={props.empty}>
            {(thread) => (
              <Show when={thread.messages.length > 0} fallback={props.empty}>
                <Show when={turnsView()}>
                  {(view) => (
                    <Dynamic
                      component={view()}
                      thread={thread}
                      scroller={scroller()}
                      content={content()}
                      stick={props.stick}
                      files={props.files}
                      status={props.status}
                      sync={props.sync}
                      isHostThere={props.isHostThere}
                      info={props.info}
                      nameOf={props.nameOf}
                      actions={props.actions}
                      choose={choose}
                      edit={edit}
                      announce={setSays}
                    />
                  )}
                </Show>
              </Show>
            )}
          </Show>
        </div>
      </div>
      <Show when={!props.stick.isAtEnd()}>
        <button type="button" class="jump" onClick={() => props.stick.toEnd()}>
          <Icon name="down" />
          {t.jumpToLatest}
        </button>
      </Show>
      {/* There before anything is said in it: a screen reader listens to what changes. */}
      <div class="unseen" aria-live="polite">
        {says()}
      </div>
    </div>
  );
}
