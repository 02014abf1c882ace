/**
 * The gateway's gate, on the raw head of a request before any route is looked for: where it comes from, whether its
 * target is plain, and whose key it shows. Pure but for the keys.
 */
import type { Doorway } from "../door/doorway.ts";
import { isFromOurPage, judgeSender, type HeadHeaders } from "../door/requestHead.ts";
import { isGatewayTarget } from "../door/whose.ts";
import type { Authentication } from "./authentication.ts";
import type { ToolKey } from "./keys.ts";
import { targetBytesMax } from "./limits.ts";

export interface GatewayHead {
  readonly target: string;
  readonly httpVersion: string;
  /** Node's `rawHeaders`: names and values in turn, repeated ones included. */
  readonly rawHeaders: readonly string[];
  /** Where it came in. */
  readonly doorway: Doorway;
}

export type GatewayVerdict =
  | {
      readonly kind: "pass";
      readonly key: ToolKey;
      readonly path: string;
      readonly hasQuery: boolean;
      readonly headers: HeadHeaders;
    }
  | { readonly kind: "refuse"; readonly status: 400 | 401 | 403 | 414 | 421 | 429; readonly says: string };

export function judgeGatewayRequest(head: GatewayHead, authentication: Authentication): GatewayVerdict {
  const sender = judgeSender(head);
  if (sender.kind === "refuse") return sender;
  const { headers } = sender;
  if (!isFromOurPage(headers)) return refuse(403, "Another site may not use this address.");
  if (!isGatewayTarget(head.target)) return refuse(421, "Ask for this on a new connection.");
  if (head.target.length > targetBytesMax) return refuse(414, "That address is too long.");
  const plain = PLAIN_TARGET.exec(head.target);
  if (plain?.[1] === undefined) return refuse(400, "That is not a plain path.");
  // Two readings of where a body ends are two requests.
  if (
    headers.has("transfer-encoding") &&
    (headers.has("content-length") || headers.get("transfer-encoding") !== "chunked")
  )
    return refuse(400, "Say in one way how long the body is.");
  const verdict = authentication.check(headers.get("authorization"));
  if (verdict.kind === "refuse") return refuse(verdict.status, SAYS[verdict.status]);
  return { kind: "pass", key: verdict.key, path: plain[1], hasQuery: plain[2] !== undefined, headers };
}

/** Segments that are no dots, and percent signs that stand for a byte; a query is seen, and never looked into. */
const PLAIN_TARGET =
  /^((?:\/(?!\.{1,2}(?:[/?]|$))(?:[A-Za-z0-9._~:@+-]|%[0-9A-Fa-f]{2})+)+)(\?[A-Za-z0-9_=&.%+~:@/-]*)?$/;

const SAYS = {
  401: "This needs a key. Make one on the host with: sovereign keys create NAME.",
  429: "Too many wrong keys. Wait five minutes, then try again with the right one.",
} as const;

function refuse(status: 400 | 401 | 403 | 414 | 421 | 429, says: string): GatewayVerdict {
  return { kind: "refuse", status, says };
}
