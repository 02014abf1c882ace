/**
 * The clear part of a REKEY envelope, the first of every log and of every epoch:
 *
 *    0   4  generation   of the vault key that wraps the doc key
 *    4  16  commitment   BLAKE2b-128(key = doc key, "sovereign/commit/v1" ‖ doc ‖ epoch)
 *   20  24  nonce
 *   44  48  wrapped key  XChaCha20-Poly1305(vault sub-key, doc key, data = "sovereign/dk/v1" ‖ doc ‖ epoch ‖ generation)
 *
 * Generation in the clear lets a relay refuse epochs under an outdated vault key. The envelope itself is sealed under the
 * new doc key like any other; its body is the doc key of the epoch before, or nothing in epoch 1.
 */
import { createReader, createWriter } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import type { ParsedEnvelope } from "./envelopeHeader.ts";
import { NONCE_BYTES, TAG_BYTES } from "./sodium.ts";

export const COMMITMENT_BYTES = 16;
export const WRAPPED_KEY_BYTES = 32 + TAG_BYTES;

export interface RekeyClear {
  readonly generation: number;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  readonly wrapped: Uint8Array;
}

export function encodeRekeyClear(clear: RekeyClear): Uint8Array {
  return createWriter().u32(clear.generation).fixed(clear.commitment).fixed(clear.nonce).fixed(clear.wrapped).finish();
}

export function parseRekeyClear(parsed: ParsedEnvelope): RekeyClear {
  if (parsed.kind !== "rekey") throw new CryptoError("malformed", `${parsed.kind} is not a rekey`);
  const reader = createReader(parsed.clear);
  const clear = {
    generation: reader.u32(),
    commitment: reader.fixed(COMMITMENT_BYTES),
    nonce: reader.fixed(NONCE_BYTES),
    wrapped: reader.fixed(WRAPPED_KEY_BYTES),
  };
  reader.end();
  if (clear.generation === 0) throw new CryptoError("malformed", "generation 0");
  return clear;
}
