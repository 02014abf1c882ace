/**
 * A model server that does what a test tells it, over real HTTP, with the shapes real servers send and the ways they fail.
 * Each chat request takes the next script; the last one stays.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { titlePrompt } from "../agent/title.ts";
import { setTimeout as wait } from "node:timers/promises";

/** Answers one request. It may leave the response open. */
export type Script = (response: ServerResponse, request: ChatRequest) => void | Promise<void>;

interface ChatRequest {
  readonly body: { readonly model?: string; readonly messages?: readonly { role: string; content: string }[] } & Record<
    string,
    unknown
  >;
  readonly path: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly headers: IncomingMessage["headers"];
  /** True once the other end has hung up. */
  readonly isGone: () => boolean;
}

export interface ScriptedBackend {
  readonly port: number;
  /** Ends in /v1. */
  readonly url: string;
  readonly requests: readonly ChatRequest[];
  script(...scripts: readonly Script[]): void;
  setModels(models: readonly string[]): void;
  /** What it calls a chat from now on; "": it says nothing. */
  setTitle(title: string): void;
  /** The list of models is answered with this status from now on; 200 is well again. */
  setHealth(status: number): void;
  /** "GET /v1/models" and the like, in the order in which they came. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface ScriptedBackendOptions {
  readonly models?: readonly string[];
  readonly ownedBy?: string;
  readonly port?: number;
  /** What it answers beside /v1/chat/completions, by the same scripts. */
  readonly paths?: readonly string[];
  readonly scripts?: readonly Script[];
  /** Fields of each entry in the list of models, beside its id. */
  readonly entry?: object;
  /** What it calls a chat when it is asked for a title: such requests take no script and are not counted. */
  readonly title?: string;
  /** Other paths, by "GET /props": a document, or what makes one from the request's body. */
  readonly documents?: Readonly<Record<string, unknown>>;
}

