/** Readers of server-sent events: text from each event, as a page makes it. */
import { Agent, get } from "node:http";
import { answer } from "./answering.mjs";
import { createArrivals } from "./arrivals.mjs";

const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
/** By stream. */
const listening = new Map();

answer({
  /** Resolves when all listen. */
  listen: async ({ url, name, count, form }) => {
    listening.set(name, await Promise.all(Array.from({ length: count }, () => listen(url, name, form))));
  },
  /** Resolves with what came once all have this many characters. */
  result: async ({ name, chars }) => {
    const readers = listening.get(name);
    listening.delete(name);
    while (readers.some(({ text }) => text().length < chars)) await new Promise((resolve) => setTimeout(resolve, 20));
    const result = readers.map(({ arrivals, text, bytes }) => ({ at: arrivals.at, text: text(), bytes: bytes() }));
    for (const { close } of readers) close();
    return result;
  },
});

function listen(url, name, form) {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/events?stream=${encodeURIComponent(name)}`, { agent });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const arrivals = createArrivals();
      let view = "";
      let left = "";
      const { socket } = response;
      const from = socket.bytesRead;
      response.setEncoding("utf8");
      response.on("data", (part) => {
        left += part;
        const events = left.split("\n\n");
        left = events.pop() ?? "";
        for (const event of events) {
          const data = event.slice(6);
          view += form === "bare" ? data : (JSON.parse(data).choices[0]?.delta?.content ?? "");
        }
        arrivals.note(view.length);
      });
      response.on("error", () => {});
      resolve({ arrivals, text: () => view, bytes: () => socket.bytesRead - from, close: () => response.destroy() });
    });
  });
}
