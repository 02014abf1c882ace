/**
 * Tells that an answer is ready while nobody looks. Nothing of the chat is in it: a lock screen is read by whoever stands before it, and
 * some systems keep what was shown.
 */
import { notices } from "./preferences.ts";

export const canNotify: boolean = "Notification" in globalThis && "serviceWorker" in navigator;

/** Asks the browser, which asks the person. `false`: they said no, now or earlier. */
export async function allowNotices(): Promise<boolean> {
  if (!canNotify) return false;
  const answer =
    Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  return answer === "granted";
}

export async function notifyReady(words: { readonly title: string; readonly chat: string }): Promise<void> {
  if (!canNotify || notices.now() !== "on" || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.ready;
  await registration.showNotification(words.title, {
    tag: words.chat,
    icon: "/icon-192.png",
    data: { chat: words.chat },
  });
}

/** A person pressed a notification: the service worker has brought this page to the front. */
export function onNoticePressed(open: (chat: string) => void): () => void {
  const listen = ({ data }: MessageEvent<unknown>): void => {
    const message = data as { type?: unknown; chat?: unknown } | null;
    if (message?.type === "open-chat" && typeof message.chat === "string") open(message.chat);
  };
  navigator.serviceWorker?.addEventListener("message", listen);
  return () => navigator.serviceWorker?.removeEventListener("message", listen);
}

/** How many chats have something unread, on the app's icon where the system has room for it. */
export function showBadge(count: number): void {
  const page = navigator as { setAppBadge?(count: number): Promise<void>; clearAppBadge?(): Promise<void> };
  void (count > 0 ? page.setAppBadge?.(count) : page.clearAppBadge?.())?.catch(() => undefined);
}
