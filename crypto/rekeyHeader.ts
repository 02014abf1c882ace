/**
 * The clear part of a REKEY envelope, the first of every log and of every epoch:
 *
 *    0   4  generation   of the vault key that wraps the doc key
 *    4  16  commitment   BLAKE2b-128(key = doc key, "sovereign/commit/v1" ‖ doc ‖ epoch)
 *   20  24  nonce
 *   44  48  wrapped key  XChaCha20-Poly1305(vault sub-key, doc key, data = "sovereign/dk/v1" ‖ doc ‖ epoch ‖ generation)
 *   92   …  ends         left out when there are none: count 1 ‖ [author 16 ‖ counter 8 ‖ hash 32]
 *
 * An end says how far a removed device's chain in this doc goes, as the REKEY's author read it to the end of the log knowing of the
 * removal: what comes behind it was written too late, whatever roster it names. Counter 0: it never wrote here.
 * Generation in the clear lets a relay refuse epochs under an outdated vault key. The envelope itself is sealed under the
 * new doc key like any other; its body is the doc key of the epoch before, or nothing in epoch 1.
 */
import { createReader, createWriter, type Reader } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import type { ParsedEnvelope } from "./envelopeHeader.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes } from "./ids.ts";
import { rekeyEndsMax } from "./limits.ts";
import type { Covered } from "./snapshotHeader.ts";
import { NONCE_BYTES, TAG_BYTES } from "./sodium.ts";

export const COMMITMENT_BYTES = 16;
export const WRAPPED_KEY_BYTES = 32 + TAG_BYTES;

export interface RekeyClear {
  readonly generation: number;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly ends: readonly Covered[];
}

export function encodeRekeyClear({ generation, commitment, nonce, wrapped, ends }: RekeyClear): Uint8Array {
  const writer = createWriter().u32(generation).fixed(commitment).fixed(nonce).fixed(wrapped);
  if (ends.length > 0) writer.u8(ends.length);
  for (const { author, counter, hash } of ends) writer.fixed(idToBytes(author)).u64(counter).fixed(hash);
  return writer.finish();
}

export function parseRekeyClear(parsed: ParsedEnvelope): RekeyClear {
  if (parsed.kind !== "rekey") throw new CryptoError("malformed", `${parsed.kind} is not a rekey`);
  const reader = createReader(parsed.clear);
  const clear = {
    generation: reader.u32(),
    commitment: reader.fixed(COMMITMENT_BYTES),
    nonce: reader.fixed(NONCE_BYTES),
    wrapped: reader.fixed(WRAPPED_KEY_BYTES),
    ends: reader.left === 0 ? [] : readEnds(reader),
  };
  reader.end();
  if (clear.generation === 0) throw new CryptoError("malformed", "generation 0");
  return clear;
}

function readEnds(reader: Reader): readonly Covered[] {
  const count = reader.u8();
  if (count === 0 || count > rekeyEndsMax) throw new CryptoError("malformed", `${count} ends`);
  return Array.from({ length: count }, () => ({
    author: authorIdFromBytes(reader.fixed(ID_BYTES)),
    counter: reader.u64(),
    hash: reader.fixed(HASH_BYTES).slice(),
  }));
}
