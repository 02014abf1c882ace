/**
 * The keys that say who one is: Ed25519 to sign, X25519 to be sent something sealed. A device, a host and a relay make
 * theirs here; a relay only to sign its welcome. Two seeds are all that is kept: the pairs follow from them.
 *
 *   stored form   version 1 ‖ sign seed 32 ‖ box seed 32       (a secret: it goes to disk only through lock.ts or 0600)
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import { hash128, type Label } from "./hash.ts";
import { authorIdFromBytes, type AuthorId } from "./ids.ts";
import type { Random } from "./random.ts";
import { boxPairFromSeed, KEY_BYTES, signDetached, signingPairFromSeed } from "./sodium.ts";

export interface SigningKey {
  readonly publicKey: Uint8Array;
  /** Ed25519's 64 bytes: the seed, then the public key. */
  readonly secretKey: Uint8Array;
}

export interface BoxKey {
  readonly publicKey: Uint8Array;
  /** X25519's 32 bytes, which are the seed. */
  readonly secretKey: Uint8Array;
}

export interface DeviceKeys {
  readonly id: AuthorId;
  readonly sign: SigningKey;
  readonly box: BoxKey;
}

const STORED_VERSION = 1;

export function createDeviceKeys(random: Random): DeviceKeys {
  return deviceKeysFromSeeds(random(KEY_BYTES), random(KEY_BYTES));
}

export function deviceKeysFromSeeds(signSeed: Uint8Array, boxSeed: Uint8Array): DeviceKeys {
  const sign = signingKeyFromSeed(signSeed);
  return { id: authorIdOf(sign.publicKey), sign, box: boxKeyFromSeed(boxSeed) };
}

export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  return signingPairFromSeed(seed);
}

export function boxKeyFromSeed(seed: Uint8Array): BoxKey {
  return boxPairFromSeed(seed);
}

/** An author is named by its key: whoever checks a signature checks the name with it. */
export function authorIdOf(publicKey: Uint8Array): AuthorId {
  if (publicKey.length !== KEY_BYTES) throw new CryptoError("malformed", `public key of ${publicKey.length} bytes`);
  return authorIdFromBytes(hash128("sovereign/author/v1", publicKey));
}

export function sign(label: Label, message: Uint8Array, key: SigningKey): Uint8Array {
  return signDetached(concatBytes(utf8ToBytes(label), message), key.secretKey);
}

export function encodeDeviceKeys(keys: DeviceKeys): Uint8Array {
  const signSeed = keys.sign.secretKey.subarray(0, KEY_BYTES);
  return createWriter().u8(STORED_VERSION).fixed(signSeed).fixed(keys.box.secretKey).finish();
}

export function decodeDeviceKeys(bytes: Uint8Array): DeviceKeys {
  const reader = createReader(bytes);
  if (reader.u8() !== STORED_VERSION) throw new CryptoError("version", "device keys");
  const signSeed = reader.fixed(KEY_BYTES);
  const boxSeed = reader.fixed(KEY_BYTES);
  reader.end();
  return deviceKeysFromSeeds(signSeed, boxSeed);
}
