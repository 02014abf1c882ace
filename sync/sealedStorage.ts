/**
 * Where unmodified automerge-repo keeps its documents on this device, sealed at rest (crypto/localSeal.ts):
 *
 *   row's name   the key's parts, hashed under this device's local key: no document, no heads, no kind of chunk shows
 *   row's value  sealed under its own name: parts 1 [2-byte length, part] ‖ data
 *
 * automerge-repo names each chunk by what is in it (an increment by its hash, a snapshot by its heads'), and the seal binds
 * content to name, so a row can be neither changed nor moved. A row that does not open is left out, and told; the others load.
 *
 * Only types of automerge-repo are imported here, and nothing that the page loads first imports this: Automerge is 1.1 MB, for
 * artifacts only.
 */
import type { StorageAdapterInterface } from "@automerge/automerge-repo";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { localPath, openLocal, sealLocal, type LocalKey } from "#crypto/localSeal.ts";
import { storageKeyPartsMax } from "./limits.ts";
import type { Random } from "./ports.ts";
import type { Row, RowStore } from "./rowStore.ts";

export interface SealedStorageOptions {
  readonly rows: RowStore;
  readonly localKey: LocalKey;
  readonly random: Random;
  /** A row was changed on the disk. It stays where it is; what it held may come again from the relay. */
  readonly onDamaged: (rowName: string) => void;
}

interface Entry {
  readonly key: string[];
  readonly data: Uint8Array;
}

export function createSealedStorage({
  rows,
  localKey,
  random,
  onDamaged,
}: SealedStorageOptions): StorageAdapterInterface {
  const nameOf = (key: readonly string[]): string => localPath(localKey, key);

  function openRow({ name, value }: Row): Entry | null {
    try {
      return decodeEntry(openLocal(localKey, labelOf(name), value));
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      onDamaged(name);
      return null;
    }
  }

  return {
    load: async (key) => {
      const name = nameOf(key);
      const value = await rows.get(name);
      return value === null ? undefined : openRow({ name, value })?.data;
    },
    save: (key, data) => {
      // Sealed before this returns: the caller may use its memory again.
      const name = nameOf(key);
      return rows.put(name, sealLocal(localKey, labelOf(name), encodeEntry({ key, data }), random));
    },
    remove: (key) => rows.delete(nameOf(key)),
    loadRange: async (prefix) => (await rows.list(nameOf(prefix))).flatMap((row) => openRow(row) ?? []),
    removeRange: (prefix) => rows.deleteAll(nameOf(prefix)),
  };
}

const labelOf = (name: string): string => `storage/${name}`;

function encodeEntry({ key, data }: Entry): Uint8Array {
  if (key.length > storageKeyPartsMax) throw new CryptoError("malformed", `storage key of ${key.length} parts`);
  const writer = createWriter().u8(key.length);
  for (const part of key) writer.text(part);
  return writer.fixed(data).finish();
}

function decodeEntry(bytes: Uint8Array): Entry {
  const reader = createReader(bytes);
  const parts = reader.u8();
  if (parts > storageKeyPartsMax) throw new CryptoError("malformed", `storage key of ${parts} parts`);
  const key = Array.from({ length: parts }, () => reader.text());
  return { key, data: reader.fixed(reader.left).slice() };
}
