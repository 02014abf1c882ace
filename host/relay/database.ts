/**
 * The relay's one SQLite file, with group commit (groupCommit.ts). A change runs at once, inside the transaction that is
 * open, and its promise resolves only when it is on stable storage, so an acknowledgement survives a power cut.
 *
 * With `synchronous=NORMAL` in WAL mode, COMMIT writes to the write-ahead log and waits for no disk; the flush is ours, by
 * another thread, so that words on their way to a reader never wait for it. A flush took 1 to 130 ms of the one thread
 * that passes them on, many times a second, while `synchronous=FULL` did it.
 *
 * Readers use a second connection, which stands still from before a commit until its flush: nothing reaches another device
 * before it is on the disk. No commit follows before the flush of the one before is over, so what is there when they move
 * on is flushed. A reader that stands still keeps the write-ahead log from being emptied, which is therefore ours to do.
 */
import { statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { HostError } from "../errors.ts";
import { logSchemaVersion } from "../relayHome.ts";
import { createGroupCommit, type GroupCommit } from "./groupCommit.ts";
import { prepareSchema } from "./logSchema.ts";
import { databaseBytesMax, databasePageBytesMax, databaseTidyBytesMin, databaseWalBytesMax } from "./limits.ts";

/** Another program may hold the file for a moment, as a backup does when it begins. */
const busyMsMax = 2_000;
/** SQLite's own default; set by nothing here, so a file always has it. */
const pageBytes = 4_096;

export interface Database {
  /** Sees what is not yet committed. Only for use inside `write`, and where a decision must count what waits. */
  readonly writer: DatabaseSync;
  /** Sees what is on stable storage. */
  readonly reader: DatabaseSync;
  /**
   * Runs `change` now and resolves with its result once it is on stable storage. When any part fails, all that waited
   * is undone and rejected.
   */
  write<T>(change: () => T): Promise<T>;
  /** Grows whenever something that was written is gone again: what was kept in memory of it is not true any more. */
  readonly takenBack: number;
  readonly queue: GroupCommit["queue"];
  /** Takes the write-ahead log into the file, while nothing is under way. Called now and then; mostly there is nothing to do. */
  tidy(): void;
  /** … at the next quiet moment, however little there is: it holds what was destroyed. */
  emptyWal(): void;
  /** … now. `false`: somebody else reads the file. Not while a change waits. */
  checkpoint(): boolean;
  /** Commits what waits, then closes. */
  close(): Promise<void>;
}

/** The way from the kernel to stable storage. */
export interface Flusher {
  /** Rejects when the disk does. */
  flush(): Promise<void>;
  /** The length of the write-ahead log's file. */
  bytes(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly file: string;
  /**
   * Called once when the disk fails underneath: an fsync that failed is never tried again, because what it lost is
   * unknown.
   */
  readonly onBroken: (error: HostError) => void;
  /** For tests; else fdatasync of the write-ahead log on a thread of Node's pool. */
  readonly openFlusher?: (walFile: string) => Flusher;
}

export function openDatabase({ file, onBroken, openFlusher = openFileFlusher }: DatabaseOptions): Database {
  const writer = openWriter(file);
  const reader = openReader(file);
  const flusher = openFlusher(`${file}-wal`);
  const look = reader.prepare("SELECT 1 FROM sqlite_schema LIMIT 1");
  let isHeld = false;
  /** Until it lets go, the reader stands still at what is there now. */
  const hold = (): void => {
    reader.exec("BEGIN");
    look.get();
    isHeld = true;
  };
  const letGo = (): void => {
    if (isHeld) reader.exec("COMMIT");
    isHeld = false;
  };
  /**
   * Takes the write-ahead log into the file, with flushes of its own. `false`: somebody else reads the file, as for a backup. While words pass, the log
   * begins anew in the room that it has (`RESTART`): a flush of a file that grows has its new length to commit as well.
   */
  const checkpoint = (mode: "TRUNCATE" | "RESTART"): boolean => {
    try {
      // A backup that is under way is not waited for.
      writer.exec("PRAGMA busy_timeout = 0");
      return writer.prepare(`PRAGMA wal_checkpoint(${mode})`).get()?.["busy"] === 0;
    } finally {
      writer.exec(`PRAGMA busy_timeout = ${busyMsMax}`);
    }
  };
  const lookAtWal = writer.prepare("PRAGMA wal_checkpoint(NOOP)");
  /** Of what is not in the file yet; the write-ahead log itself may be longer. */
  const walBytes = (): number => Number(lookAtWal.get()?.["log"]) * pageBytes;
  /** A commit that flushes everything before it. */
  const flushByCommit = (): void =>
    writer.exec(`PRAGMA synchronous = FULL; PRAGMA user_version = ${logSchemaVersion}; PRAGMA synchronous = NORMAL`);
  const commits = createGroupCommit({
    begin: () => writer.exec("BEGIN IMMEDIATE"),
    commit: () => {
      hold();
      try {
        writer.exec("COMMIT");
      } catch (cause) {
        letGo();
        throw cause;
      }
    },
    rollback: () => {
      takenBack += 1;
      if (writer.isTransaction) writer.exec("ROLLBACK");
    },
    flush: flusher.flush,
    flushNow: () => {
      if (walBytes() < databaseWalBytesMax) return false;
      letGo();
      if (!checkpoint("RESTART")) flushByCommit();
      return true;
    },
    show: letGo,
    toError: (cause) => toDatabaseError(file, cause),
    isPassing: isFull,
    onBroken,
  });
  let isTidy = true;
  let mustEmpty = false;
  let takenBack = 0;

  return {
    writer,
    reader,
    get takenBack() {
      return takenBack;
    },
    get queue() {
      return commits.queue;
    },
    write: (change) => {
      isTidy = false;
      return commits.write(change);
    },
    tidy: () => {
      // One look later, so that it never comes in the middle of an answer.
      const isQuiet = isTidy && commits.isIdle;
      isTidy = true;
      // What fails here fails again at the next commit, and is told there.
      if (isQuiet && (mustEmpty || flusher.bytes() >= databaseTidyBytesMin))
        attempt(() => {
          if (checkpoint("TRUNCATE")) mustEmpty = false;
        });
    },
    emptyWal: () => {
      mustEmpty = true;
    },
    checkpoint: () => checkpoint("TRUNCATE"),
    close: async () => {
      if (!(await commits.close())) return;
      letGo();
      await flusher.close();
      reader.close();
      writer.close();
    },
  };
}

/**
 * The write-ahead log by a handle of our own. SQLite locks the file beside it and never this one, so closing ours takes no
 * lock of its away (https://sqlite.org/howtocorrupt.html, 2.2). A handle, since Node's permission model refuses
 * `fs.fdatasync` on a mere descriptor, whoever opened it.
 */
function openFileFlusher(walFile: string): Flusher {
  let handle: Promise<FileHandle> | null = null;
  return {
    flush: async () => {
      handle ??= open(walFile, "r+");
      await (await handle).datasync();
    },
    bytes: () => statSync(walFile, { throwIfNoEntry: false })?.size ?? 0,
    close: async () => {
      await (await handle)?.close();
    },
  };
}

function openWriter(file: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyMsMax, allowExtension: false });
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA fullfsync = ON;
      PRAGMA secure_delete = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA journal_size_limit = ${databaseWalBytesMax};
      PRAGMA cache_size = -${databasePageBytesMax / 1024};
      PRAGMA max_page_count = ${databaseBytesMax / pageBytes};
    `);
    const checked = database.prepare("PRAGMA quick_check(1)").get();
    if (checked?.["quick_check"] !== "ok") throw corrupt(file);
    prepareSchema(database, file);
    return database;
  } catch (cause) {
    attempt(() => database?.close());
    throw cause instanceof HostError ? cause : toDatabaseError(file, cause);
  }
}

function openReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMsMax });
  database.exec(`PRAGMA trusted_schema = OFF; PRAGMA cache_size = -${databasePageBytesMax / 1024}`);
  return database;
}

/** SQLite's primary result codes, which are stable: https://sqlite.org/rescode.html */
const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function primaryCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}

function isFull(error: unknown): boolean {
  return primaryCode(error) === SQLITE_FULL;
}

function toDatabaseError(file: string, cause: unknown): HostError {
  const code = primaryCode(cause);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return corrupt(file, cause);
  if (code === SQLITE_FULL) {
    return new HostError("full", `The disk that holds ${file} is full. Make room; everything acknowledged is safe.`, {
      cause,
    });
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new HostError(
    "database",
    `${file} cannot be used (${detail}). Check the disk and its permissions, then start again.`,
    {
      cause,
    },
  );
}

function corrupt(file: string, cause?: unknown): HostError {
  return new HostError(
    "corrupt",
    `${file} is damaged and was left as it is. Restore it (with its -wal and -shm files) from a backup. Without one, move ` +
      "the host's whole home folder elsewhere and start over with a new vault; your chats stay readable on your devices.",
    { cause },
  );
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The error that led here is the one to report; this was only tidying up after it.
  }
}
