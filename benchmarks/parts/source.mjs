/**
 * The model server of the benchmarks, the same for every subject: says numbered tokens at a steady pace and remembers when it wrote each.
 * A stream is named by the last user message, so that any number can run at once.
 */
import { createServer } from "node:http";
import { answer, nowMs } from "./answering.mjs";

/** @type {Map<string, number[]>} */
const written = new Map();
let tokens = 100;
let everyMs = 10;

/** As api.openai.com words a chunk, which most model servers copy. */
const head =
  '{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":';
const chunk = (delta, reason) =>
  `data: ${head}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(reason)}}]}\n\n`;
export const tokenOf = (index) => `${String(index % 1000).padStart(3, "0")} `;

const server = createServer((request, response) => {
  if (request.method === "GET") {
    request.resume();
    return void response.end(JSON.stringify({ object: "list", data: [{ id: "counting", object: "model" }] }));
  }
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    const { messages } = JSON.parse(body);
    const said = messages.findLast(({ role }) => role === "user")?.content ?? "";
    void speak(response, typeof said === "string" ? said : said[0].text);
  });
});

async function speak(response, name) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const at = [];
  written.set(name, at);
  // A moment for readers to come in; where only throughput is asked for, none.
  const startedAt = nowMs() + (everyMs > 0 ? 50 : 0);
  for (let index = 0; index < tokens; index++) {
    const waitMs = startedAt + index * everyMs - nowMs();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (response.destroyed) return;
    at.push(nowMs());
    response.write(chunk({ content: tokenOf(index) }, null));
  }
  response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
}

answer({
  listen: () =>
    new Promise((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${server.address().port}/v1` })),
    ),
  pace: ({ pace }) => {
    ({ tokens, everyMs } = pace);
  },
  written: ({ name }) => written.get(name) ?? [],
  forget: () => written.clear(),
});
