/**
 * Makes a backup, of a host that runs or of one that does not. What is written whole is read whole; the log is copied in one consistent
 * state. In this order: what points into the log first (the agent's newest roster entry), the log last, so that nothing points at what
 * the copy has not got.
 */
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  closeSync,
  rmSync,
  statSync,
  existsSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { boxBackupKey, createBackupKey, createPieceSealer, wrapBackupKey } from "#crypto/backupSeal.ts";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { verifyClaim } from "#crypto/claim.ts";
import type { Stretch } from "#crypto/passphrase.ts";
import type { Random } from "#crypto/random.ts";
import { activeMembers, readRoster, rosterEntryHash } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openClaim } from "../claim.ts";
import { HostError } from "../errors.ts";
import { makeFolder, whyNot } from "../makeFolder.ts";
import { logFile, logSchemaVersion } from "../relayHome.ts";
import { encodeDocKeys, sealDocKeys } from "./docKeys.ts";
import { createBackupWriter, encodeHead, fileHead, manifestTail, type BackupWriter } from "./format.ts";
import { listHomeFiles } from "./homeFiles.ts";
import { pieceBytes } from "./limits.ts";
import { copyLog, logVersion, readLogState, readRosters, type LogState } from "./logState.ts";

export interface MakeBackupOptions {
  readonly home: string;
  readonly file: string;
  /** The other way in; `null` for the words alone. */
  readonly passphrase: string | null;
  readonly program: string;
  readonly stretch: Stretch;
  readonly random: Random;
  readonly nowMs: number;
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
}

export interface MadeBackup {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly madeMs: number;
  /** The log is one of them, as it is for who restores them. */
  readonly files: number;
  readonly log: LogState;
  /** Whether the vault's 24 words open it. */
  readonly opensWithWords: boolean;
}

/** What stands at the end of the body: every file with its checksum, and the state that the log was in. */
export interface Manifest {
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
  readonly log: LogState;
}

/** Where the log lies in a backup. */
export const LOG_PATH = "relay/log.sqlite";

/** With the data key, for a drill that shows at once that it opens; who does not need it wipes it. */
export async function makeBackup(options: MakeBackupOptions): Promise<MadeBackup & { readonly dataKey: Uint8Array }> {
  const { home, file, random } = options;
  await sodiumReady;
  if (!existsSync(logFile(home)))
    throw new HostError(
      "backup",
      `${home} is no host's home yet: there is nothing to back up. Start the host once, or name its home with SOVEREIGN_HOME.`,
    );
  if (existsSync(file)) throw new HostError("backup", `${file} is there already. Give the backup another name.`);
  prepareTarget(file);
  const own = listHomeFiles(home);
  const small = own.map(({ path }) => ({ path, bytes: readFileSync(join(home, path)) }));
  const work = makeWorkFolder(home);
  let writer: BackupWriter | null = null;
  try {
    const copy = join(work, "log.sqlite");
    await copyLog(logFile(home), copy);
    const log = readLogState(copy);
    const docKeys = sealDocKeys(copy);
    const dataKey = createBackupKey(random);
    const recovery = findRecoveryKey(home, copy);
    if (recovery === null && options.passphrase === null) {
      throw new HostError(
        "backup",
        "Your vault has no 24 words yet, so nothing could open this backup. Write them down first (in the app: Devices, then the words), or seal it with a passphrase: --passphrase.",
      );
    }
    const words = recovery === null ? null : boxBackupKey(dataKey, recovery);
    const passphrase =
      options.passphrase === null ? null : await wrapBackupKey(dataKey, options.passphrase, options.stretch, random);
    const head = encodeHead({
      madeMs: options.nowMs,
      program: options.program,
      log: Math.max(logVersion(copy), logSchemaVersion),
      words,
      passphrase,
    });
    writer = createBackupWriter(file, head, createPieceSealer(dataKey, head));
    const listed = writeFiles(writer, small, copy, options.onProgress ?? (() => {}));
    const manifest: Manifest = { files: listed, log };
    writer.write(manifestTail(utf8ToBytes(JSON.stringify(manifest))));
    const { bytes, sha256 } = writer.finish(encodeDocKeys(docKeys, dataKey, head));
    writer = null;
    return {
      file,
      bytes,
      sha256,
      madeMs: options.nowMs,
      files: listed.length,
      log,
      opensWithWords: words !== null,
      dataKey,
    };
  } finally {
    writer?.abandon();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Before anything is copied: where nothing can be written, nothing need be read. */
function prepareTarget(file: string): void {
  try {
    makeFolder(dirname(file));
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new HostError(
      "backup",
      `${file} cannot be written: ${whyNot(cause)}. Choose another folder; no backup was made.`,
      { cause },
    );
  }
}

function writeFiles(
  writer: BackupWriter,
  small: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  copy: string,
  onProgress: (done: number, all: number) => void,
): Manifest["files"] {
  const listed: { path: string; size: number; sha256: string }[] = [];
  for (const { path, bytes } of small) {
    const sha256 = createHash("sha256").update(bytes).digest();
    writer.write(fileHead(path, bytes.length));
    writer.write(bytes);
    writer.write(sha256);
    listed.push({ path, size: bytes.length, sha256: sha256.toString("hex") });
  }
  const { size } = statSync(copy);
  const hash = createHash("sha256");
  const handle = openSync(copy, "r");
  try {
    writer.write(fileHead(LOG_PATH, size));
    const part = new Uint8Array(pieceBytes);
    for (let done = 0; done < size;) {
      const read = readSync(handle, part, 0, Math.min(part.length, size - done), null);
      if (read === 0)
        throw new HostError("backup", "The copy of the log ended before its end. Try again; nothing was lost.");
      hash.update(part.subarray(0, read));
      writer.write(part.subarray(0, read));
      done += read;
      onProgress(done, size);
    }
  } finally {
    closeSync(handle);
  }
  const sha256 = hash.digest();
  writer.write(sha256);
  listed.push({ path: LOG_PATH, size, sha256: sha256.toString("hex") });
  return listed;
}

/** The words of the vault that opened this host with its own link: its owner's. */
function findRecoveryKey(home: string, log: string): Uint8Array | null {
  const { publicKey } = openClaim(home);
  for (const { entries, claim } of readRosters(log)) {
    const [genesis] = entries;
    if (genesis === undefined || claim === null || !verifyClaim(publicKey, rosterEntryHash(genesis), claim)) continue;
    const found = activeMembers(readRoster(entries)).find(({ role }) => role === "recovery");
    return found?.boxKey ?? null;
  }
  return null;
}

/** On the home's own disk, for its owner alone; what a backup that was killed left there goes first. */
function makeWorkFolder(home: string): string {
  const folder = join(home, "backup");
  makeFolder(folder);
  return mkdtempSync(join(folder, "work-"));
}
