/**
 * Live text: the words of an answer on their way to the eye, before its document has them. Never stored, and no part of any chain; what
 * counts is the lane's signed envelopes, which replace it. So a frame carries no signature: only who was lent the doc key can
 * make one, and it is good for one lane alone. There are two sizes, since lengths of tokens tell topics: one for nearly all tokens, one for what is longer.
 *
 *   key         BLAKE2b-256(key = doc key, "sovereign/live/v2" ‖ lane 16)      a lane is new for each run, so the key is, too
 *   nonce       20 zeros ‖ counter 4      the lane counts its frames from 1 and uses no number twice
 *   plaintext   20 or 84: place 1 bit ‖ reading 1 bit ‖ 3 zeros ‖ length 7 bits ‖ offset 20 bits ‖ text in UTF-8 ‖ zeros
 *               reading: no words yet. How much of the question its model has read, in percent, stands as the offset; all else is zero
 *   sealed      36 or 100: XChaCha20-Poly1305(key, nonce, plaintext, data = "sovereign/live/v2")
 */
import { bytesToUtf8, utf8ToBytes } from "./bytes.ts";
import { keyedHash } from "./hash.ts";
import { idToBytes, type AuthorId } from "./ids.ts";
import { liveTextCounterMax, liveTextHeadBytes, liveTextOffsetMax, liveTextPlainBytes } from "./limits.ts";
import { aeadOpen, aeadSeal, NONCE_BYTES } from "./sodium.ts";

export interface LiveText {
  /** "reading": its model has read so much of the question, and says nothing yet. */
  readonly place: "text" | "thinking" | "reading";
  /** In UTF-16 units from the beginning of that text; of "reading", in percent. */
  readonly offset: number;
  readonly text: string;
}

const LABEL = "sovereign/live/v2";
const DATA = utf8ToBytes(LABEL);
const PLACES = ["text", "thinking"] as const;
const READING = 0x4000_0000;
const percentMax = 100;
/** What of the longer one is text. */
export const liveTextBytesMax = liveTextPlainBytes[1] - liveTextHeadBytes;

export function liveTextKey(docKey: Uint8Array, lane: AuthorId): Uint8Array {
  return keyedHash(docKey, LABEL, idToBytes(lane));
}

/** The text must fit: `liveTextBytesMax` in UTF-8. A number outside its range throws `RangeError`: cut to four bytes, it would make a nonce anew. */
export function sealLiveText({ place, offset, text }: LiveText, counter: number, key: Uint8Array): Uint8Array {
  const encoded = utf8ToBytes(text);
  const size = liveTextPlainBytes.find((bytes) => bytes >= liveTextHeadBytes + encoded.length);
  const isReading = place === "reading";
  if (isReading && (text !== "" || offset > percentMax)) throw new RangeError(`${offset} percent read`);
  if (size === undefined || offset > liveTextOffsetMax || !isCounter(counter))
    throw new RangeError(`${encoded.length} bytes of live text at ${offset}, number ${counter}`);
  const plain = new Uint8Array(size);
  // Not by bit operations, which would make a negative number of it.
  const where = isReading ? READING : PLACES.indexOf(place) * 0x8000_0000;
  const head = where + encoded.length * 0x10_0000 + offset;
  new DataView(plain.buffer).setUint32(0, head);
  plain.set(encoded, liveTextHeadBytes);
  return aeadSeal(plain, DATA, nonceOf(counter), key);
}

/** `null` for what was not sealed so: another key or number, a changed byte, or a form that is none. */
export function openLiveText(sealed: Uint8Array, counter: number, key: Uint8Array): LiveText | null {
  const plain = isCounter(counter) ? aeadOpen(sealed, DATA, nonceOf(counter), key) : null;
  if (plain === null || !liveTextPlainBytes.some((size) => size === plain.length)) return null;
  const head = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const end = liveTextHeadBytes + ((head >>> 20) & 0x7f);
  const isForm = (head & 0x3800_0000) === 0 && end <= plain.length;
  if (!isForm || plain.subarray(end).some((byte) => byte !== 0)) return null;
  const offset = head & liveTextOffsetMax;
  if ((head & READING) !== 0)
    return head - offset === READING && offset <= percentMax ? { place: "reading", offset, text: "" } : null;
  try {
    const text = bytesToUtf8(plain.subarray(liveTextHeadBytes, end));
    return { place: PLACES[head >>> 31] ?? "text", offset, text };
  } catch {
    // reason: who holds the key may seal anything; what is no text is no live text.
    return null;
  }
}

const isCounter = (counter: number): boolean =>
  Number.isInteger(counter) && counter >= 1 && counter <= liveTextCounterMax;

function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, counter);
  return nonce;
}
