/**
 * What this device keeps so that it need not be made again: the end of a long chat, the index of a search. Sealed for this device
 * alone, never sent, and lost without harm: what does not open is as good as not there.
 *
 *   row's name    the name's parts, hashed under this device's local key: a name begins with that of what it belongs to
 *   row's value   sealed in pieces under its own name (localPieces.ts)
 */
import { localPath, type LocalKey } from "#crypto/localSeal.ts";
import { openPieces, sealPieces } from "./localPieces.ts";
import type { Pause, Random } from "./ports.ts";
import type { RowStore } from "./rowStore.ts";

export interface DeviceCache {
  /** `null`: not there, or not as it was put. */
  get(name: readonly string[]): Promise<Uint8Array | null>;
  /** Rejects with `VaultError("storage")`; what was there before is then there still. */
  put(name: readonly string[], value: Uint8Array): Promise<void>;
  /** With all whose name goes on from this one. */
  remove(name: readonly string[]): Promise<void>;
}

export interface DeviceCacheOptions {
  readonly rows: () => Promise<RowStore>;
  readonly localKey: LocalKey;
  readonly random: Random;
  readonly pause: Pause;
  /** Its key is gone: nothing may be sealed under what is left of it. */
  readonly isClosed: () => boolean;
}

/** So that no name of this cache is one of another store's. */
const ROOT = "cache";

export function createDeviceCache({ rows, localKey, random, pause, isClosed }: DeviceCacheOptions): DeviceCache {
  const nameOf = (name: readonly string[]): string => localPath(localKey, [ROOT, ...name]);
  return {
    get: async (name) => {
      if (isClosed()) return null;
      try {
        const path = nameOf(name);
        const value = await (await rows()).get(path);
        return value === null || isClosed() ? null : await openPieces(localKey, labelOf(path), value, pause);
      } catch {
        // reason: what cannot be read is made again.
        return null;
      }
    },
    put: async (name, value) => {
      if (isClosed()) return;
      // Sealed before anything is waited for: the caller may use its memory again.
      const path = nameOf(name);
      const sealed = sealPieces(localKey, labelOf(path), value, random);
      await (await rows()).put(path, sealed);
    },
    remove: async (name) => {
      if (!isClosed()) await (await rows()).deleteAll(nameOf(name));
    },
  };
}

const labelOf = (path: string): string => `cache/${path}`;
