/**
 * Whose connection this is. On loopback everything at `/v1` and below, and `/metrics`, belongs to the gateway, everything else to the relay. On the
 * tailnet, where devices come by HTTPS, what is TLS goes to the part that ends it (host/tls), and so does what a person opens in plain HTTP,
 * to be shown the way; programs that prove themselves by keys of their own are served as they come: a tool at `/v1`, a link at `/link`.
 * One rule for the door, which looks at first bytes, for what comes out of TLS, and for the two parts, which look at each request that follows on the same connection.
 */
import { decidingBytesMax } from "./limits.ts";

export type PartName = "relay" | "gateway" | "https";

/** `target` is a request's target exactly as it came. */
export function isGatewayTarget(target: string): boolean {
  return /^\/(?:v1|metrics)(?:[/?]|$)/.test(target);
}

/**
 * Looks at the first bytes of a connection. `null`: not decided yet. What is no plain HTTP goes to the relay, whose gate
 * says what is wrong with it; nothing but a plain `/v1` or `/metrics` ever goes to the gateway.
 */
export function whoseConnection(first: Uint8Array): "relay" | "gateway" | null {
  const text = beginningOf(first);
  if (/^[A-Z]{1,16} \/(?:v1|metrics)[/? \r\n]/.test(text)) return "gateway";
  const isOpen = /^(?:\r?|[A-Z]{1,16}(?: (?:\/(?:v1?|m(?:e(?:t(?:r(?:i(?:cs?)?)?)?)?)?)?)?)?)$/.test(text);
  return isOpen && first.length < decidingBytesMax ? null : "relay";
}

/** A TLS record of a handshake begins with this, and no HTTP does. */
const tlsHandshake = 0x16;

/** The same on the tailnet. */
export function whoseTailnetConnection(first: Uint8Array): PartName | null {
  if (first[0] === tlsHandshake) return "https";
  const text = beginningOf(first);
  if (/^GET \/link[? ]/.test(text)) return "relay";
  const isOpen = /^GET \/(?:l(?:i(?:nk?)?)?)?$/.test(text);
  if (isOpen && first.length < decidingBytesMax) return null;
  const name = whoseConnection(first);
  return name === "relay" ? "https" : name;
}

/** HTTP allows empty lines before the first. */
function beginningOf(first: Uint8Array): string {
  return Buffer.from(first.subarray(0, decidingBytesMax))
    .toString("latin1")
    .replace(/^(?:\r\n)+/, "");
}
