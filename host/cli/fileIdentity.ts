/**
 * The identity of a device in a terminal, as two files of its owner's alone: `lock.key`, and `identity.sealed` under it. A
 * terminal has no browser that keeps a key without showing it, so who reads the whole folder has the device: as with an SSH
 * key without a passphrase. The seal holds against one file without the other, and keeps every secret out of plain sight.
 */
import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { IdentityStore, Random } from "#sync/ports.ts";
import { readFileIfThere, writeFileWhole } from "../home.ts";

const KEY_BYTES = 32;

export function hasIdentity(folder: string): boolean {
  return existsSync(join(folder, "identity.sealed"));
}

export function openFileIdentity(folder: string, random: Random): IdentityStore {
  const [keyFile, sealedFile] = [join(folder, "lock.key"), join(folder, "identity.sealed")];
  return {
    read: async () => {
      const [bytes, sealed] = [readFileIfThere(keyFile), readFileIfThere(sealedFile)];
      if (sealed === null) return null;
      // A key that is gone or cut off opens nothing, which is then said in words.
      return {
        key: await importKey(bytes?.length === KEY_BYTES ? bytes : random(KEY_BYTES)),
        sealed: ownBytes(sealed),
      };
    },
    write: async ({ sealed }) => writeFileWhole(sealedFile, sealed),
    clear: async () => {
      for (const file of [sealedFile, keyFile]) if (existsSync(file)) unlinkSync(file);
    },
    createKey: async () => {
      const held = readFileIfThere(keyFile);
      const bytes = held?.length === KEY_BYTES ? held : random(KEY_BYTES);
      if (bytes !== held) writeFileWhole(keyFile, bytes);
      return importKey(bytes);
    },
  };
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", ownBytes(bytes), { name: "AES-GCM" }, false, ["encrypt", "decrypt"]);
}

/** A plain array of its own, not a view of Node's pool. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
