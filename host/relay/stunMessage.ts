/**
 * STUN (RFC 8489), as much of it as tells a browser which address the tailnet sees it at: a Binding request in, a Binding
 * success with XOR-MAPPED-ADDRESS out. Everything else is `null` and gets no answer, also where the RFC would send an
 * error: who speaks to us in good faith never needs one.
 *
 *   0       2        4              8                    20
 *   | type  | length | magic cookie | transaction (12 B) | attributes: type 2, length 2, value, padded to 4
 *
 * The answer to the shortest request (20 B) has 32 B, or 44 B for IPv6, which is the least that the RFC allows. On the
 * way, inside WireGuard, that is 1.15 and 1.11 times the request (stunMessage.test.ts adds it up); and there a sender
 * cannot lie about its address.
 */
import { isIPv4, SocketAddress } from "node:net";
import { crc32 } from "node:zlib";
import { stunRequestBytesMax } from "./limits.ts";

const HEADER_BYTES = 20;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAGIC_COOKIE = 0x2112_a442;
const XOR_MAPPED_ADDRESS = 0x0020;
const FINGERPRINT = 0x8028;
const FINGERPRINT_MASK = 0x5354_554e;
/** Attributes below this must be understood by who answers; a plain question for an address has none of them. */
const FIRST_OPTIONAL = 0x8000;

/** A Binding request's transaction id, or `null` for everything else. */
export function decodeBindingRequest(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < HEADER_BYTES || bytes.length > stunRequestBytesMax || bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== BINDING_REQUEST || view.getUint32(4) !== MAGIC_COOKIE) return null;
  if (view.getUint16(2) !== bytes.length - HEADER_BYTES) return null;
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const next = at + 4 + Math.ceil(length / 4) * 4;
    if (type < FIRST_OPTIONAL || next > bytes.length) return null;
    if (type === FINGERPRINT) {
      const isRight =
        length === 4 &&
        next === bytes.length &&
        view.getUint32(at + 4) === (crc32(bytes.subarray(0, at)) ^ FINGERPRINT_MASK) >>> 0;
      if (!isRight) return null;
    }
    at = next;
  }
  return bytes.subarray(8, HEADER_BYTES);
}

/** The answer: where the question was seen to come from. */
export function encodeBindingSuccess(transaction: Uint8Array, address: string, port: number): Uint8Array {
  const from = addressBytes(address);
  const bytes = new Uint8Array(HEADER_BYTES + 8 + from.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BINDING_SUCCESS);
  view.setUint16(2, bytes.length - HEADER_BYTES);
  view.setUint32(4, MAGIC_COOKIE);
  bytes.set(transaction, 8);
  view.setUint16(20, XOR_MAPPED_ADDRESS);
  view.setUint16(22, 4 + from.length);
  bytes[25] = from.length === 4 ? 1 : 2;
  view.setUint16(26, port ^ (MAGIC_COOKIE >>> 16));
  // The mask is what stands in the header from byte 4 on: the cookie, and for IPv6 the transaction after it.
  for (const [index, byte] of from.entries()) bytes[28 + index] = byte ^ (bytes[4 + index] ?? 0);
  return bytes;
}

/** An address in its 4 or 16 bytes. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number));
  const [plain = ""] = address.split("%");
  const { address: canonical } = new SocketAddress({ address: plain, family: "ipv6" });
  const [head = "", tail] = canonical.split("::");
  const words = (text: string): number[] => text.split(":").filter(Boolean).flatMap(toWords);
  const [front, back] = [words(head), words(tail ?? "")];
  const all = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((word) => [word >>> 8, word & 0xff]));
}

/** One group of an IPv6 address, or the IPv4 address that may stand at its end. */
function toWords(group: string): readonly number[] {
  if (!group.includes(".")) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
