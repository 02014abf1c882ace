/**
 * The signature by which two devices of a vault prove themselves to each other over a direct link. It names both keys, both fresh nonces
 * and both ends' DTLS fingerprints, so that it says "this very channel, from me to you" and is of no use on any other.
 *
 *   "sovereign/direct/v1" ‖ vault 32 ‖ own nonce 32 ‖ other's nonce 32 ‖ own key 32 ‖ other's key 32 ‖ own fingerprint 32 ‖ other's fingerprint 32
 */
import { concatBytes } from "./bytes.ts";
import { sign, type SigningKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { idToBytes, type VaultId } from "./ids.ts";
import { KEY_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export interface DirectEnd {
  readonly nonce: Uint8Array;
  /** The device's public signing key. */
  readonly key: Uint8Array;
  /** SHA-256 of the certificate with which this end's DTLS began. */
  readonly fingerprint: Uint8Array;
}

const LABEL = "sovereign/direct/v1";

export function signDirect(vault: VaultId, own: DirectEnd, other: DirectEnd, key: SigningKey): Uint8Array {
  return sign(LABEL, messageOf(vault, own, other), key);
}

/** `signer` and `receiver` as the signer saw them. */
export function verifyDirect(vault: VaultId, signer: DirectEnd, receiver: DirectEnd, signature: Uint8Array): boolean {
  return verifySignature(LABEL, messageOf(vault, signer, receiver), signature, signer.key);
}

function messageOf(vault: VaultId, own: DirectEnd, other: DirectEnd): Uint8Array {
  const parts = [idToBytes(vault), own.nonce, other.nonce, own.key, other.key, own.fingerprint, other.fingerprint];
  // Every part is 32 bytes, so that no two rows of parts join to the same message.
  if (parts.some((part) => part.length !== KEY_BYTES)) throw new CryptoError("malformed", "direct handshake part");
  return concatBytes(...parts);
}
