/**
 * What a notification says while no page is there, in the language that the page had last: it lies in a cache of its own, where the service worker finds it. Two
 * lines that are the same for everybody, and nothing of a chat or a task.
 */
const cacheName = "sovereign-notice";
const places = { answer: "/notice-title", due: "/due-title" } as const;

export type NoticeTitles = Readonly<Record<keyof typeof places, string>>;
const english: NoticeTitles = { answer: "An answer is ready", due: "A task is due" };

export async function keepNoticeTitles(titles: NoticeTitles): Promise<void> {
  const cache = await caches.open(cacheName);
  await Promise.all([
    cache.put(places.answer, new Response(titles.answer)),
    cache.put(places.due, new Response(titles.due)),
  ]);
}

export async function readNoticeTitle(of: keyof NoticeTitles): Promise<string> {
  const kept = await caches.match(places[of], { cacheName }).catch(() => undefined);
  return (await kept?.text()) ?? english[of];
}

export async function forgetNoticeTitles(): Promise<void> {
  await caches.delete(cacheName);
}
