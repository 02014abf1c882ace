/**
 * One request that a backend answers: its body goes there, and what comes back goes to the tool byte by byte, as it is.
 *
 *   body ─► model ─► backend ─► connect ─► answer's head ─► bytes … end
 *                       ▲          │ failed before its first byte, and the body can be sent again
 *                       └──────────┘
 *
 * A slow tool slows the backend down (nothing is collected here); a tool that hangs up ends the backend's work at once; a
 * backend that breaks off breaks the tool's connection, so that half an answer is never taken for a whole one.
 */
import {
  request as requestHttp,
  type Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { request as requestHttps, type Agent as HttpsAgent } from "node:https";
import { nameCall } from "../egress/wayOut.ts";
import { BackendError } from "../backends/backend.ts";
import { systemCode } from "../errors.ts";
import type { RedactionSettings } from "../backends/redactedAnswer.ts";
import type { BackendSource, PickedBackend } from "./backendSource.ts";
import { answerHeaders, backendHeaders } from "./passedHeaders.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Recording } from "./recording.ts";
import { replyError, type ErrorReply } from "./replies.ts";
import { createModelScanner } from "./bodyModel.ts";
import { maskBody } from "./maskBody.ts";
import { readRequestBody, renameModel, type HeldBytes, type RequestBody } from "./requestBody.ts";

export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly form: "json" | "form";
  /** The tool waits for "100 Continue". */
  readonly expects: boolean;
  /** Whose request it is, for fairness. */
  readonly owner: string;
  readonly backends: BackendSource;
  readonly limits: GatewayLimits;
  readonly heldBytes: HeldBytes;
  readonly agents: Agents;
  /** What is said here becomes a chat. */
  readonly recording: Recording | null;
  /** How it is masked for a backend elsewhere; `null`: not at all. */
  readonly masking: RedactionSettings | null;
}

type Outcome =
  | { readonly kind: "done" }
  /** The connection was an old one that the backend had just closed: nothing is wrong with the backend. */
  | { readonly kind: "stale" }
  | { readonly kind: "failed"; readonly reply: ErrorReply; readonly canRepeat: boolean };

export async function answerFromBackend(exchange: Exchange): Promise<void> {
  const { request, response, path, form, expects, owner, backends, limits, heldBytes, recording } = exchange;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const refuse = (reply: ErrorReply): void => replyError(request, response, reply, limits);

  if ((request.headers["content-encoding"] ?? "identity") !== "identity")
    return refuse({ status: 415, says: "Send the body as it is, without content-encoding." });
  if (expects) response.writeContinue();
  const body = await readRequestBody({ request, form, limits, heldBytes, signal: gone.signal });
  if (body.kind === "gone") return;
  if (body.kind === "error") return refuse(body.reply);
  try {
    const refusal = recording?.begin(body) ?? null;
    if (refusal !== null) return refuse(refusal);
    const tried: string[] = [];
    let failure: ErrorReply | null = null;
    while (!gone.signal.aborted) {
      let picked: PickedBackend;
      try {
        picked = await backends.pickBackend(body.model, path, { signal: gone.signal, owner, except: tried });
      } catch (error) {
        if (!gone.signal.aborted) refuse(failure ?? pickReply(error));
        return;
      }
      const shown = exchange.masking === null || picked.place === "local" ? body : maskedBody(body, exchange);
      if (shown === null) {
        picked.release();
        return refuse({ status: 413, says: cannotMask });
      }
      let outcome = await send(exchange, shown, picked, gone.signal, true);
      if (outcome.kind === "stale") outcome = await send(exchange, shown, picked, gone.signal, false);
      picked.release(outcome.kind !== "failed");
      if (outcome.kind !== "failed") return;
      failure = outcome.reply;
      tried.push(picked.backend);
      if (!outcome.canRepeat) return refuse(failure);
    }
  } finally {
    recording?.end();
    heldBytes.give(body.heldBytes);
  }
}

const cannotMask =
  "This key blacks out what is private before a model server elsewhere sees it, and this request cannot be looked through: it is too large, or a file. Send it with another key, or to a model at home.";

/** Found anew: its name may stand elsewhere now. `null`: it cannot be looked through. */
function maskedBody(body: RequestBody, { masking, form }: Exchange): RequestBody | null {
  if (masking === null || !body.isWhole || form !== "json") return null;
  const masked = maskBody(Buffer.concat(body.held), masking);
  if (masked === null) return null;
  const search = createModelScanner().feed(masked);
  return { ...body, held: [masked], search };
}

