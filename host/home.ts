/**
 * The home folder: mode 0700, one host at a time, files written whole or not at all.
 *
 *   lock          held while a host runs            claim.json   who may make the first vault (claim.ts)
 *   logs/         what happened, without content (log)
 *   relay/        the relay's key and sealed log    agent/       the agent's identity
 *   backends.json what the owner configured         models/, models.json, engine/   the embedded engine (backends/embedded)
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { HostError, systemCode } from "./errors.ts";
import { makeFolder, whyNot } from "./makeFolder.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Makes the folder if it is not there, and sees that only its owner can enter and that it can be written. */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, FOLDER_MODE);
    const probe = join(folder, ".writable");
    writeFileSync(probe, "", { mode: FILE_MODE });
    unlinkSync(probe);
  } catch (cause) {
    throw toHomeError(folder, cause);
  }
}

function toHomeError(folder: string, cause: unknown): HostError {
  const choose = "or choose another place with SOVEREIGN_HOME";
  switch (systemCode(cause)) {
    case "EEXIST":
    case "ENOTDIR":
      return new HostError(
        "home",
        `${folder} cannot be the home folder, because it or a part of its path is a file. Move that file, ${choose}.`,
        { cause },
      );
    case "EACCES":
    case "EPERM":
      return new HostError(
        "home",
        `${folder} cannot be written by this user. Give this user the folder (chown), ${choose}.`,
        { cause },
      );
    case "EROFS":
      return new HostError("home", `${folder} is on a disk that is mounted read-only. Make it writable, ${choose}.`, {
        cause,
      });
    case "ENOSPC":
    case "EDQUOT":
      return noRoom(folder, cause);
    default:
      return new HostError(
        "home",
        `${folder} cannot be used as the home folder: ${whyNot(cause)}. Mend that, ${choose}.`,
        { cause },
      );
  }
}

function noRoom(folder: string, cause: unknown): HostError {
  const says = `The disk that holds ${folder} is full. Make room, or choose another place with SOVEREIGN_HOME.`;
  return new HostError("home", says, { cause });
}

/** `null` when there is no such file. */
export function readFileIfThere(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return null;
    throw new HostError(
      "home",
      `${file} cannot be read (${systemCode(cause)}). Check its permissions, then start again.`,
      { cause },
    );
  }
}

/** Another text whenever the file is another, also one behind a link that was turned; "" while it cannot be looked at. */
export function fileStamp(file: string): string {
  try {
    // A file that is replaced at once, as ours are, has another inode; times and size notice a hand that edits it.
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    // reason: a file that is not there is a state like any other.
    return "";
  }
}

/** After a crash at any moment the file is the old one or the new one, never a part. Only its owner may read it. */
export function writeFileWhole(file: string, bytes: Uint8Array): void {
  const draft = `${file}.new`;
  const handle = openSync(draft, "w", FILE_MODE);
  try {
    // A disk that is nearly full takes a part, and says so with the next.
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** A name that was given or taken in it stays so after a crash. */
export function syncFolder(folder: string): void {
  // Windows has no such handle; its rename is journalled.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export interface HomeLock {
  release(): void;
}

/**
 * Throws `HostError("locked")` while another host runs on this home. The lock is the operating system's own, by way of
 * SQLite: it ends with the process that holds it, however that ends, and it does not mistake a reused process id for a
 * living host.
 */
export async function lockHome(home: string): Promise<HomeLock> {
  const lock = await lockFile(join(home, "lock"));
  if (lock !== null) return lock;
  throw new HostError(
    "locked",
    `Another host is already running on ${home}. Use that one or stop it; a second one needs its own SOVEREIGN_HOME.`,
  );
}

/** `null`: another process holds it. */
export async function lockFile(file: string): Promise<HomeLock | null> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE;");
  } catch (cause) {
    database.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) return null;
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_FULL)
      throw noRoom(dirname(file), cause);
    throw new HostError(
      "home",
      `${file} cannot be locked (${String(cause)}). Delete that file, then start again; it holds no data.`,
      { cause },
    );
  }
  return { release: () => database.close() };
}

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
