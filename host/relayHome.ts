/**
 * HOME/relay/key: the seed of the key that signs this relay's welcomes, by which a device knows that it talks to the
 * relay of its link. It opens nothing. The supervisor makes it, because a process under Node's permission model cannot
 * flush a file; the relay reads it.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { HostError } from "./errors.ts";
import { prepareFolder, readFileIfThere, writeFileWhole } from "./home.ts";

const SEED_BYTES = 32;
/** Version of the log's tables (relay/database.ts): a file of a later one is left alone, and so is a backup that holds one. */
export const logSchemaVersion = 4;

/** The relay's folder in a home. */
export function relayFolder(home: string): string {
  return join(home, "relay");
}

/** The sealed log of all docs, and the roster. */
export function logFile(home: string): string {
  return join(relayFolder(home), "log.sqlite");
}

export function openRelaySeed(home: string): Uint8Array {
  const folder = relayFolder(home);
  prepareFolder(folder);
  const file = join(folder, "key");
  const stored = readFileIfThere(file);
  if (stored !== null && stored.length !== SEED_BYTES) {
    throw new HostError("corrupt", `${file} is damaged. Restore it from a backup: your devices know this host by it.`);
  }
  const seed = stored ?? randomBytes(SEED_BYTES);
  if (stored === null) writeFileWhole(file, seed);
  return Uint8Array.from(seed);
}
