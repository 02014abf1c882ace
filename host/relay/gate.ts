/**
 * The gate: a pure judgement on the raw head of a request, before any router, framework or URL parser sees it (SECURITY
 * §0.7). It answers one question: does this come from our own page, from a person who opens it, or from a program on
 * this machine that says so plainly? What holds for every part of the host (`Host`, `Origin`, no proxy) is in
 * door/requestHead.ts; here is what the app adds.
 *
 * - `Sec-Fetch-Site` must be same-origin or none, except for a person following a link to a page.
 * - The target must be a plain path: no other form, no dots, no encodings of them, nothing that two parsers could read
 * in two ways.
 *
 * What it cannot do: tell programs of the same user apart. Whoever may read the owner's files may also open this page;
 * the log stays sealed.
 */
import type { Doorway } from "../door/doorway.ts";
import { isFromOurPage, judgeSender, type HeadHeaders } from "../door/requestHead.ts";
import { isGatewayTarget } from "../door/whose.ts";
import { targetBytesMax } from "./limits.ts";

export interface RequestHead {
  readonly method: string;
  /** The target exactly as it came. */
  readonly target: string;
  readonly httpVersion: string;
  /** Node's `rawHeaders`: names and values in turn, repeated ones included. */
  readonly rawHeaders: readonly string[];
  readonly isUpgrade: boolean;
  /** Where it came in. */
  readonly doorway: Doorway;
}

type GateStatus = 400 | 403 | 404 | 405 | 414 | 421;

export type GateVerdict =
  | { readonly kind: "pass"; readonly path: string }
  | { readonly kind: "refuse"; readonly status: GateStatus; readonly says: string };

/** The only path that takes a WebSocket. */
export const linkPath = "/link";

export function judgeRequest(head: RequestHead): GateVerdict {
  const sender = judgeSender(head);
  if (sender.kind === "refuse") return sender;
  const { headers } = sender;
  // A connection is handed to one part for good; the gateway is reached by a new one.
  if (isGatewayTarget(head.target)) return refuse(421, "Ask for this on a new connection.");

  if (head.method !== "GET" && head.method !== "HEAD") return refuse(405, "GET and HEAD only.");
  if (headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0")
    return refuse(400, "No request here has a body.");
  if (head.target.length > targetBytesMax) return refuse(414, "That address is too long.");
  const path = readPath(head.target);
  if (path === null) return refuse(400, "That is not a plain path.");

  if (!isAllowedFetch(headers, head.isUpgrade)) return refuse(403, "Another site may not use this address.");
  if (head.isUpgrade) return judgeUpgrade(head, headers);
  return path === linkPath ? refuse(404, "Only a WebSocket opens here.") : { kind: "pass", path };
}

function judgeUpgrade(head: RequestHead, headers: HeadHeaders): GateVerdict {
  if (head.target !== linkPath || head.method !== "GET") return refuse(404, "Nothing to upgrade here.");
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") return refuse(400, "Only a WebSocket opens here.");
  // Every browser sends Origin with a WebSocket; something that has the air of one and sends none is not what it seems.
  const isBrowser =
    headers.has("sec-fetch-site") || headers.has("cookie") || (headers.get("user-agent") ?? "").startsWith("Mozilla/");
  if (isBrowser && !headers.has("origin")) return refuse(403, "Another site may not use this address.");
  return { kind: "pass", path: linkPath };
}

/**
 * A person may come from anywhere by following a link to a page; nothing else crosses from another site, not even
 * another port of this machine.
 */
function isAllowedFetch(headers: HeadHeaders, isUpgrade: boolean): boolean {
  if (isFromOurPage(headers)) return true;
  return !isUpgrade && headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
}

/**
 * The path of an origin-form target whose segments are plain names; a query is allowed (a service worker adds one to
 * refresh a file) and dropped.
 */
function readPath(target: string): string | null {
  const match = /^((?:\/[A-Za-z0-9_~@+-][A-Za-z0-9._~@+-]*)*\/?)(?:\?[A-Za-z0-9_=&.%+-]*)?$/.exec(target);
  const path = match?.[1];
  return path === undefined || path === "" || path.includes("..") ? null : path;
}

function refuse(status: GateStatus, says: string): GateVerdict {
  return { kind: "refuse", status, says };
}
