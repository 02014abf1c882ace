/** Readers of a peer's text, each with a document and a connection of its own. */
import { answer } from "../parts/answering.mjs";
import { createArrivals } from "../parts/arrivals.mjs";
import { openText } from "./docs.mjs";

/** By room. */
const listening = new Map();

answer({
  listen: async ({ kind, url, room, count }) => {
    const readers = await Promise.all(
      Array.from({ length: count }, async () => {
        const text = await openText(kind, url, room);
        const arrivals = createArrivals();
        text.onChange(() => arrivals.note(text.text().length));
        return { text, arrivals, from: text.bytesRead() };
      }),
    );
    listening.set(room, readers);
  },
  result: async ({ room, chars }) => {
    const readers = listening.get(room);
    listening.delete(room);
    while (readers.some(({ text }) => text.text().length < chars))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const result = readers.map(({ text, arrivals, from }) => ({
      at: arrivals.at,
      text: text.text(),
      bytes: text.bytesRead() - from,
    }));
    for (const { text } of readers) text.close();
    return result;
  },
});
