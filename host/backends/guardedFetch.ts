/**
 * The one `fetch` towards backends. It follows no redirect, sends no credentials of its own, ends within its times and sizes, and turns
 * what is not a stream of events into an error with a sentence, or into such a stream. One guard serves one question.
 */
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
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
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;

  const fail = (error: BackendError): void => {
    failure ??= error;
    own.abort(failure);
  };

  /** A response that is one: no redirect, no error status. */
  const open = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, { ...init, redirect: "manual", credentials: "omit", signal: both });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new BackendError(
        "backend-redirect",
        `${name} sends questions on to another address, which is never followed. Set SOVEREIGN_BACKEND to the final address.`,
      );
    }
    if (!response.ok) throw describeStatus(name, response.status, await readDocument(response));
    return response;
  };

  return {
    fetch: async (input, init) => {
      const response = await open(input, init);
      const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
      if (type === "text/event-stream" && response.body !== null) return response;
      if (type !== "application/json") {
        await response.body?.cancel();
        throw strangeError(name, type === "text/html" ? "a web page" : "something that is not an answer");
      }
      const text = await readDocument(response);
      const events = documentToEvents(text);
      if (events === null) throw describeStatus(name, 500, text);
      isDone = true;
      return new Response(events, { status: 200, headers: { "content-type": "text/event-stream" } });
    },
    readJson: async (url, headers, body) => {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const response = await open(url, { ...init, headers: { ...headers, "content-type": "application/json" } });
      const text = await readDocument(response);
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
        throw strangeError(name, isPage ? "a web page" : "something that cannot be read", cause);
      }
    },
    events: (response) =>
      readEvents(
        response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
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
      clearTimeout(timer);
      timer = setTimeout(() => fail(error()), delayMs);
    },
    wait: (delayMs) => setTimeoutPromise(delayMs, undefined, { signal: both }),
    get isClosed() {
      return both.aborted;
    },
    fail,
    close: () => {
      clearTimeout(timer);
      own.abort();
    },
  };
}

/** As text, and only up to the limit: what follows is not read. */
async function readDocument(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined && length < documentBytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  await reader?.cancel();
  return Buffer.concat(parts).subarray(0, documentBytesMax).toString("utf8");
}

/** Some servers ignore `stream: true` and answer in one piece. `null`: this is no answer. */
function documentToEvents(text: string): string | null {
  try {
    const answer = JSON.parse(text) as { choices?: { message?: unknown }[]; usage?: unknown };
    const message = answer.choices?.[0]?.message;
    if (typeof message !== "object" || message === null) return null;
    const chunk = { choices: [{ index: 0, delta: message, finish_reason: "stop" }], usage: answer.usage ?? null };
    return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
  } catch {
    return null;
  }
}
