/** The chat of the address: its thread once it can be shown, who else is in it, and the message that somebody wants to see. */
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, untrack } from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Shelf } from "../bridge/createShelf.ts";
import type { Thread } from "../bridge/createThread.ts";
import type { Stick } from "../chat/createStick.ts";
import { turnsView } from "../chat/laterTurns.ts";
import { fetchUntilHere } from "../ui/fetchedView.ts";
import { showToast } from "../ui/toasts.tsx";
import { linkedMessage, routedChat } from "./route.ts";
import { t } from "./strings.ts";

/** A message to be shown, and the words it was found by. */
export interface MessageTarget {
  readonly chat: DocId;
  readonly message: string;
  readonly words: readonly string[];
}

export interface OpenChat {
  /** `null` while it opens, and when it cannot be opened. */
  readonly thread: Accessor<Thread | null>;
  /** It is known whether it opens. */
  readonly isSettled: Accessor<boolean>;
  readonly isMissing: Accessor<boolean>;
  /** The names of other devices that are in it; "" for none. */
  readonly companions: Accessor<string>;
  /** Once its chat is there. */
  showLater(target: MessageTarget): void;
}

export function createOpenChat(options: {
  readonly shelf: Shelf;
  readonly stick: Stick;
  /** Others are to be told that somebody is here. */
  readonly isHere: Accessor<boolean>;
  /** Of another device, where there are several. */
  nameOf(device: AuthorId): string | null;
  /** It stands in the list. */
  isListed(chat: DocId): boolean;
}): OpenChat {
  const { shelf, stick } = options;
  /** `thread` is `null` when the chat could not be opened. */
  const [opened, setOpened] = createSignal<{ readonly id: DocId; readonly thread: Thread | null } | null>(null);
  const show = (id: DocId): void =>
    void shelf.show(id).then(
      (thread) => {
        setOpened({ id, thread });
        // Its end was there, and the rest cannot be opened.
        thread.whole.catch(() => setOpened({ id, thread: null }));
      },
      () => setOpened({ id, thread: null }),
    );
  createEffect(() => {
    const id = routedChat();
    if (id !== null) show(id);
  });
  // The chat of the address and no other: while one opens, the one before it is not shown under its name.
  const current = createMemo(() => (opened()?.id === routedChat() ? opened() : null));
  const thread = (): Thread | null => current()?.thread ?? null;
  const isMissing = (): boolean => current() !== null && thread() === null;
  // A link to it may have been quicker than the list.
  const isListed = createMemo(() => {
    const id = routedChat();
    return id !== null && options.isListed(id);
  });
  createEffect(
    on(isListed, (isThere) => {
      const id = untrack(routedChat);
      if (isThere && id !== null && untrack(isMissing)) show(id);
    }),
  );

  createEffect(() => {
    const presence = thread()?.presence();
    presence?.setHere(options.isHere());
    onCleanup(() => presence?.setHere(false));
  });

  const [target, setTarget] = createSignal<MessageTarget | null>(null);
  let missed: MessageTarget | null = null;
  createEffect(() => {
    const [wanted, open] = [target(), thread()];
    if (wanted === null || open === null || open.id !== wanted.chat || !open.isWhole() || turnsView() === null) return;
    // One that is not there yet is waited for.
    void open.messages.length;
    untrack(() => {
      if (open.choose(wanted.message)) {
        setTarget(null);
        fetchUntilHere(() => import("../chat/showMessage.ts"), true).then(
          ({ showMessage }) => showMessage(wanted.message, wanted.words, stick),
          () => undefined,
        );
      } else if (missed !== wanted) {
        missed = wanted;
        showToast({ says: t.messageNotHere });
      }
    });
  });
  createEffect(() => {
    const named = linkedMessage();
    if (named !== null) setTarget({ ...named, words: [] });
  });

  return {
    thread,
    isSettled: () => current() !== null,
    isMissing,
    companions: () => {
      const others = thread()?.presence()?.others() ?? [];
      return others.flatMap(({ device }) => options.nameOf(device) ?? []).join(", ");
    },
    showLater: setTarget,
  };
}
