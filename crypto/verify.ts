/** Checking signatures. Each is over a label and a message, so that a signature given for one purpose serves no other. */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import type { Label } from "./hash.ts";
import { verifyDetached } from "./sodium.ts";

/** Wrong lengths are `false` like any other signature that does not fit. */
export function verifySignature(
  label: Label,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return verifyDetached(signature, concatBytes(utf8ToBytes(label), message), publicKey);
}
