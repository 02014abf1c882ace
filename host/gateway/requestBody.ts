/**
 * A request's body on its way to a backend. It is held until the model it asks for is known; a small one until it is
 * whole, so that it can be checked and sent again elsewhere; the rest of a large one is passed on as it comes.
 */
import type { IncomingMessage } from "node:http";
import { createModelScanner, type ModelSearch } from "./bodyModel.ts";
import type { GatewayLimits } from "./limits.ts";
import type { ErrorReply } from "./replies.ts";

/** Bytes that all requests hold together. */
export interface HeldBytes {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createHeldBytes(max: number): HeldBytes {
  let held = 0;
  return {
    take: (bytes) => {
      if (held + bytes > max) return false;
      held += bytes;
      return true;
    },
    give: (bytes) => {
      held -= bytes;
    },
  };
}

export interface RequestBody {
  readonly kind: "body";
  readonly held: readonly Buffer[];
  readonly heldBytes: number;
  /** Nothing follows what is held. */
  readonly isWhole: boolean;
  readonly model: string | null;
  /** Where the model's name stands in it. */
  readonly search: ModelSearch;
}

export type BodyOutcome =
  | RequestBody
  | { readonly kind: "error"; readonly reply: ErrorReply }
  | { readonly kind: "gone" };

export interface BodyOptions {
  readonly request: IncomingMessage;
  readonly form: "json" | "form";
  readonly limits: GatewayLimits;
  readonly heldBytes: HeldBytes;
  /** The tool has hung up. */
  readonly signal: AbortSignal;
}

/** Whoever gets a body gives its `heldBytes` back. */
export function readRequestBody({ request, form, limits, heldBytes, signal }: BodyOptions): Promise<BodyOutcome> {
  if (Number(request.headers["content-length"] ?? 0) > limits.bodyBytesMax)
    return Promise.resolve(error(413, tooLarge(limits)));
  const scanner = form === "json" ? createModelScanner() : null;
  let search: ModelSearch = scanner === null ? { kind: "none" } : { kind: "searching" };
  const held: Buffer[] = [];
  let bytes = 0;

  return new Promise((resolve) => {
    const settle = (outcome: BodyOutcome): void => {
      clearTimeout(idle);
      request.pause();
      request.off("data", onData);
      request.off("end", onEnd);
      signal.removeEventListener("abort", onGone);
      if (outcome.kind !== "body") heldBytes.give(bytes);
      resolve(outcome);
    };
    const finish = (isWhole: boolean): void => {
      const model = search.kind === "found" ? search.model : null;
      settle({ kind: "body", held, heldBytes: bytes, isWhole, model, search });
    };
    const onGone = (): void => settle({ kind: "gone" });
    const onData = (chunk: Buffer): void => {
      idle.refresh();
      if (!heldBytes.take(chunk.length))
        return settle(error(503, "The gateway is busy with other large requests. Try again in a moment."));
      bytes += chunk.length;
      held.push(chunk);
      if (bytes > limits.bodyBytesMax) return settle(error(413, tooLarge(limits)));
      if (search.kind === "searching" && scanner !== null) search = scanner.feed(chunk);
      if (search.kind === "malformed") return settle(error(400, notJson));
      if (search.kind !== "searching" && bytes >= limits.holdBytesMax) finish(false);
    };
    const onEnd = (): void => {
      if (scanner === null) return finish(true);
      const isBroken = search.kind === "searching" || (bytes <= limits.holdBytesMax && !isJson(Buffer.concat(held)));
      return isBroken ? settle(error(400, notJson)) : finish(true);
    };
    const idle = setTimeout(
      () => settle(error(408, "The body takes too long to come. Try again.")),
      limits.bodyIdleMsMax,
    );
    if (signal.aborted) return onGone();
    signal.addEventListener("abort", onGone);
    request.on("data", onData);
    request.once("end", onEnd);
    request.resume();
  });
}

/** What is held, with the model's name as the backend knows it. */
export function renameModel(body: RequestBody, model: string | null): readonly Buffer[] {
  const { search } = body;
  if (model === null || search.kind !== "found" || search.model === model) return body.held;
  const bytes = Buffer.concat(body.held);
  return [bytes.subarray(0, search.start), Buffer.from(JSON.stringify(model)), bytes.subarray(search.end)];
}

const notJson = "The body is no JSON object.";

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

function tooLarge({ bodyBytesMax }: GatewayLimits): string {
  return `The body is larger than ${Math.floor(bodyBytesMax / 1_048_576)} MiB.`;
}

function error(status: number, says: string): BodyOutcome {
  return { kind: "error", reply: { status, says } };
}
