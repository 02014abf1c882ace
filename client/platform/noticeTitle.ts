/**
 * What a notice says while no page is there, in the language that the page had last: it lies in a cache of its own, where the service worker finds it. The one line
 * that is the same for everybody, and nothing of a chat.
 */
const cacheName = "sovereign-notice";
const at = "/notice-title";

export async function keepNoticeTitle(title: string): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.put(at, new Response(title));
}

export async function readNoticeTitle(): Promise<string> {
  const kept = await caches.match(at, { cacheName }).catch(() => undefined);
  return (await kept?.text()) ?? "An answer is ready";
}

export async function forgetNoticeTitle(): Promise<void> {
  await caches.delete(cacheName);
}
