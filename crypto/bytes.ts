/** Plain byte helpers. Nothing here is secret-aware: compare secrets and tags with libsodium, by way of `sodium.ts`. */

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** For public values only: it returns at the first difference. */
export function isEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  return a.every((byte, index) => byte === b[index]);
}

export function utf8ToBytes(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** Throws a `TypeError` on malformed UTF-8; decoders turn that into their own error. */
export function bytesToUtf8(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

export function bytesToHex(bytes: Uint8Array): string {
  let hex = "";
  for (let at = 0; at < bytes.length; at++) hex += HEX_OF_BYTE[bytes[at] ?? 0];
  return hex;
}

/** `null` when the text is not an even number of lower-case hex digits. Ids are turned over thousands of times a second, so no part of it is cut out. */
export function hexToBytes(hex: string): Uint8Array | null {
  if (hex.length % 2 !== 0) return null;
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const high = hexDigit(hex.charCodeAt(2 * index));
    const low = hexDigit(hex.charCodeAt(2 * index + 1));
    if (high < 0 || low < 0) return null;
    bytes[index] = 16 * high + low;
  }
  return bytes;
}

/** Of a character's code; -1 for any but a digit or a lower-case letter to f. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

/** URL-safe base64 without padding, as used in links. */
export function bytesToBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** `null` when the text is not canonical URL-safe base64. */
export function base64UrlToBytes(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return bytesToBase64Url(bytes) === text ? bytes : null;
}