export async function startScriptedBackend(options: ScriptedBackendOptions = {}): Promise<ScriptedBackend> {
  let models = options.models ?? ["scripted-model"];
  let scripts: readonly Script[] = options.scripts ?? [say("Hello from a scripted model.")];
  let health = 200;
  let title = options.title ?? "";
  const requests: ChatRequest[] = [];
  const asked: string[] = [];

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://backend").pathname;
    asked.push(`${request.method} ${path}`);
    const answer = options.documents?.[`${request.method} ${path}`];
    if (answer !== undefined) {
      const given: unknown = request.method === "POST" ? JSON.parse(String(await readBody(request))) : null;
      return sendJson(response, 200, (typeof answer === "function" ? (answer(given) as object) : answer) as object);
    }
    if (request.method === "GET" && path === "/v1/models") {
      if (health !== 200) return sendJson(response, health, { error: { message: "not well", type: "server_error" } });
      const own = { object: "model", created: 1, owned_by: options.ownedBy ?? "scripted", ...options.entry };
      const data = models.map((id) => ({ id, ...own }));
      return sendJson(response, 200, { object: "list", data });
    }
    const paths = ["/v1/chat/completions", ...(options.paths ?? [])];
    if (request.method !== "POST" || !paths.includes(path)) {
      return sendJson(response, 404, { error: { message: "no such path", type: "not_found", code: 404 } });
    }
    const bytes = await readBody(request);
    const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
    const body = (isJson ? JSON.parse(bytes.toString("utf8")) : {}) as ChatRequest["body"];
    const chat: ChatRequest = { path, bytes, body, headers: request.headers, isGone: () => response.destroyed };
    if (chat.body.messages?.[0]?.content === titlePrompt) return say(title)(response, chat);
    requests.push(chat);
    const script = scripts[0] ?? say("");
    if (scripts.length > 1) scripts = scripts.slice(1);
    await script(response, chat);
  };

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (...next) => {
      scripts = next;
    },
    setTitle: (next) => {
      title = next;
    },
    setModels: (next) => {
      models = next;
    },
    setHealth: (status) => {
      health = status;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Saying {
  readonly reasoning?: string;
  /** How the server spells it: Ollama and vLLM differ from llama.cpp and LM Studio. */
  readonly reasoningField?: "reasoning" | "reasoning_content";
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  /** Between two chunks. */
  readonly delayMs?: number;
  /** Waited for before the last chunk: an answer that is under way for as long as a test needs it to be. */
  readonly until?: Promise<unknown>;
  /** Cuts the text into chunks; words by default. */
  readonly chunks?: readonly string[];
  readonly withDone?: boolean;
  readonly withFinish?: boolean;
}

/** A whole answer, chunk by chunk. */
export function say(text: string, options: Saying = {}): Script {
  return async (response, request) => {
    openStream(response);
    await sendWords(response, request, text, options);
    if (options.withFinish ?? true) sendChunk(response, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    const usage = options.usage === undefined ? { prompt_tokens: 12, completion_tokens: 34 } : options.usage;
    if (usage !== null) sendChunk(response, { choices: [], usage });
    if (options.withDone ?? true) response.write("data: [DONE]\n\n");
    response.end();
  };
}

/** The words, and then the connection is cut (or ended politely, as some proxies do). */
export function dropAfter(text: string, how: "cut" | "end" = "cut", options: Saying = {}): Script {
  return async (response, request) => {
    openStream(response);
    await sendWords(response, request, text, options);
    if (how === "end") return void response.end();
    await wait(30);
    response.socket?.destroy();
  };
}

/** The words, and then nothing more, for ever. */
export function hangAfter(text: string, options: Saying = {}): Script {
  return async (response, request) => {
    openStream(response);
    await sendWords(response, request, text, options);
  };
}

/** Takes the question and never answers. */
export const hang: Script = () => {};

/** Comments as keep-alive, but not one word. */
export const keepAliveOnly: Script = async (response, request) => {
  openStream(response);
  while (!request.isGone()) {
    response.write(": still here\n\n");
    await wait(20);
  }
};

export function fail(status: number, message: string): Script {
  return (response) => sendJson(response, status, { error: { message, type: "server_error", code: status } });
}

export const webPage: Script = (response) => {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<!doctype html><title>Router</title><h1>Welcome</h1>");
};

export function redirectTo(location: string): Script {
  return (response) => {
    response.writeHead(307, { location });
    response.end();
  };
}

/** An error in the middle of a stream that began well. */
export function failAfter(text: string, message: string): Script {
  return async (response, request) => {
    openStream(response);
    await sendWords(response, request, text, {});
    sendChunk(response, { error: { message, type: "server_error", code: 500 } });
    response.end();
  };
}

/** These very bytes, one write each. */
export function raw(parts: readonly (string | Uint8Array)[], headers: Record<string, string> = {}): Script {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream", ...headers });
    for (const part of parts) {
      response.write(part);
      await wait(1);
    }
    response.end();
  };
}

/** The whole answer as one document, by a server that does not stream. */
export function document(text: string): Script {
  return (response) =>
    sendJson(response, 200, {
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    });
}

async function sendWords(response: ServerResponse, request: ChatRequest, text: string, options: Saying): Promise<void> {
  const send = async (delta: object): Promise<void> => {
    sendChunk(response, { choices: [{ index: 0, delta, finish_reason: null }] });
    if (options.delayMs !== undefined) await wait(options.delayMs);
  };
  await send({ role: "assistant", content: "" });
  for (const word of words(options.reasoning ?? "")) {
    if (request.isGone()) return;
    await send({ [options.reasoningField ?? "reasoning_content"]: word });
  }
  const chunks = options.chunks ?? words(text);
  for (const [at, word] of chunks.entries()) {
    if (at === chunks.length - 1) await options.until;
    if (request.isGone()) return;
    await send({ content: word });
  }
}

function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
}

function sendChunk(response: ServerResponse, chunk: object): void {
  response.write(
    `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "scripted-model", ...chunk })}\n\n`,
  );
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
