/**
 * The gate: a pure judgement on the raw head of a request, before any router, framework or URL parser sees it (SECURITY
 * §0.7). It answers one question: does this come from our own page, from a person who opens it, or from a program on
 * this machine that says so plainly?
 *
 * - `Host` must name this machine's loopback with our port: that ends DNS rebinding.
 * - `Origin`, when there is one, must be the very origin that `Host` names; a WebSocket from a browser always has one.
 * - `Sec-Fetch-Site` must be same-origin or none, except for a person following a link to a page.
 * - The target must be a plain path: no other form, no dots, no encodings of them, nothing that two parsers could read
 * in two ways.
 *
 * What it cannot do: tell programs of the same user apart. Whoever may read the owner's files may also open this page;
 * the log stays sealed.
 */
import { targetBytesMax } from "./limits.ts";

export interface RequestHead {
  readonly method: string;
  /** The target exactly as it came. */
  readonly target: string;
  readonly httpVersion: string;
  /** Node's `rawHeaders`: names and values in turn, repeated ones included. */
  readonly rawHeaders: readonly string[];
  readonly isUpgrade: boolean;
  readonly port: number;
}

export type GateVerdict =
  | { readonly kind: "pass"; readonly path: string }
  | { readonly kind: "refuse"; readonly status: 400 | 403 | 404 | 405 | 414; readonly says: string };

/** The only path that takes a WebSocket. */
export const linkPath = "/link";

/** Headers that may stand once at most; two of one of these are two readings of one request. */
const SINGLE_HEADERS = [
  "host",
  "origin",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-fetch-dest",
  "content-length",
  "upgrade",
];
/** Only a proxy sends these, and a proxy in front of loopback would make strangers look local. */
const PROXY_HEADERS = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

export function judgeRequest(head: RequestHead): GateVerdict {
  const headers = readHeaders(head.rawHeaders);
  if (headers === null) return refuse(400, "A header stands twice.");
  if (head.httpVersion !== "1.1") return refuse(400, "HTTP/1.1 only.");
  if (PROXY_HEADERS.some((name) => headers.has(name)))
    return refuse(403, "This address is for this machine only, without a proxy.");

  const host = headers.get("host") ?? "";
  if (!isOurHost(host, head.port)) return refuse(403, `Open http://localhost:${head.port}/ instead.`);
  const origin = headers.get("origin");
  if (origin !== undefined && origin !== `http://${host.toLowerCase()}`)
    return refuse(403, "Another site may not use this address.");

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

function judgeUpgrade(head: RequestHead, headers: ReadonlyMap<string, string>): GateVerdict {
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
function isAllowedFetch(headers: ReadonlyMap<string, string>, isUpgrade: boolean): boolean {
  const site = headers.get("sec-fetch-site");
  if (site === undefined || site === "same-origin" || site === "none") return true;
  return !isUpgrade && headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
}

function isOurHost(host: string, port: number): boolean {
  const match = /^(localhost|127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?$/i.exec(host);
  return match !== null && Number(match[2] ?? 80) === port;
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

/** Lower-case names; `null` when one that may stand once stands twice. */
function readHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> | null {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (headers.has(name) && SINGLE_HEADERS.includes(name)) return null;
    headers.set(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}

function refuse(status: 400 | 403 | 404 | 405 | 414, says: string): GateVerdict {
  return { kind: "refuse", status, says };
}
