/**
 * Whose connection this is: everything at `/v1` and below belongs to the gateway, everything else to the relay. One rule
 * for the door, which looks at first bytes, and for the two parts, which look at each request that follows on the same
 * connection.
 */
import { decidingBytesMax } from "./limits.ts";

export type PartName = "relay" | "gateway";

/** `target` is a request's target exactly as it came. */
export function isGatewayTarget(target: string): boolean {
  return /^\/v1(?:[/?]|$)/.test(target);
}

/**
 * Looks at the first bytes of a connection. `null`: not decided yet. What is no plain HTTP goes to the relay, whose gate
 * says what is wrong with it; nothing but a plain `/v1` ever goes to the gateway.
 */
export function whoseConnection(first: Uint8Array): PartName | null {
  // HTTP allows empty lines before the first.
  const text = Buffer.from(first.subarray(0, decidingBytesMax))
    .toString("latin1")
    .replace(/^(?:\r\n)+/, "");
  if (/^[A-Z]{1,16} \/v1[/? \r\n]/.test(text)) return "gateway";
  const isOpen = /^(?:\r?|[A-Z]{1,16}(?: (?:\/(?:v1?)?)?)?)$/.test(text);
  return isOpen && first.length < decidingBytesMax ? null : "relay";
}
