/**
 * BLAKE2b with a label in front, so that a hash made for one use is never accepted in another. Parts are joined without
 * lengths: all but the last must be of a fixed size.
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { blake2b, KEY_BYTES } from "./sodium.ts";

/** No label is the beginning of another, and each is used in one place: a test reads the folder's sources for that. */
export type Label = `sovereign/${string}/v${number}`;

/** 32 bytes. */
export function hash256(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2b(32, concatBytes(utf8ToBytes(label), ...parts));
}

/** 16 bytes, for names: nobody gains from a collision that they need 2^64 tries to make among their own keys. */
export function hash128(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2b(16, concatBytes(utf8ToBytes(label), ...parts));
}

/** 32 bytes under a secret key: who does not hold the key learns nothing of the parts, not even by guessing. */
export function keyedHash(key: Uint8Array, label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2b(32, concatBytes(utf8ToBytes(label), ...parts), exactKey(key));
}

/** As `keyedHash`, 16 bytes. */
export function keyedHash128(key: Uint8Array, label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2b(16, concatBytes(utf8ToBytes(label), ...parts), exactKey(key));
}

/** BLAKE2b takes an empty key for none: such a hash is no secret. */
function exactKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw new CryptoError("key", `hash under a key of ${key.length} bytes`);
  return key;
}
