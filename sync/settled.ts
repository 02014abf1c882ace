/**
 * What reading a log to its end came to, noted beside the place up to which it was read (BG5): as long as nothing was added to the journal since, and the
 * log is what it was, nothing in it has to be judged again to know that it is whole.
 *
 *   note      version 1 ‖ tips [2: author 16 ‖ counter 8]
 *   settled   nonce of the place it belongs to 24 ‖ envelopes in the journal 4 ‖ note      journal.ts
 */
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { isEqualBytes } from "#crypto/bytes.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId } from "#crypto/ids.ts";
import { NONCE_BYTES } from "#crypto/sodium.ts";

const VERSION = 1;

export function encodeTips(tips: ReadonlyMap<AuthorId, number>): Uint8Array {
  const writer = createWriter().u8(VERSION).u16(tips.size);
  for (const [author, counter] of tips) writer.fixed(idToBytes(author)).u64(counter);
  return writer.finish();
}

/** `null`: not one of ours, or of another version. */
export function decodeTips(note: Uint8Array): ReadonlyMap<AuthorId, number> | null {
  try {
    const reader = createReader(note);
    if (reader.u8() !== VERSION) return null;
    const tips = new Map<AuthorId, number>();
    for (let left = reader.u16(); left > 0; left--) tips.set(authorIdFromBytes(reader.fixed(ID_BYTES)), reader.u64());
    reader.end();
    return tips;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    return null;
  }
}

/** `sealedPlace`: its nonce is drawn anew whenever a place is noted, also by a version of this app that knows nothing of this. */
export function encodeSettled(sealedPlace: Uint8Array, entries: number, note: Uint8Array): Uint8Array {
  return createWriter().fixed(sealedPlace.subarray(0, NONCE_BYTES)).u32(entries).fixed(note).finish();
}

/** The note; `null`: something came after it. */
export function decodeSettled(settled: Uint8Array, sealedPlace: Uint8Array, entries: number): Uint8Array | null {
  if (settled.length < NONCE_BYTES + 4) return null;
  const reader = createReader(settled);
  const isItsPlace = isEqualBytes(reader.fixed(NONCE_BYTES), sealedPlace.subarray(0, NONCE_BYTES));
  return isItsPlace && reader.u32() === entries ? reader.fixed(reader.left) : null;
}
