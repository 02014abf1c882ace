/** Makes the frozen vector of a lock with every kind of slot, with Argon2id at its full cost: see vectors.test.ts. */
import { stretchHere } from "../argon.ts";
import { bytesToHex } from "../bytes.ts";
import { addSlot, createLock, openLock, type PasskeyKey, type PassphraseKey } from "../lockSlots.ts";
import { createSeededRandom } from "./fixtures.ts";
import { bytesIn, type Vector } from "./makeVectors.ts";

/** As `createLockKey` makes one, but of known bytes. */
export function platformKeyIn(vector: Vector): Promise<CryptoKey> {
  const bytes = new Uint8Array(bytesIn(vector, "platformKey"));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export function passkeyIn(vector: Vector): PasskeyKey {
  const [credential, prfInput] = [bytesIn(vector, "credential"), bytesIn(vector, "prfInput")];
  return { kind: "passkey", credential, prfInput, prfOutput: bytesIn(vector, "prfOutput") };
}

export function passphraseIn(vector: Vector): PassphraseKey {
  return { kind: "passphrase", passphrase: String(vector["passphrase"]), stretch: stretchHere };
}

export async function makeLockVector(): Promise<Vector> {
  const random = createSeededRandom(2027);
  const field = (length: number) => bytesToHex(random(length));
  const keys = { platformKey: field(32), credential: field(20), prfInput: field(32), prfOutput: field(32) };
  const vector = { ...keys, passphrase: "eight pieces of eight", secrets: field(65) };
  const passkey = passkeyIn(vector);
  const begun = await createLock(bytesIn(vector, "secrets"), passkey, random);
  const { lockSecret } = await openLock(begun, passkey);
  const platform = { kind: "platform", key: await platformKeyIn(vector) } as const;
  const withPlatform = await addSlot(begun, lockSecret, platform, random);
  const lock = await addSlot(withPlatform, lockSecret, passphraseIn(vector), random);
  return { ...vector, lockSecret: bytesToHex(lockSecret), lock: bytesToHex(lock) };
}
