/**
 * Live text: the words of an answer on their way to the eye, before its document has them. Never stored, and no part of any chain; what
 * counts is the lane's signed envelopes, which replace it. So a frame carries no signature: only who was lent the doc key can
 * make one, and it is good for one lane alone. All are of one size, since lengths and times of tokens tell topics.
 *
 *   key         BLAKE2b-256(key = doc key, "sovereign/live/v1" ‖ lane 16)      a lane is new for each run, so the key is, too
 *   nonce       20 zeros ‖ counter 4      the lane counts its frames from 1 and uses no number twice
 *   plaintext   32: place 2 bits ‖ length 6 bits ‖ offset 4 ‖ text in UTF-8 ≤ 27 ‖ zeros
 *   sealed      48: XChaCha20-Poly1305(key, nonce, plaintext, data = "sovereign/live/v1")
 */
import { bytesToUtf8, utf8ToBytes } from "./bytes.ts";
import { keyedHash } from "./hash.ts";
import { idToBytes, type AuthorId } from "./ids.ts";
import { liveTextBytesMax, liveTextPlainBytes } from "./limits.ts";
import { aeadOpen, aeadSeal, NONCE_BYTES } from "./sodium.ts";

export interface LiveText {
  readonly place: "text" | "thinking";
  /** In UTF-16 units from the beginning of that text. */
  readonly offset: number;
  readonly text: string;
}

const LABEL = "sovereign/live/v1";
const DATA = utf8ToBytes(LABEL);
const PLACES = ["text", "thinking"] as const;
const PREFIX_BYTES = 5;

export function liveTextKey(docKey: Uint8Array, lane: AuthorId): Uint8Array {
  return keyedHash(docKey, LABEL, idToBytes(lane));
}

/** The text must fit: `liveTextBytesMax` in UTF-8. */
export function sealLiveText({ place, offset, text }: LiveText, counter: number, key: Uint8Array): Uint8Array {
  const encoded = utf8ToBytes(text);
  if (encoded.length > liveTextBytesMax) throw new RangeError(`${encoded.length} bytes of live text`);
  const plain = new Uint8Array(liveTextPlainBytes);
  plain[0] = (PLACES.indexOf(place) << 6) | encoded.length;
  new DataView(plain.buffer).setUint32(1, offset);
  plain.set(encoded, PREFIX_BYTES);
  return aeadSeal(plain, DATA, nonceOf(counter), key);
}

/** `null` for what was not sealed so: another key or number, a changed byte, or a form that is none. */
export function openLiveText(sealed: Uint8Array, counter: number, key: Uint8Array): LiveText | null {
  const plain = aeadOpen(sealed, DATA, nonceOf(counter), key);
  if (plain === null || plain.length !== liveTextPlainBytes) return null;
  const [head = 0] = plain;
  const place = PLACES[head >> 6];
  const end = PREFIX_BYTES + (head & 0x3f);
  if (place === undefined || end > plain.length || plain.subarray(end).some((byte) => byte !== 0)) return null;
  const offset = new DataView(plain.buffer, plain.byteOffset).getUint32(1);
  try {
    return { place, offset, text: bytesToUtf8(plain.subarray(PREFIX_BYTES, end)) };
  } catch {
    // reason: who holds the key may seal anything; what is no text is no live text.
    return null;
  }
}

function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, counter);
  return nonce;
}
