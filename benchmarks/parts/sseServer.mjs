/**
 * What most chat apps are: a server that asks the model and passes what comes on to whoever listens, as server-sent events. `openai`: each event
 * is a chunk as the model server worded it; `bare`: the words alone. It stores nothing and seals nothing.
 */
import { createServer } from "node:http";
import { askSource } from "./askSource.mjs";
import { answer } from "./answering.mjs";

const form = process.argv[2];
/** @type {Map<string, Set<import("node:http").ServerResponse>>} */
const listeners = new Map();
const server = createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url ?? "", "http://x").searchParams.get("stream") ?? "");
  const those = listeners.get(name) ?? new Set();
  listeners.set(name, those.add(response));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
  response.on("close", () => those.delete(response));
});

answer({
  listen: () =>
    new Promise((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${server.address().port}` })),
    ),
  /** Resolves when the model has said everything. */
  run: async ({ source, name }) => {
    await askSource(source, name, (text, event) => {
      const said = form === "bare" ? `data: ${text}\n\n` : `${event}\n\n`;
      for (const response of listeners.get(name) ?? []) response.write(said);
    });
  },
});
