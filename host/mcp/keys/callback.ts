/**
 * Where a login comes back: a place on this machine that is open for one login and five minutes. A browser brings `code` and `state` there (RFC 8252); whoever does not know `state` is sent away and changes nothing, and the first who
 * knows it is the last who is heard.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "#sync/ports.ts";
import { McpError } from "../errors.ts";
import { callbackUrlCharsMax, loginLifeMs } from "../limits.ts";

export interface CallbackAnswer {
  readonly code: string;
  /** Who says that it gave the code (RFC 9207). */
  readonly iss: string | undefined;
}

export interface Callback {
  readonly redirectUrl: string;
  /** Throws `McpError("key")`: it was refused there, or nobody came. */
  readonly answer: Promise<CallbackAnswer>;
  /** The whole address at which a browser ended that could not reach this machine. `false`: it is not of this login. */
  take(address: string): boolean;
  close(): void;
}

export interface CallbackOptions {
  readonly name: string;
  readonly state: string;
  readonly clock: Clock;
  /** 0: any that is free. */
  readonly port: number;
}

const PATH = "/callback";

export async function openCallback({ name, state, clock, port }: CallbackOptions): Promise<Callback> {
  let isOver = false;
  const { promise: answer, resolve, reject } = Promise.withResolvers<CallbackAnswer>();
  answer.catch(() => {
    // reason: nobody may be waiting yet.
  });

  function take(url: URL): boolean {
    if (isOver || !isSame(url.searchParams.get("state") ?? "", state)) return false;
    isOver = true;
    const code = url.searchParams.get("code");
    if (code === null || code === "" || url.searchParams.has("error"))
      reject(
        new McpError(
          "key",
          `The login at ${name} was not given. Nothing was changed. Try again: sovereign tools login ${name}`,
        ),
      );
    else resolve({ code, iss: url.searchParams.get("iss") ?? undefined });
    close();
    return true;
  }

  const server = createServer((request, response) => {
    const url = (request.url ?? "").length > callbackUrlCharsMax ? null : URL.parse(request.url ?? "", redirectUrl);
    // A page elsewhere whose name leads here would say its own name.
    const isHere = request.headers.host === new URL(redirectUrl).host && url?.pathname === PATH;
    if (request.method !== "GET" || !isHere || url === null) return say(response, 404, "There is nothing here.");
    if (!take(url)) return say(response, 400, "This is not the login that Sovereign waits for. Nothing was changed.");
    return say(response, 200, "Sovereign has the answer. You can close this page and look at your terminal.");
  });
  await new Promise<void>((done, fail) => {
    server.once("error", (cause) =>
      fail(
        new McpError("key", `Port ${port} of this machine is taken, so no login could be begun. Name another: --port`, {
          cause,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", done);
  });
  const redirectUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  const cancel = clock.after(loginLifeMs, () => {
    isOver = true;
    reject(
      new McpError(
        "key",
        `Nobody logged in at ${name} within five minutes. Nothing was changed. Try again: sovereign tools login ${name}`,
      ),
    );
    close();
  });

  function close(): void {
    isOver = true;
    cancel();
    server.close();
    // Who asked is told first.
    setImmediate(() => server.closeIdleConnections());
  }

  return {
    redirectUrl,
    answer,
    take: (address) => {
      const url = address.length > callbackUrlCharsMax ? null : URL.parse(address.trim());
      return url !== null && `${url.origin}${url.pathname}` === redirectUrl && take(url);
    },
    close,
  };
}

/** In a time that tells nothing of how much is right. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(`${words}\n`);
}
