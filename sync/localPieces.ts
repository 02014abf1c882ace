/**
 * Large values sealed for this device alone, in pieces, so that opening one does not keep the page from anything else: five
 * megabytes at once take a tenth of a second on a laptop.
 *
 *   value   id 16, random ‖ piece …
 *   piece   what crypto/localSeal.ts makes of at most `localPieceBytes`, under "label/id/index", the last one under "label/id/index/end"
 *
 * All pieces but the last are full, so where each begins needs no saying; with the id, none can be exchanged for one of another value.
 */
import { bytesToHex, concatBytes } from "#crypto/bytes.ts";
import { CryptoError } from "#crypto/errors.ts";
import { ID_BYTES } from "#crypto/ids.ts";
import { openLocal, sealLocal, type LocalKey } from "#crypto/localSeal.ts";
import { NONCE_BYTES, TAG_BYTES } from "#crypto/sodium.ts";
import { localPieceBytes } from "./limits.ts";
import type { Pause, Random } from "./ports.ts";

const sealedPieceBytes = NONCE_BYTES + localPieceBytes + TAG_BYTES;

export function sealPieces(key: LocalKey, label: string, plain: Uint8Array, random: Random): Uint8Array {
  const id = random(ID_BYTES);
  const count = Math.max(1, Math.ceil(plain.length / localPieceBytes));
  const pieces = Array.from({ length: count }, (_, index) => {
    const piece = plain.subarray(index * localPieceBytes, (index + 1) * localPieceBytes);
    return sealLocal(key, labelOf(label, id, index, count), piece, random);
  });
  return concatBytes(id, ...pieces);
}

/** Rejects with `CryptoError("key")`, also where something was cut off. */
export async function openPieces(key: LocalKey, label: string, sealed: Uint8Array, pause: Pause): Promise<Uint8Array> {
  const id = sealed.subarray(0, ID_BYTES);
  const count = Math.ceil((sealed.length - ID_BYTES) / sealedPieceBytes);
  if (count < 1) throw new CryptoError("key", `local ${label} is cut off`);
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) await pause();
    const start = ID_BYTES + index * sealedPieceBytes;
    pieces.push(openLocal(key, labelOf(label, id, index, count), sealed.subarray(start, start + sealedPieceBytes)));
  }
  return pieces.length === 1 ? (pieces[0] ?? new Uint8Array()) : concatBytes(...pieces);
}

function labelOf(label: string, id: Uint8Array, index: number, count: number): string {
  return `${label}/${bytesToHex(id)}/${index}${index === count - 1 ? "/end" : ""}`;
}
