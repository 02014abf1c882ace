/**
 * The one way out towards backends, in the shape of `fetch`, which the SDK takes. It follows no redirect, sends no credentials of its own, ends within its times and sizes, and turns
 * what is not a stream of events into an error with a sentence, or into such a stream. One guard serves one question.
 */
import { Readable } from "node:stream";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { ask, type Answered } from "./ask.ts";
import { BackendError } from "./backend.ts";
import { describeStatus, floodError, strangeError } from "./backendErrors.ts";
import { readEvents, type ServerEvent } from "./eventStream.ts";
import { documentBytesMax, lineBytesMax, responseBytesMax } from "./limits.ts";

export interface Guard {
  readonly fetch: typeof fetch;
  /** What a response of `fetch` says, within its limits. */
  events(response: Response): AsyncGenerator<ServerEvent>;
  /** A whole document, parsed; `body` makes it a POST. Throws `BackendError`. */
  readJson(url: string, headers: Readonly<Record<string, string>>, body?: object): Promise<unknown>;
  /** Why the guard itself broke off; whatever the caller sees then is only a consequence. */
  readonly failure: BackendError | null;
  /** The stream said `[DONE]`. */
  readonly isDone: boolean;
  /** The next sign of life must come within this time, else the guard fails with `error`. Replaces what was expected before. */
  expectWithin(delayMs: number, error: () => BackendError): void;
  /** Resolves after the time, or rejects when the guard fails or the caller has had enough. */
  wait(delayMs: number): Promise<void>;
  readonly isClosed: boolean;
  /** Fails now. */
  fail(error: BackendError): void;
  close(): void;
}

export function createGuard(name: string, signal: AbortSignal): Guard {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  let failure: BackendError | null = null;
  /** What is waited for, and for how long. */
  let limit: { readonly timer: NodeJS.Timeout; readonly delayMs: number; error: () => BackendError } | null = null;
  let isDone = false;
  const bodies = new WeakMap<Response, Readable>();

  const fail = (error: BackendError): void => {
    failure ??= error;
    own.abort(failure);
  };

  /** A response that is one: no redirect, no error status. */
  const open = async (url: URL, asked: Pick<RequestInit, "method" | "headers" | "body">): Promise<Answered> => {
    const { method = "GET", headers = {}, body } = asked;
    const answered = await ask(url, {
      ...{ method, headers, signal: both },
      ...(typeof body === "string" ? { body } : {}),
    });
    if (answered.status >= 300 && answered.status < 400) {
      answered.body.destroy();
      throw new BackendError(
        "backend-redirect",
        `${name} sends questions on to another address, which is never followed. Set SOVEREIGN_BACKEND to the final address.`,
      );
    }
    if (answered.status < 200 || answered.status > 299)
      throw describeStatus(name, answered.status, await readDocument(answered.body));
    return answered;
  };

  /** For the SDK, which reads status and headers alone; its body is read by `events`. */
  const toResponse = (body: Readable): Response => {
    const response = new Response(null, { status: 200, headers: { "content-type": "text/event-stream" } });
    bodies.set(response, body);
    return response;
  };

  return {
    fetch: async (input, init = {}) => {
      const { headers, body } = await open(new URL(input instanceof Request ? input.url : input), init);
      const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
      if (type === "text/event-stream") return toResponse(body);
      if (type !== "application/json") {
        body.destroy();
        throw strangeError(name, type === "text/html" ? "a web page" : "something that is not an answer");
      }
      const text = await readDocument(body);
      const events = documentToEvents(text);
      if (events === null) throw describeStatus(name, 500, text);
      isDone = true;
      return toResponse(Readable.from([Buffer.from(events)]));
    },
    readJson: async (url, headers, body) => {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const answered = await open(new URL(url), {
        ...init,
        headers: { ...headers, "content-type": "application/json" },
      });
      const text = await readDocument(answered.body);
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        const isPage = answered.headers.get("content-type")?.startsWith("text/html") ?? false;
        throw strangeError(name, isPage ? "a web page" : "something that cannot be read", cause);
      }
    },
    events: (response) =>
      readEvents(
        bodies.get(response) ?? Readable.from([]),
        { bytesMax: responseBytesMax, eventBytesMax: lineBytesMax },
        {
          done: () => {
            isDone = true;
          },
          flood: () => {
            fail(floodError(name));
            return failure ?? floodError(name);
          },
        },
      ),
    get failure() {
      return failure;
    },
    get isDone() {
      return isDone;
    },
    expectWithin: (delayMs, error) => {
      // Each word begins the same wait anew, which is a tenth of what a timer of its own takes.
      if (limit?.delayMs === delayMs) {
        limit.error = error;
        limit.timer.refresh();
        return;
      }
      clearTimeout(limit?.timer);
      limit = { timer: setTimeout(() => limit !== null && fail(limit.error()), delayMs), delayMs, error };
    },
    wait: (delayMs) => setTimeoutPromise(delayMs, undefined, { signal: both }),
    get isClosed() {
      return both.aborted;
    },
    fail,
    close: () => {
      clearTimeout(limit?.timer);
      own.abort();
    },
  };
}

/** As text, and only up to the limit: what follows is not read. */
async function readDocument(body: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= documentBytesMax) break;
  }
  return Buffer.concat(parts).subarray(0, documentBytesMax).toString("utf8");
}

/** Some servers ignore `stream: true` and answer in one piece. `null`: this is no answer. */
function documentToEvents(text: string): string | null {
  try {
    const answer = JSON.parse(text) as {
      choices?: { message?: unknown; finish_reason?: unknown }[];
      usage?: unknown;
    };
    const { message, finish_reason = "stop" } = answer.choices?.[0] ?? {};
    if (typeof message !== "object" || message === null) return null;
    const chunk = { choices: [{ index: 0, delta: message, finish_reason }], usage: answer.usage ?? null };
    return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
  } catch {
    return null;
  }
}
