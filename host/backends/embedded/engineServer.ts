/** What the engine's process says on its port: `/v1/models` and `/v1/chat/completions`, on loopback, to whoever has its key. */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { field, readList } from "../fields.ts";
import { EngineRefusal, type EngineQuestion, type Llama } from "./llama.ts";
import { requestBytesMax } from "./limits.ts";

export interface EngineServerOptions {
  readonly llama: Llama;
  readonly key: string;
}

export const engineOwner = "sovereign-engine";

/** Resolves with its port. */
export function serveEngine({ llama, key }: EngineServerOptions): Promise<number> {
  const expected = Buffer.from(`Bearer ${key}`);
  const isAllowed = (request: IncomingMessage): boolean => {
    const given = Buffer.from(request.headers.authorization ?? "");
    return given.length === expected.length && timingSafeEqual(given, expected);
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAllowed(request)) return sendError(response, 401, "a key is needed");
    if (request.method === "GET" && request.url === "/v1/models") {
      const data = llama.files.map(({ name, contextTokens }) => {
        return { id: name, object: "model", created: 0, owned_by: engineOwner, max_model_len: contextTokens };
      });
      return sendJson(response, 200, { object: "list", data });
    }
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      return sendError(response, 404, "the embedded engine answers chats only");
    }
    const body: unknown = JSON.parse(await readBody(request));
    const ended = new AbortController();
    response.once("close", () => ended.abort());
    await answer(llama, body, response, ended.signal);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const status = error instanceof EngineRefusal ? error.status : error instanceof SyntaxError ? 400 : 500;
      const says = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) return sendError(response, status, says);
      response.write(`data: ${JSON.stringify({ error: { message: says, type: "engine", code: status } })}\n\n`);
      response.end();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function answer(llama: Llama, body: unknown, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const question = readQuestion(body);
  const isStreamed = field(body, "stream") === true;
  const id = `chatcmpl-${Date.now().toString(36)}`;
  const frame = { id, object: "chat.completion.chunk", created: Math.floor(Date.now() / 1_000), model: question.model };
  const send = (chunk: object): void => {
    if (!response.headersSent)
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(`data: ${JSON.stringify({ ...frame, ...chunk })}\n\n`);
  };
  const whole = { text: "", thinking: "" };
  const { reason, promptTokens, completionTokens } = await llama.answer(
    question,
    (kind, text) => {
      if (!isStreamed) whole[kind] += text;
      else
        send({
          choices: [
            { index: 0, delta: kind === "text" ? { content: text } : { reasoning_content: text }, finish_reason: null },
          ],
        });
    },
    signal,
  );
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (isStreamed) {
    send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    if (field(field(body, "stream_options"), "include_usage") === true) send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
    return;
  }
  const message = {
    role: "assistant",
    content: whole.text,
    ...(whole.thinking === "" ? {} : { reasoning_content: whole.thinking }),
  };
  sendJson(response, 200, {
    ...frame,
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: reason }],
    usage,
  });
}

function readQuestion(body: unknown): EngineQuestion {
  const number = (name: string, min: number, max: number): number | null => {
    const value = field(body, name);
    return typeof value === "number" && value >= min && value <= max ? value : null;
  };
  const model = field(body, "model");
  if (typeof model !== "string") throw new EngineRefusal(400, "a model is needed");
  const seed = number("seed", 0, 0xffff_ffff);
  return {
    model,
    turns: readList(field(body, "messages"), 10_000).map(readTurn),
    maxTokens: number("max_completion_tokens", 1, 1e6) ?? number("max_tokens", 1, 1e6),
    temperature: number("temperature", 0, 5) ?? 0.7,
    topP: number("top_p", 0, 1) ?? 0.95,
    seed: seed === null ? null : Math.floor(seed),
  };
}

function readTurn(message: unknown): EngineQuestion["turns"][number] {
  const role = field(message, "role");
  const content = field(message, "content");
  const text = typeof content === "string" ? content : readParts(content);
  if (role === "system" || role === "developer") return { role: "system", text };
  if (role === "user" || role === "assistant") return { role, text };
  throw new EngineRefusal(400, "the embedded engine takes no tools");
}

function readParts(content: unknown): string {
  const parts = readList(content, 1_000).map((part) => field(part, "text"));
  if (!parts.every((part) => typeof part === "string"))
    throw new EngineRefusal(400, "the embedded engine takes text only");
  return parts.join("\n");
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: "engine", code: status } });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > requestBytesMax) throw new EngineRefusal(400, "the question is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
