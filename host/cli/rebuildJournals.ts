/**
 * Journals on a disk that failed once. When a flush is refused nobody knows which pages of the write-ahead log reached the disk, and the next
 * flush would say nothing of those. So the file is made anew out of what can be vouched for: a copy, of which SQLite takes the log only as far as
 * its checksums hold, and what is in memory of each open journal, which is all that was ever handed over.
 *
 *   FILE.rebuilding   is being made; of no worth        FILE.rebuilt   whole and on the disk; takes the place of FILE and its log
 */
import { chmodSync, existsSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { syncFolder } from "../home.ts";
import { journalRoomLeftBytes } from "./limits.ts";

/** Leaves `FILE.rebuilt`; the file itself is as it was. `states`: of each journal in memory, all it holds. Rejects where there is no room. */
export async function rebuildJournals(
  file: string,
  states: () => Iterable<readonly [string, Uint8Array]>,
): Promise<void> {
  const draft = `${file}.rebuilding`;
  removeWithLog(draft);
  try {
    requireRoom(file);
    await copyFile(file, draft);
    if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, `${draft}-wal`);
    chmodSync(draft, 0o600);
    writeStates(draft, states());
    renameSync(draft, `${file}.rebuilt`);
    syncFolder(dirname(file));
  } catch (cause) {
    removeWithLog(draft);
    throw cause;
  }
}

/** `file` must not be open. Killed at any moment, it is done the next time. */
export function takeRebuilt(file: string): void {
  if (!existsSync(`${file}.rebuilt`)) return;
  // The log belongs to the file that goes.
  for (const part of ["-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
  renameSync(`${file}.rebuilt`, file);
  syncFolder(dirname(file));
}

export function isRebuilt(file: string): boolean {
  return existsSync(`${file}.rebuilt`);
}

function writeStates(draft: string, states: Iterable<readonly [string, Uint8Array]>): void {
  const database = new DatabaseSync(draft);
  try {
    // Out of the log into the file, which from here on is written and flushed whole.
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;");
    // A page that becomes free here is never looked at again, and may hold a doc's key.
    database.exec("PRAGMA secure_delete = ON");
    const [check] = database.prepare("PRAGMA quick_check(1)").all();
    if (check?.["quick_check"] !== "ok") throw new Error("The journals are damaged.");
    const remove = database.prepare("DELETE FROM row WHERE doc = ?");
    const insert = database.prepare("INSERT INTO row (doc, bytes) VALUES (?, ?)");
    database.exec("BEGIN IMMEDIATE");
    for (const [name, state] of states) {
      remove.run(name);
      insert.run(name, state);
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Half a copy would take the last of a disk from everybody else, again and again. */
function requireRoom(file: string): void {
  const { bavail, bsize } = statfsSync(dirname(file));
  const log = existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0;
  if (bavail * bsize < 2 * (statSync(file).size + log) + journalRoomLeftBytes) throw new Error("There is no room yet.");
}

function removeWithLog(file: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${part}`, { force: true });
}
