/**
 * Journals of a device in a terminal: one SQLite file, in it the rows of every doc, each row one transaction of its `Y.Doc` as
 * y-indexeddb would keep it in a browser (sync/journalStore.ts). What is in the rows is sealed before it comes here, and the
 * names are keyed hashes. The file is its owner's alone, and a commit is on the disk when it resolves: a chain of envelopes that
 * had been sent and then forgotten would go on in two ways.
 *
 * What several docs commit in one turn is flushed to the disk together, on a thread of Node's pool, so that what else comes in is worked on meanwhile:
 * with `synchronous=NORMAL` in WAL mode COMMIT waits for no disk, and the flush of the write-ahead log is ours. After one that failed the
 * file is made anew (rebuildJournals.ts) before anything is called stored again.
 */
import { chmodSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { applyUpdate, encodeStateAsUpdate, type Doc } from "yjs";
import { VaultError } from "#sync/errors.ts";
import type { JournalStore } from "#sync/journalStore.ts";
import { journalRowsMax, journalWalPagesMax } from "./limits.ts";
import { isRebuilt, rebuildJournals, takeRebuilt } from "./rebuildJournals.ts";

export interface SqliteJournals extends JournalStore {
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS row (
    id INTEGER PRIMARY KEY, doc TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS row_doc ON row (doc, id);
`;

/** `createFlush`: of the write-ahead log; for tests, else the kernel's. */
export function openSqliteJournals(file: string, createFlush = createFileFlush): SqliteJournals {
  takeRebuilt(file);
  let rows = openRows(file);
  let flush = createFlush(`${file}-wal`);
  const journals = new Set<{ readonly name: string; readonly held: Doc }>();
  const group: Joined[] = [];
  let isBusy = false;
  /** A flush failed: what it lost is unknown, and what came behind it would stand on that. */
  let isBroken = false;

  async function commitGroup(): Promise<void> {
    while (group.length > 0 && !isBusy) {
      isBusy = true;
      let taken: Joined[] = [];
      try {
        if (isBroken) await mend().catch((cause: unknown) => fail("mended", cause));
        taken = group.splice(0);
        attempt(() => inTransaction(rows.database, () => taken.forEach(({ write }) => write())));
        await flush.now().catch((cause: unknown) => {
          isBroken = true;
          fail("flushed", cause);
        });
        for (const { done } of taken) done.resolve();
      } catch (cause) {
        for (const { done } of [...taken, ...(isBroken ? group.splice(0) : [])]) done.reject(cause);
      }
      isBusy = false;
    }
  }

  /** Whoever stores waits for it, and is told when it cannot be done now; the next commit tries again. */
  async function mend(): Promise<void> {
    const states = (): (readonly [string, Uint8Array])[] =>
      [...journals].map(({ name, held }) => [name, encodeStateAsUpdate(held)]);
    if (!isRebuilt(file)) await rebuildJournals(file, states);
    if (rows.database.isOpen) rows.database.close();
    flush.end();
    takeRebuilt(file);
    rows = openRows(file);
    flush = createFlush(`${file}-wal`);
    isBroken = false;
  }

  function join(write: () => void): Promise<void> {
    // What comes during a flush goes with the next one.
    if (group.length === 0 && !isBusy) setImmediate(() => void commitGroup());
    const done = Promise.withResolvers<void>();
    group.push({ write, done });
    return done.promise;
  }

  return {
    has: async (names) => new Set(attempt(() => names.filter((name) => rows.has.get(name) !== undefined))),
    remove: async (names) => {
      await join(() => names.forEach((name) => rows.remove.run(name)));
      // Out of the write-ahead log, too.
      attempt(() => rows.database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    },
    open: async (name, held) => {
      const found = attempt(() => rows.select.all(name));
      const loading = {};
      held.transact(() => {
        for (const { bytes } of found) if (bytes instanceof Uint8Array) applyUpdate(held, bytes, loading);
      }, loading);
      let stored = found.length;
      let waiting: Uint8Array[] = [];
      let isClosed = false;
      let joined: Promise<void> | null = null;
      const note = (update: Uint8Array, origin: unknown): void => {
        if (origin !== loading) waiting.push(update);
      };
      held.on("update", note);
      const journal = { name, held };
      journals.add(journal);

      async function commitRows(): Promise<void> {
        let taken = 0;
        let isLong = false;
        try {
          await join(() => {
            taken = waiting.length;
            isLong = stored + taken > journalRowsMax;
            if (isLong) rows.remove.run(name);
            for (const row of isLong ? [encodeStateAsUpdate(held)] : waiting) rows.insert.run(name, row);
          });
        } finally {
          joined = null;
        }
        // What changed meanwhile waits for its own commit; after a failure all of it is still there.
        waiting = waiting.slice(taken);
        stored = isLong ? 1 : stored + taken;
      }

      return {
        commit: async () => {
          // Rows that are being flushed are not to be written twice.
          while (joined !== null) await joined;
          if (waiting.length === 0) return;
          if (isClosed) throw new VaultError("storage", "the journal is closed");
          await (joined = commitRows());
        },
        // A file's owner may delete it, and SQLite goes on in what it has open.
        wasTaken: () => false,
        close: async () => {
          isClosed = true;
          journals.delete(journal);
          // Who commits is told how it went.
          await Promise.allSettled([joined]);
        },
      };
    },
    close: () => {
      // Journals were closed before, which waited for their commits. Closing takes the log into the file, with flushes of its own; a log that
      // may be damaged is left to the next opening, which goes by its checksums.
      if (rows.database.isOpen && !isBroken) rows.database.close();
      flush.end();
    },
  };
}

interface Rows {
  readonly database: DatabaseSync;
  readonly select: StatementSync;
  readonly has: StatementSync;
  readonly insert: StatementSync;
  readonly remove: StatementSync;
}

function openRows(file: string): Rows {
  return attempt(() => {
    const database = new DatabaseSync(file, { timeout: 2_000 });
    chmodSync(file, 0o600);
    // The log itself is on the disk, with its name, before anything is only flushed into it.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA} PRAGMA user_version = 1;`);
    // What was destroyed lies in no page that is free now.
    database.exec("PRAGMA secure_delete = ON");
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${journalWalPagesMax};`);
    return {
      database,
      select: database.prepare("SELECT bytes FROM row WHERE doc = ? ORDER BY id"),
      has: database.prepare("SELECT 1 FROM row WHERE doc = ? LIMIT 1"),
      insert: database.prepare("INSERT INTO row (doc, bytes) VALUES (?, ?)"),
      remove: database.prepare("DELETE FROM row WHERE doc = ?"),
    };
  });
}

interface Joined {
  readonly write: () => void;
  readonly done: PromiseWithResolvers<void>;
}

export interface Flush {
  /** Rejects when the disk does. */
  now(): Promise<void>;
  end(): void;
}

/** By a handle of its own: SQLite locks the file beside it and never this one, so closing ours takes no lock of its away. */
function createFileFlush(walFile: string): Flush {
  let handle: Promise<FileHandle> | null = null;
  return {
    now: async () => {
      handle ??= open(walFile, "r+");
      await (
        await handle.catch((cause: unknown) => {
          // No handle was had, as when there are too many: nothing says the same of the next.
          handle = null;
          throw cause;
        })
      ).datasync();
    },
    end: () => {
      void handle?.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (cause) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw cause;
  }
}

function fail(what: string, cause: unknown): never {
  throw new VaultError("storage", `journals in SQLite: not ${what}`, { cause });
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new VaultError("storage", "journals in SQLite", { cause });
  }
}
