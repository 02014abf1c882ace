/**
 * The identity under its lock: a platform key by default, which opens without asking; besides or instead of it a passphrase, or a
 * passkey (crypto/lockSlots.ts). One row holds key and sealed bytes together, so each change is whole or did not happen: a crash
 * at any moment leaves a lock that opens as before, or as after.
 *
 *   sealed   version 1   the secrets under the platform's key alone (crypto/lock.ts): read, and written anew as version 2
 *            version 2   crypto/lockForm.ts
 */
import { CryptoError } from "#crypto/errors.ts";
import { createLockKey, openSecrets } from "#crypto/lock.ts";
import { parseLock, type LockSlot } from "#crypto/lockForm.ts";
import {
  addSlot,
  createLock,
  openLock,
  removeSlot,
  resealLock,
  type OpenedLock,
  type SlotKey,
} from "#crypto/lockSlots.ts";
import { VaultError } from "./errors.ts";
import { decodeIdentity, encodeIdentity, type Identity } from "./identity.ts";
import type { IdentityRecord, IdentityStore, Random } from "./ports.ts";

/** The lock of an identity that is open. It remembers the lock secret until it is told to forget. */
export interface IdentityLock {
  readonly slots: readonly LockSlot[];
  /** Resolves when it is on stable storage. */
  write(identity: Identity): Promise<void>;
  /** `isRequired`: this browser alone does not open it any more, from the very same write on. */
  addSlot(key: SlotKey, options: { readonly isRequired: boolean }): Promise<void>;
  /** Rejects with `VaultError("last-way-in")`. */
  removeSlot(id: Uint8Array): Promise<void>;
  /** Resolves when what was being written is, and the lock secret is overwritten. */
  forget(): Promise<void>;
}

export type IdentityOpening =
  | { readonly kind: "none" }
  /** One of these must be used. */
  | { readonly kind: "locked"; readonly slots: readonly LockSlot[] }
  | { readonly kind: "open"; readonly identity: Identity; readonly lock: IdentityLock };

const FIRST_VERSION = 1;

/** Tries the platform's key, or `key`. Throws `VaultError("wrong-secret")` for a key that does not open, `("locked")` when nothing can. */
export async function openIdentity(
  store: IdentityStore,
  random: Random,
  key: SlotKey | null = null,
): Promise<IdentityOpening> {
  const record = await store.read();
  if (record === null) return { kind: "none" };
  if (record.sealed[0] === FIRST_VERSION) return openFirstVersion(store, record, random);
  const slots = slotsOf(record);
  const platform: SlotKey | null = record.key === null ? null : { kind: "platform", key: record.key };
  const opened = await tryOpen(record, key ?? platform);
  if (opened !== null) {
    const identity = decodeSecrets(opened.secrets);
    return { kind: "open", identity, lock: createIdentityLock(store, record, opened.lockSecret, random) };
  }
  if (key !== null) throw new VaultError("wrong-secret", `no slot opens with this ${key.kind}`);
  // A browser that lost its key still has the other ways in.
  const others = slots.filter(({ kind }) => kind !== "platform");
  if (others.length === 0) throw new VaultError("locked", "identity does not open");
  return { kind: "locked", slots: others };
}

/** For a device that has no identity yet. Resolves when it is on stable storage. */
export async function keepIdentity(store: IdentityStore, identity: Identity, random: Random): Promise<IdentityLock> {
  return lockAnew(store, encodeIdentity(identity), await (store.createKey?.() ?? createLockKey()), random);
}

/** `null` when this device has none. Throws `VaultError("locked")`, also when the platform's key is not enough. */
export async function readIdentity(store: IdentityStore, random: Random): Promise<Identity | null> {
  const opening = await openIdentity(store, random);
  if (opening.kind === "locked") throw new VaultError("locked", "more than the platform's key is needed");
  return opening.kind === "none" ? null : opening.identity;
}

/** Where the platform's key opens. Resolves when it is on stable storage. */
export async function writeIdentity(store: IdentityStore, identity: Identity, random: Random): Promise<void> {
  const opening = await openIdentity(store, random);
  if (opening.kind === "locked") throw new VaultError("locked", "more than the platform's key is needed");
  if (opening.kind === "none") await keepIdentity(store, identity, random);
  else await opening.lock.write(identity);
}

