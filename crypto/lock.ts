/**
 * The lock: what seals a device's secrets where they lie. The key is a non-extractable WebCrypto key that the browser keeps in
 * IndexedDB: code that runs in the page can use it, but nobody can read it out of the page, and not out of a copy of the files
 * without also breaking the browser's own store.
 *
 *   sealed   version 1 ‖ nonce 12 ‖ AES-256-GCM(key, secrets, data = "sovereign/lock/v1" ‖ place)
 *
 * One key, one seal. Where a passkey or a passphrase opens too, lockSlots.ts stands on top of it and `place` names the slot;
 * else there is none. Asynchronous, because WebCrypto is.
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import type { Random } from "./random.ts";

const VERSION = 1;
const GCM_NONCE_BYTES = 12;
const LABEL = utf8ToBytes("sovereign/lock/v1");
const NOWHERE = new Uint8Array(0);

export function createLockKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

export async function sealSecrets(
  key: CryptoKey,
  secrets: Uint8Array,
  random: Random,
  place: Uint8Array = NOWHERE,
): Promise<Uint8Array> {
  const nonce = random(GCM_NONCE_BYTES);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, place), key, ownBytes(secrets));
  return concatBytes(Uint8Array.of(VERSION), nonce, new Uint8Array(sealed));
}

/** Throws `CryptoError("locked")` when this is not the key or the place, or the bytes were changed. */
export async function openSecrets(
  key: CryptoKey,
  sealed: Uint8Array,
  place: Uint8Array = NOWHERE,
): Promise<Uint8Array> {
  const reader = createReader(sealed);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "lock");
  const nonce = reader.fixed(GCM_NONCE_BYTES);
  const ciphertext = reader.fixed(reader.left);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, place), key, ownBytes(ciphertext)));
  } catch (cause) {
    throw new CryptoError("locked", "secrets do not open with this lock key", { cause });
  }
}

function algorithm(nonce: Uint8Array, place: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: ownBytes(nonce), additionalData: ownBytes(concatBytes(LABEL, place)) };
}

/** WebCrypto takes no view of memory that might be shared, so it gets a copy. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
