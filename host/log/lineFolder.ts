/**
 * A folder of the home with numbered files of sealed lines and the key that opens them: `logs/`, and `egress/` with what left (egress/ledger.ts). Each process that writes makes files of its own, so nobody waits for anybody;
 * the newest have the highest numbers. Whoever begins a file takes the oldest away.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { systemCode } from "../errors.ts";
import { prepareFolder, readFileIfThere } from "../home.ts";
import { logBytesMax, logDaysMax, logFilesMax } from "./limits.ts";
import { createLineFile, type LineWriter } from "./sealedLines.ts";

const keyFile = (folder: string): string => join(folder, "key");
const NAME = /^(\d{10})\.log$/;
const keyBytes = 32;
const dayMs = 86_400_000;

export interface LineFile {
  readonly path: string;
  readonly number: number;
}

/** Oldest first; none where there is no such folder. */
export function listLineFiles(folder: string): readonly LineFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw cause;
  }
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .sort()
    .map((digits) => ({ path: join(folder, `${digits}.log`), number: Number(digits) }));
}

/** `null`: nothing was ever written, or the key is gone, and with it all that was. */
export function readLineKey(folder: string): Uint8Array | null {
  const key = readFileIfThere(keyFile(folder));
  return key?.length === keyBytes ? key : null;
}

/** A new file, after the oldest were taken away. Throws what the system says. */
export function beginLineFile(folder: string, nowMs: number): LineWriter {
  prepareFolder(folder);
  const key = openLineKey(folder);
  const files = listLineFiles(folder);
  prune(files, nowMs);
  for (let number = (files.at(-1)?.number ?? 0) + 1; ; number++) {
    try {
      return createLineFile(join(folder, `${String(number).padStart(10, "0")}.log`), key);
    } catch (cause) {
      // Another process was quicker.
      if (systemCode(cause) !== "EEXIST") throw cause;
    }
  }
}

/** `isLast`: of two processes that begin at once one makes the key, and both use it. */
export function openLineKey(folder: string): Uint8Array {
  const known = readLineKey(folder);
  if (known !== null) return known;
  // One that was cut short by a crash opens nothing.
  if (readFileIfThere(keyFile(folder)) !== null) rmSync(keyFile(folder));
  const key = randomBytes(keyBytes);
  try {
    const handle = openSync(keyFile(folder), "wx", 0o600);
    writeSync(handle, key);
    closeSync(handle);
    return key;
  } catch (cause) {
    const theirs = systemCode(cause) === "EEXIST" ? readLineKey(folder) : null;
    if (theirs === null) throw cause;
    return theirs;
  }
}

/** What is too old, and the oldest of what is too much; room is left for the file that begins. */
function prune(files: readonly LineFile[], nowMs: number): void {
  let [bytes, count] = [0, 1];
  for (const { path } of [...files].reverse()) {
    const { size, mtimeMs } = statSync(path);
    bytes += size;
    count += 1;
    // A clock that has jumped makes nothing old that was not.
    if (bytes > logBytesMax || count > logFilesMax || nowMs - mtimeMs > logDaysMax * dayMs) rmSync(path);
  }
}

export function readLineFileBytes({ path }: LineFile): Uint8Array {
  return readFileSync(path);
}