async function openFirstVersion(
  store: IdentityStore,
  record: IdentityRecord,
  random: Random,
): Promise<IdentityOpening> {
  if (record.key === null) throw new VaultError("locked", "identity without its key");
  let secrets: Uint8Array;
  try {
    secrets = await openSecrets(record.key, record.sealed);
  } catch (cause) {
    throw new VaultError("locked", "identity does not open", { cause });
  }
  const lock = await lockAnew(store, secrets, record.key, random);
  return { kind: "open", identity: decodeSecrets(secrets), lock };
}

async function lockAnew(
  store: IdentityStore,
  secrets: Uint8Array,
  key: CryptoKey,
  random: Random,
): Promise<IdentityLock> {
  const platform: SlotKey = { kind: "platform", key };
  const record = { key, sealed: await createLock(secrets, platform, random) };
  const { lockSecret } = await openLock(record.sealed, platform);
  await store.write(record);
  return createIdentityLock(store, record, lockSecret, random);
}

function createIdentityLock(
  store: IdentityStore,
  first: IdentityRecord,
  lockSecret: Uint8Array,
  random: Random,
): IdentityLock {
  let record = first;
  let isForgotten = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: a roster that arrives while a slot is added must not undo it. */
  const change = (make: (record: IdentityRecord) => IdentityRecord | Promise<IdentityRecord>): Promise<void> => {
    if (isForgotten) return Promise.reject(new VaultError("closed", "lock"));
    const before = last;
    const turn = async (): Promise<void> => {
      await before;
      const next = await make(record);
      await store.write(next);
      record = next;
    };
    const done = turn();
    last = done.catch(() => {});
    return done;
  };

  const withoutSlot = (sealed: Uint8Array, id: Uint8Array): Uint8Array => {
    const fewer = removeSlot(sealed, id);
    if (fewer === null) throw new VaultError("last-way-in", "slot");
    return fewer;
  };

  return {
    get slots() {
      return slotsOf(record);
    },
    write: (identity) =>
      change(({ key, sealed }) => {
        const secrets = encodeIdentity(identity);
        const resealed = resealLock(sealed, lockSecret, secrets, random);
        secrets.fill(0);
        return { key, sealed: resealed };
      }),
    addSlot: (key, { isRequired }) =>
      change(async (held) => {
        const added = await addSlot(held.sealed, lockSecret, key, random);
        const platform = slotsOf(held).filter(({ kind }) => isRequired && kind === "platform");
        const sealed = platform.reduce((left, { id }) => withoutSlot(left, id), added);
        return withKeyOfSlots(held.key, sealed);
      }),
    removeSlot: (id) => change(({ key, sealed }) => withKeyOfSlots(key, withoutSlot(sealed, id))),
    forget: async () => {
      isForgotten = true;
      await last;
      lockSecret.fill(0);
    },
  };
}

/** A key that opens nothing is not kept. */
function withKeyOfSlots(key: CryptoKey | null, sealed: Uint8Array): IdentityRecord {
  return { key: parseLock(sealed).slots.some(({ kind }) => kind === "platform") ? key : null, sealed };
}

async function tryOpen({ sealed }: IdentityRecord, key: SlotKey | null): Promise<OpenedLock | null> {
  if (key === null) return null;
  try {
    return await openLock(sealed, key);
  } catch (cause) {
    if (cause instanceof CryptoError && cause.code === "locked") return null;
    throw cause;
  }
}

function slotsOf({ sealed }: IdentityRecord): readonly LockSlot[] {
  try {
    return parseLock(sealed).slots;
  } catch (cause) {
    throw new VaultError("locked", "identity is no lock", { cause });
  }
}

/** The bytes are overwritten: what was read of them is a copy. */
function decodeSecrets(secrets: Uint8Array): Identity {
  try {
    return decodeIdentity(secrets);
  } catch (cause) {
    throw new VaultError("locked", "identity under its lock", { cause });
  } finally {
    secrets.fill(0);
  }
}
