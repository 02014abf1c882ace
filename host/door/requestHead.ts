/**
 * Who is speaking: the part of the gate that holds for the app and for tools alike, on the raw head of a request, before
 * any router, framework or URL parser sees it (SECURITY §0.7).
 *
 * - `Host` must name the doorway that the connection came in by (doorway.ts): that ends DNS rebinding.
 * - `Origin`, when there is one, must be the very origin that `Host` names.
 * - No proxy: one in front of loopback would make strangers look local.
 */
import { addressToOpen, isOurHost, originOf, type Doorway } from "./doorway.ts";

/** Headers that may stand once at most; two of one of these are two readings of one request. */
const SINGLE_HEADERS = [
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "origin",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "transfer-encoding",
  "upgrade",
];
const PROXY_HEADERS = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

export type HeadHeaders = ReadonlyMap<string, string>;

export type SenderVerdict =
  | { readonly kind: "pass"; readonly headers: HeadHeaders }
  | { readonly kind: "refuse"; readonly status: 400 | 403; readonly says: string };

export interface Sender {
  readonly httpVersion: string;
  /** Node's `rawHeaders`: names and values in turn, repeated ones included. */
  readonly rawHeaders: readonly string[];
  /** Where it came in. */
  readonly doorway: Doorway;
}

export function judgeSender({ httpVersion, rawHeaders, doorway }: Sender): SenderVerdict {
  const headers = readHeaders(rawHeaders);
  if (headers === null) return refuse(400, "A header stands twice.");
  if (httpVersion !== "1.1") return refuse(400, "HTTP/1.1 only.");
  if (PROXY_HEADERS.some((name) => headers.has(name)))
    return refuse(403, "This address is for this machine only, without a proxy.");
  const host = headers.get("host") ?? "";
  if (!isOurHost(host, doorway)) return refuse(403, `Open ${addressToOpen(doorway)} instead.`);
  const origin = headers.get("origin");
  if (origin !== undefined && origin !== originOf(host, doorway))
    return refuse(403, "Another site may not use this address.");
  return { kind: "pass", headers };
}

/** A browser says where a request comes from; nothing but our own page, or a person who typed the address, may go on. */
export function isFromOurPage(headers: HeadHeaders): boolean {
  const site = headers.get("sec-fetch-site");
  return site === undefined || site === "same-origin" || site === "none";
}

/** Lower-case names; `null` when one that may stand once stands twice. */
function readHeaders(rawHeaders: readonly string[]): HeadHeaders | null {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (headers.has(name) && SINGLE_HEADERS.includes(name)) return null;
    headers.set(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}

function refuse(status: 400 | 403, says: string): SenderVerdict {
  return { kind: "refuse", status, says };
}
