/**
 * Restores a backup into a home. Everything is written beside the home and checked against the list at the backup's end; then the
 * folder takes the home's place in one step. A backup that is damaged in its last byte changes nothing.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createPieceOpener, openBackupBox, openBackupWrap } from "#crypto/backupSeal.ts";
import { bytesToUtf8, isEqualBytes } from "#crypto/bytes.ts";
import type { Stretch } from "#crypto/passphrase.ts";
import { readRecoveryWords, recoveryKeys } from "#crypto/recovery.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { HostError } from "../errors.ts";
import { lockHome, prepareFolder } from "../home.ts";
import { makeFolder } from "../makeFolder.ts";
import { logFile, logSchemaVersion } from "../relayHome.ts";
import { openDocKeys } from "./docKeys.ts";
import { openBackupFile, readFileHead, type BackupHead, type BackupReader } from "./format.ts";
import { isHomePath } from "./homeFiles.ts";
import { filesMax, manifestBytesMax, pieceBytes } from "./limits.ts";
import { readLogState } from "./logState.ts";
import { LOG_PATH, type Manifest } from "./makeBackup.ts";

export interface RestoreOptions {
  readonly file: string;
  readonly home: string;
  readonly dataKey: (head: BackupHead) => Promise<Uint8Array>;
  /** A home that is not empty is moved aside instead of refused. */
  readonly isForced: boolean;
  readonly nowMs: number;
  readonly onProgress?: (doneBytes: number) => void;
}

export interface Restored {
  readonly madeMs: number;
  readonly manifest: Manifest;
  /** Docs whose keys had been taken out, since they were destroyed: nothing of them came back. */
  readonly destroyed: number;
  /** Where what was there before lies now. */
  readonly movedTo: string | null;
}

export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, home } = options;
  await sodiumReady;
  const reader = openBackupFile(file);
  try {
    const { head } = reader;
    if (head.log > logSchemaVersion)
      throw new HostError(
        "newer",
        `${file} was made by a newer version of Sovereign (${head.program}). Update this one, then restore it; nothing was changed.`,
      );
    const isEmpty = !existsSync(home) || readdirSync(home).length === 0;
    if (!isEmpty && !options.isForced) {
      throw new HostError(
        "backup",
        `${home} is not empty, and nothing of it was changed. Restore into another place with SOVEREIGN_HOME, or say --force: what is there is then moved aside, not deleted.`,
      );
    }
    if (!isEmpty) await refuseWhileRunning(home);
    // Before anybody types 24 words for it.
    const staging = `${home}.restoring`;
    rmSync(staging, { recursive: true, force: true });
    prepareFolder(staging);
    try {
      const dataKey = await options.dataKey(head);
      reader.open((headBytes) => createPieceOpener(dataKey, headBytes));
      const { manifest, docKeys } = unpack(reader, staging, options.onProgress ?? (() => {}));
      const log = logFile(staging);
      const destroyed = docKeys === null ? 0 : openDocKeys(log, docKeys, dataKey, reader.headBytes);
      dataKey.fill(0);
      // Each file was held against the list; where nothing was destroyed since, every row is what it was, too.
      if (destroyed === 0 && readLogState(log).digest !== manifest.log.digest)
        throw new HostError(
          "corrupt",
          `${file} holds another log than its list says. Nothing was restored; take another backup.`,
        );
      const movedTo = putInPlace(staging, home, isEmpty, options.nowMs);
      return { madeMs: head.madeMs, manifest, destroyed, movedTo };
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  } finally {
    reader.close();
  }
}

/** What a person typed: 24 words, or the passphrase. */
export async function openWithSecret(
  head: BackupHead,
  typed: string,
  wordlist: readonly string[],
  stretch: Stretch,
): Promise<Uint8Array> {
  const reading = readRecoveryWords(typed, wordlist);
  if (reading.kind === "secret" && head.words !== null) {
    const opened = openBackupBox(head.words, recoveryKeys(reading.secret).box);
    if (opened !== null) return opened;
    throw wrong(
      "These are words of another vault, or new ones that were written down after this backup: it opens with those that counted when it was made.",
    );
  }
  const opened = head.passphrase === null ? null : await openBackupWrap(head.passphrase, typed.trim(), stretch);
  if (opened !== null) return opened;
  if (head.words === null) throw wrong("That passphrase does not open this backup. Try again; it has no other way in.");
  if (reading.kind === "unknown" && reading.position > 0)
    throw wrong(`Word ${reading.position}, "${reading.word}", is not in the list. Look at the sheet, then try again.`);
  if (reading.kind === "check")
    throw wrong(
      "All of these are words of the list, but not in this order: one is mistaken for another. Look at the sheet, then try again.",
    );
  const other = head.passphrase === null ? "" : ", or the passphrase it was sealed with";
  throw wrong(
    `This backup opens with the 24 words of your vault${other}. ${reading.kind === "count" ? `Those were ${reading.count}.` : "It has no words."} Nothing was changed.`,
  );
}

function wrong(says: string): HostError {
  return new HostError("backup", says);
}

function unpack(
  reader: BackupReader,
  staging: string,
  onProgress: (done: number) => void,
): { readonly manifest: Manifest; readonly docKeys: ReadonlyMap<string, Uint8Array> | null } {
  const found: { path: string; size: number; sha256: string }[] = [];
  let done = 0;
  for (;;) {
    const next = readFileHead(reader);
    if (next.kind === "end") {
      if (next.length > manifestBytesMax) throw foreign("its list is longer than any of ours");
      const manifest = parseManifest(reader.take(next.length));
      const docKeys = reader.end();
      if (JSON.stringify(manifest.files) !== JSON.stringify(found))
        throw foreign("its files are not those of its list");
      return { manifest, docKeys };
    }
    const { path, size } = next;
    if (found.length >= filesMax) throw foreign("it holds more files than a home does");
    if (!isHomePath(path)) throw foreign("it names a file that no home has");
    const file = join(staging, path);
    makeFolder(dirname(file));
    const hash = createHash("sha256");
    const handle = openSync(file, "wx", 0o600);
    try {
      for (let left = size; left > 0;) {
        const part = reader.some(Math.min(left, pieceBytes));
        hash.update(part);
        for (let at = 0; at < part.length;) at += writeSync(handle, part, at);
        left -= part.length;
        done += part.length;
        onProgress(done);
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    const sha256 = hash.digest();
    if (!isEqualBytes(sha256, reader.take(sha256.length))) throw foreign("a file in it is not what it was");
    found.push({ path, size, sha256: sha256.toString("hex") });
  }
}

/** It opened under the owner's key, so this is our own form; what it says is looked at nevertheless. */
function parseManifest(bytes: Uint8Array): Manifest {
  const read = JSON.parse(bytesToUtf8(bytes)) as Partial<Manifest>;
  const isWhole =
    Array.isArray(read.files) &&
    typeof read.log?.digest === "string" &&
    read.files.some(({ path }) => path === LOG_PATH);
  if (!isWhole) throw foreign("its list is not whole");
  return read as Manifest;
}

function foreign(what: string): HostError {
  return new HostError("corrupt", `This backup was not made as ours are: ${what}. Nothing was restored.`);
}

function putInPlace(staging: string, home: string, isEmpty: boolean, nowMs: number): string | null {
  const aside = `${home}.before-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}`;
  if (existsSync(home)) {
    if (isEmpty) rmdirSync(home);
    else renameSync(home, aside);
  }
  renameSync(staging, home);
  return isEmpty ? null : aside;
}

async function refuseWhileRunning(home: string): Promise<void> {
  (await lockHome(home)).release();
}
