/** What ended while nobody looked: a mark in the list on every device, a notification and a number on the icon on this one. */
import { type Accessor, createEffect, createSignal, onCleanup, untrack } from "solid-js";
import { type DocId, parseDocId } from "#crypto/ids.ts";
import type { Chats } from "../bridge/createChats.ts";
import { notifyReady, onNotice, showBadge, takeBackNotice } from "../platform/notices.ts";
import { dueTasks } from "./dueTasks.ts";
import { goToTasks, routedChat } from "./route.ts";
import { t } from "./strings.ts";

export function createAttention(options: { readonly chats: Chats; openChat(id: DocId): void }): {
  onAnswered(chat: DocId): void;
  /** Somebody can see the page. */
  readonly isSeen: Accessor<boolean>;
} {
  const { chats } = options;
  const [isSeen, setIsSeen] = createSignal(document.visibilityState === "visible");
  const look = (): void => void setIsSeen(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", look);
  onCleanup(() => document.removeEventListener("visibilitychange", look));
  onCleanup(
    onNotice({
      open: (chat) => {
        const id = parseDocId(chat);
        if (id !== null) options.openChat(id);
      },
      openTasks: goToTasks,
      isLookedAt: (chat) => untrack(routedChat) === chat && untrack(isSeen),
    }),
  );

  // Whoever looks at a chat has read it, on every device.
  createEffect(() => {
    const here = chats.row(routedChat());
    if (here?.unread === true && isSeen()) chats.setUnread(here.id, false);
  });
  createEffect(() => {
    const chat = routedChat();
    if (chat !== null && isSeen()) void takeBackNotice(chat).catch(() => undefined);
  });
  createEffect(() => showBadge(chats.rows.filter(({ unread }) => unread).length + dueTasks()));

  return {
    isSeen,
    onAnswered: (id) => {
      if (untrack(routedChat) === id && untrack(isSeen)) return;
      chats.setUnread(id, true);
      if (!untrack(isSeen)) void notifyReady({ title: t.noticeTitle, chat: id }).catch(() => undefined);
    },
  };
}
