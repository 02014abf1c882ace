/** A year of chats in y-websocket: a document each, with its messages as an array of maps with a text. */
import { WebSocket } from "ws";
import { Doc, Map as YMap, Text } from "yjs";
import { WebsocketProvider } from "y-websocket";
import { answer, nowMs } from "../parts/answering.mjs";
import { textOf } from "../parts/yearText.mjs";

const open = (url, at, doc = new Doc()) => {
  const provider = new WebsocketProvider(url, `year-${at}`, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
  return { doc, provider, synced: new Promise((resolve) => provider.once("sync", resolve)) };
};

/** What this device holds, document by document. */
const held = [];

answer({
  write: async ({ url, year, first = 0, chats = year.chats }) => {
    for (let at = first; at < first + chats; at++) {
      const { doc, provider, synced } = open(url, at);
      await synced;
      doc.transact(() => {
        const messages = Array.from({ length: year.messages }, (_, message) => {
          const map = new YMap();
          map.set("id", `${at}-${message}`);
          map.set("parent", message === 0 ? null : `${at}-${message - 1}`);
          map.set("role", message % 2 === 0 ? "user" : "assistant");
          map.set("text", new Text(textOf(at, message, year.chars)));
          return map;
        });
        doc.getArray("messages").push(messages);
      });
      while (provider.ws.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      // Gone before the server read it, it would be lost.
      await new Promise((resolve) => setTimeout(resolve, 20));
      provider.destroy();
    }
  },
  /** All documents, since only asking each tells which have something new. */
  read: async ({ url, year, chats = year.chats }) => {
    const from = nowMs();
    const all = Array.from({ length: chats }, (_, at) => open(url, at, held[at]));
    await Promise.all(all.map(({ synced }) => synced));
    const whole = nowMs() - from;
    const chars = all.reduce((sum, { doc }) => sum + length(doc.getArray("messages")), 0);
    if (chars !== chats * year.messages * year.chars) throw new Error(`${chars} characters came`);
    const bytes = all.reduce((sum, { provider }) => sum + provider.ws._socket.bytesRead, 0);
    for (const [at, { doc, provider }] of all.entries()) {
      held[at] = doc;
      provider.destroy();
    }
    return { paired: null, listed: null, whole, bytes };
  },
});

/** @param {import("yjs").Array<any>} messages */
function length(messages) {
  return messages.toArray().reduce((sum, map) => sum + map.get("text").length, 0);
}
