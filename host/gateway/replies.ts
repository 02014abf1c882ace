/** What the gateway says itself, in the form in which OpenAI's clients expect an error. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { GatewayLimits } from "./limits.ts";

/** On every answer: nothing here is a page, whatever a backend sends, and no other site may read it. */
export const REPLY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

export interface ErrorReply {
  readonly status: number;
  readonly says: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS_CODES: Readonly<Record<number, { readonly type: string; readonly code: string }>> = {
  401: { type: "invalid_request_error", code: "invalid_api_key" },
  404: { type: "invalid_request_error", code: "not_found" },
  413: { type: "invalid_request_error", code: "too_large" },
  429: { type: "requests", code: "rate_limit_exceeded" },
  502: { type: "server_error", code: "backend_error" },
  503: { type: "server_error", code: "backend_unavailable" },
  504: { type: "server_error", code: "backend_timeout" },
};

export function errorBody({ status, says }: ErrorReply): string {
  const { type, code } = STATUS_CODES[status] ?? { type: "invalid_request_error", code: "invalid_request" };
  return JSON.stringify({ error: { message: says, type, param: null, code } });
}

export function replyError(
  request: IncomingMessage,
  response: ServerResponse,
  reply: ErrorReply,
  limits: GatewayLimits,
): void {
  const wait = { 401: { "www-authenticate": "Bearer" }, 429: { "retry-after": "60" } }[reply.status];
  replyJson(request, response, reply.status, errorBody(reply), limits, { ...wait, ...reply.headers });
}

/**
 * Answers, also while the request's body is still arriving: some of it is read and thrown away, because a connection
 * that is closed with bytes unread is reset, and the reason for the refusal lost.
 */
export function replyJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  limits: GatewayLimits,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return void response.destroy();
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
  const isUnread = hasBody && !request.complete;
  response.writeHead(status, {
    ...REPLY_HEADERS,
    "content-type": "application/json",
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
    ...(isUnread || status === 401 || status === 403 ? { connection: "close" } : {}),
    ...headers,
  });
  // Who asked first whether to send the body, and was never told to, does not send it.
  if (!isUnread || request.headers.expect !== undefined) return void response.end(body);
  response.write(body);
  let discarded = 0;
  const timer = setTimeout(() => response.end(), limits.discardMsMax);
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > limits.discardBytesMax) response.end();
  });
  request.on("end", () => response.end());
  response.once("close", () => clearTimeout(timer));
  request.resume();
}

export function refuseSocket(socket: Duplex, status: number, says: string): void {
  socket.on("error", () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const body = errorBody({ status, says });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
