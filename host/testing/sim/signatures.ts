/**
 * Signatures are a good part of what a schedule costs, and Ed25519 has its own vectors and tests. Here a signature is a digest over the public key
 * and the message: whoever does not sign with a key through `signFast` has none that holds for it, a changed byte is found out, and the
 * same question has the same answer. It protects nothing: anybody can make one, and only the simulator's liars decide not to.
 */
import { hash } from "node:crypto";

const SEED_BYTES = 32;
let isOn = false;

/** After libsodium's self-test, which wants the real ones. */
export function useFastSignatures(): void {
  isOn = true;
}

/** `null`: sign it as ever. */
export function signFast(message: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
  return isOn ? digest(message, secretKey.subarray(SEED_BYTES)) : null;
}

export function verifyFast(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean | null {
  return isOn ? Buffer.compare(signature, digest(message, publicKey)) === 0 : null;
}

/** As long as an Ed25519 signature is. */
function digest(message: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const whole = new Uint8Array(publicKey.length + message.length);
  whole.set(publicKey);
  whole.set(message, publicKey.length);
  return new Uint8Array(hash("sha512", whole, "buffer"));
}
