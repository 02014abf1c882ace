/**
 * Sealing what a device keeps for itself: bases of journals, positions, drafts of metadata. Never sent anywhere.
 *
 *   sealed   nonce 24 ‖ XChaCha20-Poly1305(sub-key 1, plaintext, data = "sovereign/local/v1" ‖ label)
 *   name     hex of BLAKE2b-128(sub-key 2, "sovereign/local-name/v1" ‖ doc), for databases: a doc id on disk would let a thief
 *            match this device with a relay's logs
 *   path     hex of one BLAKE2b-128 a part: h_i = (sub-key 2, "sovereign/local-path/v1" ‖ h_(i-1) ‖ part), h_0 = 16 zeros. A path
 *            that goes on from another begins with its name, and nothing else shows: not even an equal part in two places
 *
 * Lengths are not hidden: who holds the disk sees how long each stored value is.
 */
import { bytesToHex, concatBytes, utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { keyedHash128 } from "./hash.ts";
import { ID_BYTES, idToBytes, type DocId } from "./ids.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, deriveSubkey, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";

export type LocalKey = Uint8Array;

const KEY_CONTEXT = "sv/local";
const SEAL_KEY = 1;
const NAME_KEY = 2;

export function createLocalKey(random: Random): LocalKey {
  return random(KEY_BYTES);
}

/** `label` says what it is and where it belongs: a value sealed under another label does not open in its place. */
export function sealLocal(key: LocalKey, label: string, plaintext: Uint8Array, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(plaintext, data(label), nonce, deriveSubkey(key, KEY_CONTEXT, SEAL_KEY)));
}

/** Throws `CryptoError("key")`. */
export function openLocal(key: LocalKey, label: string, sealed: Uint8Array): Uint8Array {
  const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const plaintext = aeadOpen(ciphertext, data(label), nonce, deriveSubkey(key, KEY_CONTEXT, SEAL_KEY));
  if (plaintext === null) throw new CryptoError("key", `local ${label} does not open`);
  return plaintext;
}

export function localName(key: LocalKey, doc: DocId): string {
  return bytesToHex(keyedHash128(deriveSubkey(key, KEY_CONTEXT, NAME_KEY), "sovereign/local-name/v1", idToBytes(doc)));
}

export function localPath(key: LocalKey, parts: readonly string[]): string {
  const nameKey = deriveSubkey(key, KEY_CONTEXT, NAME_KEY);
  let path = "";
  let last: Uint8Array = new Uint8Array(ID_BYTES);
  for (const part of parts) {
    last = keyedHash128(nameKey, "sovereign/local-path/v1", last, utf8ToBytes(part));
    path += bytesToHex(last);
  }
  return path;
}

function data(label: string): Uint8Array {
  return utf8ToBytes(`sovereign/local/v1${label}`);
}
