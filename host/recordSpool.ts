/**
 * Where records of tools' conversations wait on their way from the gateway, which seals them, to the agent, which signs them and hands
 * them to the relay: `HOME/gateway/records`, a file each, named `<time, 12 hex digits>-<id, 32>`. Whoever reads the disk reads nothing:
 * they are sealed to the owner's devices (crypto/record.ts), and nothing on this machine opens them.
 */
import { readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { systemCode } from "./errors.ts";
import { prepareFolder, readFileIfThere, writeFileWhole } from "./home.ts";

export interface RecordSpool {
  readonly count: number;
  /** On stable storage when it returns. */
  add(record: { readonly id: Uint8Array; readonly atMs: number; readonly sealed: Uint8Array }): void;
  /** The oldest first. */
  names(): readonly string[];
  /** `null`: it is gone. */
  read(name: string): { readonly id: Uint8Array; readonly sealed: Uint8Array } | null;
  remove(name: string): void;
}

const NAME = /^[0-9a-f]{12}-([0-9a-f]{32})$/;

export function openRecordSpool(home: string): RecordSpool {
  const folder = join(home, "gateway", "records");
  const names = (): string[] => {
    try {
      return readdirSync(folder)
        .filter((name) => NAME.test(name))
        .sort();
    } catch (cause) {
      if (systemCode(cause) === "ENOENT") return [];
      throw cause;
    }
  };
  return {
    get count() {
      return names().length;
    },
    add: ({ id, atMs, sealed }) => {
      prepareFolder(folder);
      writeFileWhole(join(folder, `${atMs.toString(16).padStart(12, "0")}-${bytesToHex(id)}`), sealed);
    },
    names,
    read: (name) => {
      const id = hexToBytes(NAME.exec(name)?.[1] ?? "");
      const sealed = readFileIfThere(join(folder, name));
      return id === null || sealed === null ? null : { id, sealed };
    },
    remove: (name) => {
      try {
        unlinkSync(join(folder, name));
      } catch (cause) {
        if (systemCode(cause) !== "ENOENT") throw cause;
      }
    },
  };
}
