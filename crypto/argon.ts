/**
 * Argon2id (RFC 9106, version 0x13, one lane, 32 bytes). The only file that imports libsodium's larger build: the
 * smaller one of sodium.ts has no Argon2, and no page should load the larger before somebody types a passphrase.
 * Its memory grows to what a task asked for and is never given back: run it in a worker, and end the worker afterwards.
 */
import { bytesToHex } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { passphraseBytesMax } from "./limits.ts";
import { checkStretchCost, STRETCH_SALT_BYTES, type Stretch, type StretchTask } from "./passphrase.ts";

type Sodium = (typeof import("libsodium-wrappers-sumo"))["default"];

const KEY_BYTES = 32;

/** Frozen answer for ("sovereign", salt 0…15, 8 KiB, 1 pass), the same from libsodium and from OpenSSL. */
const KNOWN_ANSWER = "84f294a2fe27b1b3fba2b534cdbe0d5a494198fa42e2893f69d16363eb3c9f32";

let loading: Promise<Sodium> | null = null;

/** In this thread, which it blocks for a tenth of a second to a few. */
export const stretchHere: Stretch = async (task) => {
  checkStretchCost(task);
  if (task.salt.length !== STRETCH_SALT_BYTES) throw new CryptoError("malformed", "salt of Argon2id");
  if (task.passphrase.length > passphraseBytesMax) throw new CryptoError("malformed", "passphrase too long");
  loading ??= loadSodium();
  const sodium = await loading;
  try {
    return argon2id(sodium, task);
  } catch (cause) {
    throw new CryptoError("unsupported", `no ${task.memoryKiB} KiB for Argon2id`, { cause });
  }
};

async function loadSodium(): Promise<Sodium> {
  const { default: sodium } = await import("libsodium-wrappers-sumo");
  await sodium.ready;
  const passphrase = Uint8Array.from("sovereign", (character) => character.charCodeAt(0));
  const salt = Uint8Array.from({ length: STRETCH_SALT_BYTES }, (_, index) => index);
  const answer = argon2id(sodium, { passphrase, salt, memoryKiB: 8, passes: 1 });
  if (bytesToHex(answer) !== KNOWN_ANSWER) throw new CryptoError("unsupported", "self-test of Argon2id");
  return sodium;
}

function argon2id(sodium: Sodium, { passphrase, salt, memoryKiB, passes }: StretchTask): Uint8Array {
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  return sodium.crypto_pwhash(KEY_BYTES, passphrase, salt, passes, memoryKiB * 1024, algorithm);
}
