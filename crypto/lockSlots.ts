/**
 * A lock with several ways in: this browser's non-extractable key, a passkey, a passphrase. The device's secrets are sealed under
 * a random lock secret, and each slot wraps that secret: adding a way in, or taking one out, touches no other. The bytes are in
 * lockForm.ts.
 *
 * What a removed slot could open, an old copy of the file still opens with it: whoever may have copied both must be answered by
 * removing the device from the roster. While a platform slot stands, the other slots keep nobody out of this browser profile.
 */
import { concatBytes, isEqualBytes, utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { ID_BYTES } from "./ids.ts";
import { encodeLock, parseLock, PRF_INPUT_BYTES, slotPlace, type LockSlot, type SlotHead } from "./lockForm.ts";
import { openSecrets, sealSecrets } from "./lock.ts";
import { newStretchCost, passphraseFault, passphraseToBytes, STRETCH_SALT_BYTES, type Stretch } from "./passphrase.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, deriveSubkey, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";

/** One way in, with what it takes to use it. */
export type SlotKey = PlatformKey | PasskeyKey | PassphraseKey;
export interface PlatformKey {
  readonly kind: "platform";
  /** From `createLockKey`. */
  readonly key: CryptoKey;
}
export interface PasskeyKey {
  readonly kind: "passkey";
  readonly credential: Uint8Array;
  /** What its PRF was given: `createPrfInput` for a new slot, else the slot's. */
  readonly prfInput: Uint8Array;
  /** What its PRF gave: 32 bytes that only this authenticator can make, and only after it asked its owner. */
  readonly prfOutput: Uint8Array;
}
export interface PassphraseKey {
  readonly kind: "passphrase";
  readonly passphrase: string;
  readonly stretch: Stretch;
}

export interface OpenedLock {
  readonly secrets: Uint8Array;
  /** Stays in memory while the device is unlocked: with it, secrets are sealed again and slots added, without asking again. */
  readonly lockSecret: Uint8Array;
}

const KEY_CONTEXT = "sv/lock2";
const SECRETS_KEY = 1;
const PASSKEY_KEY = 2;
const PASSPHRASE_KEY = 3;
const SECRETS_LABEL = utf8ToBytes("sovereign/lock-secrets/v1");

export async function createLock(secrets: Uint8Array, key: SlotKey, random: Random): Promise<Uint8Array> {
  const [id, lockSecret] = [random(ID_BYTES), random(KEY_BYTES)];
  const slot = await createSlot(id, lockSecret, key, random);
  const sealed = encodeLock({ id, slots: [slot], secrets: sealUnder(lockSecret, id, secrets, random) });
  lockSecret.fill(0);
  return sealed;
}

/** Throws `CryptoError("locked")` when no slot opens with this key: a wrong passphrase, another passkey, changed bytes. */
export async function openLock(sealed: Uint8Array, key: SlotKey): Promise<OpenedLock> {
  const lock = parseLock(sealed);
  for (const slot of lock.slots) {
    const lockSecret = await openSlot(lock.id, slot, key);
    if (lockSecret !== null) return { secrets: openUnder(lockSecret, lock.id, lock.secrets), lockSecret };
  }
  throw new CryptoError("locked", `no slot opens with this ${key.kind}`);
}

/** The secrets changed: they are sealed anew, and every slot goes on opening them. */
export function resealLock(
  sealed: Uint8Array,
  lockSecret: Uint8Array,
  secrets: Uint8Array,
  random: Random,
): Uint8Array {
  const lock = parseLock(sealed);
  openUnder(lockSecret, lock.id, lock.secrets);
  return encodeLock({ ...lock, secrets: sealUnder(lockSecret, lock.id, secrets, random) });
}

/** Throws `CryptoError("locked")` when the lock secret is not this lock's: a slot that opens nothing is worse than none. */
export async function addSlot(
  sealed: Uint8Array,
  lockSecret: Uint8Array,
  key: SlotKey,
  random: Random,
): Promise<Uint8Array> {
  const lock = parseLock(sealed);
  openUnder(lockSecret, lock.id, lock.secrets);
  return encodeLock({ ...lock, slots: [...lock.slots, await createSlot(lock.id, lockSecret, key, random)] });
}

/** `null` when it is the last one, or there is none of that id: a lock that nothing opens is lost. */
export function removeSlot(sealed: Uint8Array, slotId: Uint8Array): Uint8Array | null {
  const lock = parseLock(sealed);
  const slots = lock.slots.filter(({ id }) => !isEqualBytes(id, slotId));
  return slots.length === 0 || slots.length === lock.slots.length ? null : encodeLock({ ...lock, slots });
}

export function createPrfInput(random: Random): Uint8Array {
  return random(PRF_INPUT_BYTES);
}

async function createSlot(lockId: Uint8Array, lockSecret: Uint8Array, key: SlotKey, random: Random): Promise<LockSlot> {
  const id = random(ID_BYTES);
  switch (key.kind) {
    case "platform": {
      const head = { kind: key.kind, id };
      return { ...head, wrap: await sealSecrets(key.key, lockSecret, random, slotPlace(lockId, head)) };
    }
    case "passkey": {
      const head = { kind: key.kind, id, credential: key.credential, prfInput: key.prfInput };
      return { ...head, wrap: wrapUnder(passkeyWrapKey(key), lockId, head, lockSecret, random) };
    }
    case "passphrase": {
      const fault = passphraseFault(key.passphrase);
      if (fault !== null) throw new CryptoError("malformed", `passphrase too ${fault}`);
      const head = { kind: key.kind, id, ...newStretchCost, salt: random(STRETCH_SALT_BYTES) };
      return { ...head, wrap: wrapUnder(await passphraseWrapKey(key, head), lockId, head, lockSecret, random) };
    }
  }
}

/** The lock secret; `null` when this key is not for this slot. */
async function openSlot(lockId: Uint8Array, slot: LockSlot, key: SlotKey): Promise<Uint8Array | null> {
  if (slot.kind === "platform" && key.kind === "platform") return openPlatformSlot(lockId, slot, key);
  if (slot.kind === "passkey" && key.kind === "passkey") {
    const isMeant = isEqualBytes(slot.credential, key.credential) && isEqualBytes(slot.prfInput, key.prfInput);
    return isMeant ? unwrapUnder(passkeyWrapKey(key), lockId, slot) : null;
  }
  if (slot.kind === "passphrase" && key.kind === "passphrase") {
    return unwrapUnder(await passphraseWrapKey(key, slot), lockId, slot);
  }
  return null;
}

async function openPlatformSlot(lockId: Uint8Array, slot: LockSlot, { key }: PlatformKey): Promise<Uint8Array | null> {
  try {
    const lockSecret = await openSecrets(key, slot.wrap, slotPlace(lockId, slot));
    return lockSecret.length === KEY_BYTES ? lockSecret : null;
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}

function passkeyWrapKey({ prfOutput }: PasskeyKey): Uint8Array {
  if (prfOutput.length !== KEY_BYTES) throw new CryptoError("malformed", "PRF output");
  return deriveSubkey(prfOutput, KEY_CONTEXT, PASSKEY_KEY);
}

async function passphraseWrapKey(
  { passphrase, stretch }: PassphraseKey,
  { memoryKiB, passes, salt }: { readonly memoryKiB: number; readonly passes: number; readonly salt: Uint8Array },
): Promise<Uint8Array> {
  const stretched = await stretch({ passphrase: passphraseToBytes(passphrase), memoryKiB, passes, salt });
  return deriveSubkey(stretched, KEY_CONTEXT, PASSPHRASE_KEY);
}

function wrapUnder(
  key: Uint8Array,
  lockId: Uint8Array,
  head: SlotHead,
  secret: Uint8Array,
  random: Random,
): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(secret, slotPlace(lockId, head), nonce, key));
}

function unwrapUnder(key: Uint8Array, lockId: Uint8Array, slot: LockSlot): Uint8Array | null {
  const [nonce, ciphertext] = [slot.wrap.subarray(0, NONCE_BYTES), slot.wrap.subarray(NONCE_BYTES)];
  const lockSecret = aeadOpen(ciphertext, slotPlace(lockId, slot), nonce, key);
  return lockSecret?.length === KEY_BYTES ? lockSecret : null;
}

function sealUnder(lockSecret: Uint8Array, lockId: Uint8Array, secrets: Uint8Array, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  const key = deriveSubkey(lockSecret, KEY_CONTEXT, SECRETS_KEY);
  return concatBytes(nonce, aeadSeal(secrets, concatBytes(SECRETS_LABEL, lockId), nonce, key));
}

function openUnder(lockSecret: Uint8Array, lockId: Uint8Array, sealed: Uint8Array): Uint8Array {
  const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const key = deriveSubkey(lockSecret, KEY_CONTEXT, SECRETS_KEY);
  const secrets = aeadOpen(ciphertext, concatBytes(SECRETS_LABEL, lockId), nonce, key);
  if (secrets === null) throw new CryptoError("locked", "secrets do not open with this lock secret");
  return secrets;
}
