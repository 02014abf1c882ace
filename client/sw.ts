/// <reference lib="webworker" />
/**
 * The service worker: keeps the app itself, byte for byte as it was built, so that it opens with the host away. It never
 * stores an answer of the host: what belongs to the owner is in the journal, sealed, and nowhere else.
 *
 * What another app shares with this one is held in memory until the page asks for it, and nowhere else: it is the owner's, too.
 *
 * A new version waits until the owner says so (`skip-waiting`), because a reload in the middle of a sentence is a loss.
 */
import { readNoticeTitle } from "./platform/noticeTitle.ts";
import {
  cleanupOutdatedCaches,
  getCacheKeyForURL,
  matchPrecache,
  precache,
  type PrecacheEntry,
} from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

/** Answered by the host and by nobody else. */
const hostPaths = ["/healthz", "/addresses.json", "/link", "/v1/", "/metrics"];
/** The page of the sandboxed frame (client/preview/); it is kept with its headers, which are what seals it off. */
const previewPath = "/preview.html";

/** Where the system brings what is shared (the manifest's share_target). The host is never asked for it. */
const sharePath = "/share";

interface Shared {
  readonly text: string;
  readonly files: readonly File[];
}
let shared: Shared | null = null;

async function takeShare(request: Request): Promise<Response> {
  const form = await request.formData();
  const said = ["title", "text", "url"].map((name) => form.get(name)).filter((part) => typeof part === "string");
  // Some apps say the address twice.
  const lines = said.filter(
    (part, at) => part !== "" && !said.some((other, place) => place > at && other.includes(part)),
  );
  shared = { text: lines.join("\n"), files: form.getAll("files").filter((file) => file instanceof File) };
  return Response.redirect("/#/share", 303);
}

precache(self.__WB_MANIFEST);
cleanupOutdatedCaches();

// The page that fetched this first version is kept by it from now on, and not only from its next visit.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const type = (event.data as { type?: unknown } | null)?.type;
  if (type === "skip-waiting") void self.skipWaiting();
  if (type === "take-share") {
    event.ports[0]?.postMessage(shared);
    shared = null;
  }
});

/**
 * The host has told this browser's push service that an answer is ready. All there is in it is the chat's name, 16 random bytes: no title goes into a notice, since
 * a lock screen is read by whoever stands before it and browsers keep what was shown, in the clear.
 */
self.addEventListener("push", (event) => event.waitUntil(showPushed(event.data?.text() ?? "")));

async function showPushed(words: string): Promise<void> {
  // A browser takes the right to be told from a page that then shows nothing: whatever came, something is said.
  const chat = /^[0-9a-f]{32}$/.test(words) ? words : null;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (chat === dueWords) return showDue(pages);
  if (chat !== null && (await Promise.all(pages.map((page) => isLookedAt(page, chat)))).includes(true)) return;
  // The same words and the same place as a notice of the page itself: one chat, one notice.
  const title = await readNoticeTitle("answer");
  await self.registration.showNotification(title, { tag: chat ?? "answer", icon: "/icon-192.png", data: { chat } });
  await countNotices();
}

/** Of the host's: that it is time for something (host/relay/pushDesk.ts). */
const dueWords = "0".repeat(32);

/** Its own page shows what is due by itself: where one is looked at, nothing more is said. */
async function showDue(pages: readonly WindowClient[]): Promise<void> {
  if (pages.some(({ visibilityState }) => visibilityState === "visible")) return;
  const title = await readNoticeTitle("due");
  await self.registration.showNotification(title, { tag: "tasks", icon: "/icon-192.png", data: { page: "tasks" } });
  await countNotices();
}

/** On the icon, until the page counts what is unread. */
async function countNotices(): Promise<void> {
  const shown = await self.registration.getNotifications();
  const badge = self.navigator as { setAppBadge?(count: number): Promise<void> };
  await badge.setAppBadge?.(shown.length).catch(() => undefined);
}

/** A page that hangs says nothing; well within the time that browsers give to a message. */
const lookMsMax = 4_000;

function isLookedAt(page: WindowClient, chat: string): Promise<boolean> {
  if (page.visibilityState !== "visible") return Promise.resolve(false);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", ({ data }) => resolve(data === true));
    port1.start();
    setTimeout(() => resolve(false), lookMsMax);
    page.postMessage({ type: "is-looked-at", chat }, [port2]);
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(countNotices());
  const { chat, page: wanted } = (event.notification.data ?? {}) as { chat?: unknown; page?: unknown };
  const isTasks = wanted === "tasks";
  const isChat = typeof chat === "string" && /^[0-9a-f]+$/.test(chat);
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async ([page]) => {
      if (page === undefined)
        return void (await self.clients.openWindow(isChat ? `/#/chat/${chat}` : isTasks ? "/#/tasks" : "/"));
      await page.focus();
      if (isChat) page.postMessage({ type: "open-chat", chat });
      if (isTasks) page.postMessage({ type: "open-tasks" });
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === "POST" && url.origin === self.location.origin && url.pathname === sharePath)
    return event.respondWith(takeShare(request));
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (hostPaths.some((path) => url.pathname.startsWith(path))) return;
  const isPage = request.mode === "navigate" && url.pathname !== previewPath;
  const kept = isPage ? "/index.html" : url.pathname;
  if (getCacheKeyForURL(kept) === undefined) return;
  event.respondWith(matchPrecache(kept).then((response) => response ?? fetch(request)));
});
