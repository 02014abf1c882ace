/**
 * A model that counts aloud, on a server that comes and goes: it can be away, answer with errors, or drop a stream in the
 * middle. What it says is known beforehand, word by word, so that anything lost, doubled or moved can be told.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

type Mood = "well" | "away" | "erring" | "dropping";

export interface FlappingBackend {
  readonly url: string;
  mood: Mood;
  close(): void;
}

export interface Counting {
  readonly words: number;
  readonly wordDelayMs: number;
}

/** The whole answer to a question that is its name. */
export function countingAnswer(name: string, words: number): string {
  return Array.from({ length: words }, (_, index) => `${name}.${index}`).join(" ");
}

export async function startFlappingBackend({ words, wordDelayMs }: Counting): Promise<FlappingBackend> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => void answer(request.method ?? "", body, response));
  });

  async function answer(method: string, body: string, response: ServerResponse): Promise<void> {
    if (backend.mood === "away") return void response.destroy();
    if (backend.mood === "erring") return void response.writeHead(503).end("{}");
    if (method === "GET") return void response.end(JSON.stringify({ data: [{ id: "counting" }] }));
    const { messages = [] } = JSON.parse(body || "{}") as { messages?: { role: string; content: string }[] };
    const question = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const last = messages.at(-1);
    // An answer that was begun is gone on with, from the very letter.
    const rest = countingAnswer(question, words).slice(last?.role === "assistant" ? last.content.length : 0);
    const dropsAt = backend.mood === "dropping" ? rest.length / 2 : Number.POSITIVE_INFINITY;
    response.writeHead(200, { "content-type": "text/event-stream" });
    let said = 0;
    for (const content of rest.split(/(?= )/)) {
      if (response.destroyed) return;
      said += content.length;
      // It goes away under answers as well.
      if (said > dropsAt || moodNow() === "away") return void response.destroy();
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
      await pause(wordDelayMs);
    }
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\n`);
    response.end("data: [DONE]\n\n");
  }

  const moodNow = (): Mood => backend.mood;

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const backend: FlappingBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    mood: "well",
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return backend;
}
