/**
 * The only file that imports libsodium. It gives the primitives plain names, turns "does not open" into `null`, and
 * checks known answers once at start: a browser, a bundler or an extension that breaks one of them is refused before it
 * touches a key. Every function here is synchronous and needs `await sodiumReady` once before.
 */
import sodium from "libsodium-wrappers";
import { CryptoError } from "./errors.ts";
import { runSelfTest } from "./selfTest.ts";

/** Resolves when libsodium is loaded and gave the known answers; rejects with `CryptoError("unsupported")`. */
export const sodiumReady: Promise<void> = sodium.ready.then(() =>
  runSelfTest({
    blake2b,
    deriveSubkey,
    aeadSeal,
    aeadOpen,
    boxSeal,
    boxOpen,
    boxPairFromSeed,
    signingPairFromSeed,
    signDetached,
    verifyDetached,
    x25519,
    isEqualSecret,
  }),
);

export const KEY_BYTES = 32;
export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;
export const SIGNATURE_BYTES = 64;
/** What `boxSeal` adds: an ephemeral public key and a tag. */
export const BOX_OVERHEAD_BYTES = 48;

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** BLAKE2b, unkeyed or keyed, 16 to 64 bytes long. */
export function blake2b(length: number, message: Uint8Array, key: Uint8Array | null = null): Uint8Array {
  return sodium.crypto_generichash(length, message, key);
}

/** A 32-byte sub-key. `context` is exactly 8 ASCII characters and names the use; `id` numbers keys within it. */
export function deriveSubkey(key: Uint8Array, context: string, id: number): Uint8Array {
  return sodium.crypto_kdf_derive_from_key(KEY_BYTES, id, context, key);
}

/** XChaCha20-Poly1305; the tag is the last 16 bytes. */
export function aeadSeal(plaintext: Uint8Array, data: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, data, null, nonce, key);
}

/** `null` when key, nonce, data or ciphertext do not belong together. */
export function aeadOpen(
  ciphertext: Uint8Array,
  data: Uint8Array,
  nonce: Uint8Array,
  key: Uint8Array,
): Uint8Array | null {
  if (ciphertext.length < TAG_BYTES || nonce.length !== NONCE_BYTES || key.length !== KEY_BYTES) return null;
  return orNull(() => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, data, nonce, key));
}

/** To a public key, from nobody in particular: who sent it must be signed around it. Refuses a key of small order. */
export function boxSeal(plaintext: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const box = publicKey.length === KEY_BYTES ? orNull(() => sodium.crypto_box_seal(plaintext, publicKey)) : null;
  if (box === null) throw new CryptoError("key", "nothing can be sealed to this public key");
  return box;
}

/** `null` when it was not sealed to this key, or was changed. */
export function boxOpen(box: Uint8Array, key: KeyPair): Uint8Array | null {
  if (box.length < BOX_OVERHEAD_BYTES) return null;
  return orNull(() => sodium.crypto_box_seal_open(box, key.publicKey, key.secretKey));
}

/** X25519: any 32 bytes are a secret key. A copy is kept, so that the caller may wipe what it gave. */
export function boxPairFromSeed(seed: Uint8Array): KeyPair {
  return { publicKey: sodium.crypto_scalarmult_base(seed), secretKey: Uint8Array.from(seed) };
}

/** Ed25519: the secret key is the seed, then the public key. */
export function signingPairFromSeed(seed: Uint8Array): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, secretKey: privateKey };
}

export function signDetached(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return sodium.crypto_sign_detached(message, secretKey);
}

/** Strict: small-order keys, non-canonical points and S >= L do not verify. Wrong lengths are `false`, not an error. */
export function verifyDetached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

/** X25519, as inside every box; `null` for a point of small order, whose shared secret would be all zeros. */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  if (secretKey.length !== KEY_BYTES || publicKey.length !== KEY_BYTES) return null;
  return orNull(() => sodium.crypto_scalarmult(secretKey, publicKey));
}

/** In constant time, for secrets, tags and codes. */
export function isEqualSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sodium.memcmp(a, b);
}

/** libsodium throws where an outcome is expected. A missing symbol still is an error of ours, hence the type check. */
function orNull(open: () => Uint8Array): Uint8Array | null {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof ReferenceError) throw cause;
    return null;
  }
}
