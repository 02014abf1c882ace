/** The turns of one chat, those that are laid out, between the empty spaces of those that are not. */
import { createEffect, For, type JSX, Show } from "solid-js";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import { Answer } from "./Answer.tsx";
import type { ChooseVersion } from "./BranchSwitcher.tsx";
import type { ConversationActions } from "./Conversation.tsx";
import type { Stick } from "./createStick.ts";
import { createAnnouncer } from "./createAnnouncer.ts";
import { createTurnWindow } from "./createTurnWindow.ts";
import { Question, questionSync } from "./Question.tsx";
import type { SyncState } from "./syncState.ts";

export function Turns(props: {
  thread: Thread;
  scroller: HTMLElement | undefined;
  content: HTMLElement | undefined;
  stick: Stick;
  files: Attachments;
  status: VaultStatus;
  sync: SyncState;
  isHostThere: boolean;
  models: readonly string[];
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

  return (
    <>
      <Space heightPx={view.abovePx()} />
      <For each={view.shown()}>
        {(message, index) => (
          <Show
            when={message.role === "assistant"}
            fallback={
              <Question
                message={message}
                files={props.files}
                status={props.status}
                sync={questionSync(nextRun(props.thread, view.offset() + index()), props.sync)}
                choose={props.choose}
                edit={(text) => props.edit(message, text)}
                fork={() => props.actions.fork(message)}
                remove={() => props.actions.remove(message)}
              />
            }
          >
            <Answer
              message={message}
              run={props.thread.answer(message)}
              files={props.files}
              status={props.status}
              choose={props.choose}
              isHostThere={props.isHostThere}
              models={props.models}
              actions={{
                tryAgain: (model) => props.actions.tryAgain(message, model),
                goOn: () => props.actions.goOn(message),
                withdraw: () => message.run !== null && props.actions.withdraw(message.run),
                edit: (text) => props.edit(message, text),
                fork: () => props.actions.fork(message),
                remove: () => props.actions.remove(message),
              }}
            />
          </Show>
        )}
      </For>
      <Space heightPx={view.belowPx()} />
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
