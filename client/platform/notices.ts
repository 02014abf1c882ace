/**
 * Tells that an answer is ready while nobody looks. Nothing of the chat is in it: a lock screen is read by whoever stands before it, and
 * some systems keep what was shown.
 */
import { notices } from "./preferences.ts";

/** In the place of a chat. */
const dueTag = "tasks";

export const canNotify: boolean = "Notification" in globalThis && "serviceWorker" in navigator;

/** Asks the browser, which asks the person. `false`: they said no, now or earlier. */
export async function allowNotices(): Promise<boolean> {
  if (!canNotify) return false;
  const answer =
    Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  return answer === "granted";
}

export async function notifyReady(words: { readonly title: string; readonly chat: string }): Promise<void> {
  if (!canNotify || notices.now() === "off" || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.ready;
  await registration.showNotification(words.title, {
    tag: words.chat,
    icon: "/icon-192.png",
    data: { chat: words.chat },
  });
}

/** One for all that is due, and nothing of what. */
export async function notifyDue(title: string): Promise<void> {
  if (!canNotify || notices.now() === "off" || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.ready;
  await registration.showNotification(title, { tag: dueTag, icon: "/icon-192.png", data: { page: "tasks" } });
}

/** Nothing is due any more. */
export const takeBackDue = (): Promise<void> => takeBackNotice(dueTag);

/** Somebody looks at that chat: what it was shown for is done. */
export async function takeBackNotice(chat: string): Promise<void> {
  if (!canNotify || notices.now() === "off") return;
  const registration = await navigator.serviceWorker.ready;
  for (const notice of await registration.getNotifications({ tag: chat })) notice.close();
}

export interface NoticePage {
  /** A person pressed a notification: the service worker has brought this page to the front. */
  open(chat: string): void;
  /** As above, of what is due. */
  openTasks(): void;
  /** Somebody can see that chat here: then the service worker, which was told of its answer, shows nothing. */
  isLookedAt(chat: string): boolean;
}

export function onNotice(page: NoticePage): () => void {
  const listen = ({ data, ports }: MessageEvent<unknown>): void => {
    const message = data as { type?: unknown; chat?: unknown } | null;
    if (message?.type === "open-tasks") page.openTasks();
    if (typeof message?.chat !== "string") return;
    if (message.type === "open-chat") page.open(message.chat);
    if (message.type === "is-looked-at") ports[0]?.postMessage(page.isLookedAt(message.chat));
  };
  navigator.serviceWorker?.addEventListener("message", listen);
  return () => navigator.serviceWorker?.removeEventListener("message", listen);
}

/** How many chats have something unread, on the app's icon where the system has room for it. */
export function showBadge(count: number): void {
  const page = navigator as { setAppBadge?(count: number): Promise<void>; clearAppBadge?(): Promise<void> };
  void (count > 0 ? page.setAppBadge?.(count) : page.clearAppBadge?.())?.catch(() => undefined);
}
