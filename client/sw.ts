/// <reference lib="webworker" />
/**
 * The service worker: keeps the app itself, byte for byte as it was built, so that it opens with the host away. It never
 * stores an answer of the host: what belongs to the owner is in the journal, sealed, and nowhere else.
 *
 * A new version waits until the owner says so (`skip-waiting`), because a reload in the middle of a sentence is a loss.
 */
import {
  cleanupOutdatedCaches,
  getCacheKeyForURL,
  matchPrecache,
  precache,
  type PrecacheEntry,
} from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

/** Answered by the host and by nobody else. */
const hostPaths = ["/healthz", "/link", "/v1/"];
/** The page of the sandboxed frame (client/preview/); it is kept with its headers, which are what seals it off. */
const previewPath = "/preview.html";

precache(self.__WB_MANIFEST);
cleanupOutdatedCaches();

// The page that fetched this first version is kept by it from now on, and not only from its next visit.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if ((event.data as { type?: unknown } | null)?.type === "skip-waiting") void self.skipWaiting();
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const chat = (event.notification.data as { chat?: unknown } | null)?.chat;
  if (typeof chat !== "string" || !/^[0-9a-f]+$/.test(chat)) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then(async ([page]) => {
      if (page === undefined) return void (await self.clients.openWindow(`/#/chat/${chat}`));
      await page.focus();
      page.postMessage({ type: "open-chat", chat });
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (hostPaths.some((path) => url.pathname.startsWith(path))) return;
  const isPage = request.mode === "navigate" && url.pathname !== previewPath;
  const kept = isPage ? "/index.html" : url.pathname;
  if (getCacheKeyForURL(kept) === undefined) return;
  event.respondWith(matchPrecache(kept).then((response) => response ?? fetch(request)));
});