function send(
  { request, response, path, limits, agents, recording }: Exchange,
  body: RequestBody,
  picked: PickedBackend,
  signal: AbortSignal,
  mayReuse: boolean,
): Promise<Outcome> {
  const url = new URL(`${picked.baseUrl}${path.slice("/v1".length)}`);
  nameCall("backend", url);
  const isSecure = url.protocol === "https:";
  // What is read along has to be text.
  const ownHeaders = recording === null ? picked.headers : { ...picked.headers, "accept-encoding": "identity" };
  const held = renameModel(body, picked.model);
  const grownBytes = held.reduce((sum, chunk) => sum + chunk.length, 0) - body.heldBytes;
  const upstream = (isSecure ? requestHttps : requestHttp)(url, {
    method: request.method,
    headers: backendHeaders(request.headers, ownHeaders, body.isWhole ? body.heldBytes : null, grownBytes),
    agent: mayReuse ? (isSecure ? agents.https : agents.http) : false,
  });

  return new Promise((resolve) => {
    let hasBegun = false;
    let hasStreamed = false;
    let timer = setTimeout(
      () => fail({ status: 504, says: "The model server did not answer in time." }),
      limits.firstByteMsMax,
    );
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onGone);
      upstream.destroy();
      resolve(outcome);
    };
    const fail = (reply: ErrorReply): void => {
      if (hasBegun) response.destroy();
      settle(hasBegun ? { kind: "done" } : { kind: "failed", reply, canRepeat: !hasStreamed });
    };
    const onGone = (): void => settle({ kind: "done" });
    signal.addEventListener("abort", onGone);
    if (signal.aborted) return onGone();

    upstream.on("error", (error) => {
      const isStale = mayReuse && upstream.reusedSocket && ["ECONNRESET", "EPIPE"].includes(systemCode(error));
      if (isStale && !hasBegun && !hasStreamed) settle({ kind: "stale" });
      else
        fail({
          status: 502,
          says: `The model server cannot be reached (${systemCode(error) || "no answer"}). Check that it runs.`,
        });
    });
    upstream.on("response", (answer) => {
      const refusal = refusalOf(answer);
      if (refusal !== null) return fail(refusal);
      hasBegun = true;
      clearTimeout(timer);
      timer = setTimeout(() => fail({ status: 504, says: "" }), limits.idleMsMax);
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers));
      response.flushHeaders();
      const take = recording?.readAlong(answer) ?? null;
      if (take !== null) answer.on("data", take);
      passBack(answer, response, timer, (isWhole) => {
        if (!isWhole) return fail({ status: 502, says: "" });
        recording?.noteWhole();
        response.end();
        settle({ kind: "done" });
      });
    });

    for (const chunk of held) upstream.write(chunk);
    if (body.isWhole) return void upstream.end();
    onConnected(upstream, isSecure, () => {
      hasStreamed = true;
      passRest(request, upstream, limits.bodyBytesMax - body.heldBytes, () => {
        // Its head cannot be taken back, but neither is it an answer yet.
        if (!hasBegun) replyError(request, response, { status: 413, says: "The body is too large." }, limits);
        settle({ kind: "done" });
      });
    });
  });
}

/** Nothing of the rest is read before there is somewhere to send it: until then another backend can have it all. */
function onConnected(upstream: ClientRequest, isSecure: boolean, then: () => void): void {
  upstream.once("socket", (socket) => {
    if (socket.connecting) socket.once(isSecure ? "secureConnect" : "connect", then);
    else then();
  });
}

function passRest(request: IncomingMessage, upstream: ClientRequest, bytesMax: number, onTooLarge: () => void): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) onTooLarge();
    else if (!upstream.destroyed && !upstream.write(chunk)) request.pause();
  });
  upstream.on("drain", () => request.resume());
  request.once("end", () => upstream.end());
  request.resume();
}

/**
 * A backend wraps each token into a chunk of its own, and what arrives together is sent on together: as early, byte for
 * byte the same, and at a fraction of the cost.
 */
function passBack(
  answer: IncomingMessage,
  response: ServerResponse,
  idle: NodeJS.Timeout,
  onEnd: (isWhole: boolean) => void,
): void {
  let arrived: Buffer[] = [];
  const flush = (): void => {
    if (arrived.length === 0) return;
    const [first = Buffer.alloc(0), ...more] = arrived;
    arrived = [];
    if (!response.write(more.length === 0 ? first : Buffer.concat([first, ...more]))) answer.pause();
  };
  answer.on("data", (chunk: Buffer) => {
    // Runs when all of what was just read has been taken apart.
    if (arrived.push(chunk) === 1) process.nextTick(flush);
    idle.refresh();
  });
  response.on("drain", () => {
    idle.refresh();
    answer.resume();
  });
  answer.once("end", () => {
    flush();
    onEnd(answer.complete);
  });
  answer.once("error", () => onEnd(false));
}

/** The few answers of a backend that do not go on as they are: none of them is about what the tool asked. */
function refusalOf({ statusCode = 502 }: IncomingMessage): ErrorReply | null {
  if (statusCode >= 300 && statusCode < 400)
    return {
      status: 502,
      says: "The model server sends requests on to another address, which is never followed. Give its final address.",
    };
  // A tool would take it for a word about its own key, and the text may quote the host's.
  if (statusCode === 401 || statusCode === 407)
    return { status: 502, says: "The model server does not accept the host's key. Check the key of that backend." };
  return null;
}

function pickReply(error: unknown): ErrorReply {
  if (!(error instanceof BackendError)) throw error;
  const status = { "backend-model": 404, "backend-busy": 429, "backend-away": 503 }[error.code as string] ?? 502;
  return { status, says: error.ownerSentence };
}
