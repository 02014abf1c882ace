/**
 * Which headers pass, by name: all others stay behind. So a tool's key never reaches a backend, whichever header it was
 * put into, and what a backend says about connections, cookies or other sites (several send `access-control-allow-origin:
 * *`) never reaches a tool.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { REPLY_HEADERS } from "./replies.ts";

const TO_BACKEND = ["accept", "accept-encoding", "accept-language", "content-type", "idempotency-key", "openai-beta"];
const TO_TOOL = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
  "openai-model",
  "openai-processing-ms",
  "openai-version",
  "retry-after",
  "x-request-id",
  "x-should-retry",
];

/** `wholeBytes`: how long the body is, when all of it is known. `grownBytes`: what renaming the model added. */
export function backendHeaders(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
  wholeBytes: number | null,
  grownBytes: number,
): OutgoingHttpHeaders {
  const announced = headers["content-length"];
  const bytes = wholeBytes ?? (announced === undefined ? null : Number(announced));
  return {
    ...pick(headers, TO_BACKEND),
    "user-agent": "sovereign",
    ...(bytes === null ? { "transfer-encoding": "chunked" } : { "content-length": bytes + grownBytes }),
    ...own,
  };
}

export function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const rateLimits = Object.keys(headers).filter((name) => name.startsWith("x-ratelimit-"));
  return { "cache-control": "no-store", ...pick(headers, [...TO_TOOL, ...rateLimits]), ...REPLY_HEADERS };
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}
