/**
 * One request to a backend by Node's own HTTP client, and its answer as it comes. Not by `fetch`: a token took 0.1 ms and half of the
 * agent's work longer through its streams. What `fetch` would do by itself is said here: nothing is followed, what is packed is unpacked,
 * and a kept connection that was closed meanwhile is made anew.
 */
import { request as httpRequest, Agent as HttpAgent, type IncomingMessage, type RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { request as httpsRequest, Agent as HttpsAgent } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createUnzip } from "node:zlib";
import { nameCall } from "../egress/wayOut.ts";
import { keptConnectionsMax } from "./limits.ts";

export interface Asked {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Unpacked. Destroyed, the backend hears that nobody listens any more. */
  readonly body: Readable;
}

const kept = { keepAlive: true, maxFreeSockets: keptConnectionsMax };
const agents = { "http:": new HttpAgent(kept), "https:": new HttpsAgent(kept) } as const;

export async function ask(url: URL, asked: Asked): Promise<Answered> {
  const response = await send(url, asked, false);
  const headers = new Headers();
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2)
    headers.append(response.rawHeaders[at] ?? "", response.rawHeaders[at + 1] ?? "");
  const body = unpack(response, headers.get("content-encoding"));
  // It may fail while nobody reads, as when an answer is stopped; whoever reads hears of it by that.
  for (const stream of new Set([response, body])) stream.on("error", () => {});
  return { status: response.statusCode ?? 0, headers, body };
}

function send(url: URL, asked: Asked, isFresh: boolean): Promise<IncomingMessage> {
  const { method = "GET", headers, body = "", signal } = asked;
  const isSecure = url.protocol === "https:";
  const options: RequestOptions = {
    method,
    signal,
    agent: isFresh ? false : agents[isSecure ? "https:" : "http:"],
    headers: {
      ...Object.fromEntries(new Headers(headers)),
      "accept-encoding": "identity",
      ...(body === "" ? {} : { "content-length": Buffer.byteLength(body) }),
    },
  };
  nameCall("backend", url);
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(url, options);
    // Each word is sent as it comes, the first one too.
    request.setNoDelay(true);
    request.once("response", resolve);
    request.once("socket", hearFailures);
    // It would leave HTTP, for which nobody asked.
    request.once("upgrade", (_response, socket) => socket.on("error", () => {}).destroy());
    request.on("error", (error: NodeJS.ErrnoException) => {
      const wasClosed = request.reusedSocket && !signal.aborted && error.code === "ECONNRESET";
      if (wasClosed && !isFresh) resolve(send(url, asked, true));
      else reject(error);
    });
    request.once("close", () => reject(new Error("The connection was closed without an answer.")));
    request.end(body);
  });
}

const heard = new WeakSet<Socket>();

/** A question that is stopped in the moment in which its answer ends fails by its connection alone, which nobody listens to then: the whole process would end. */
function hearFailures(socket: Socket): void {
  if (heard.has(socket)) return;
  heard.add(socket);
  // Whoever still waits for something of it hears of it by the question or the answer.
  socket.on("error", () => {});
}

function unpack(response: IncomingMessage, encoding: string | null): Readable {
  const unpacking =
    encoding === "br" ? createBrotliDecompress() : /^(x-)?gzip$|^deflate$/.test(encoding ?? "") ? createUnzip() : null;
  // Its failure is seen by whoever reads it.
  return unpacking === null ? response : pipeline(response, unpacking, () => {});
}
