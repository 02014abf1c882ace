/** What an owner can do about the ways into this device. The settings' page and the command to lock are built on it. */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import type { LockSlot } from "#crypto/lockForm.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import { passphraseFault } from "#crypto/passphrase.ts";
import { VaultError } from "./errors.ts";
import type { IdentityLock } from "./identityLock.ts";

/** One way in, as it may be shown. */
export interface WayIn {
  readonly id: string;
  readonly kind: LockSlot["kind"];
}

export interface VaultLock {
  ways(): readonly WayIn[];
  /** `isRequired`: from now on this browser asks for it. Rejects with `VaultError("weak-passphrase")`. */
  add(key: SlotKey, options: { readonly isRequired: boolean }): Promise<void>;
  /** Rejects with `VaultError("last-way-in")` rather than lose the vault. */
  remove(id: string): Promise<void>;
  /** Closes the vault and overwrites its keys in memory. Copies that the engine made are let go with the page: reload it. */
  now(): Promise<void>;
}

export function createVaultLock(lock: IdentityLock, closeAndForget: () => Promise<void>): VaultLock {
  return {
    ways: () => lock.slots.map(({ id, kind }) => ({ id: bytesToHex(id), kind })),
    add: async (key, options) => {
      if (key.kind === "passphrase" && passphraseFault(key.passphrase) !== null) {
        throw new VaultError("weak-passphrase", "passphrase");
      }
      await lock.addSlot(key, options);
    },
    remove: (id) => lock.removeSlot(hexToBytes(id) ?? new Uint8Array(0)),
    now: closeAndForget,
  };
}
