/**
 * Journals of a device in a terminal: one SQLite file, in it the rows of every doc, each row one transaction of its `Y.Doc` as
 * y-indexeddb would keep it in a browser (sync/journalStore.ts). What is in the rows is sealed before it comes here, and the
 * names are keyed hashes. The file is its owner's alone, and a commit is on the disk when it resolves: a chain of envelopes that
 * had been sent and then forgotten would go on in two ways.
 *
 * What several docs commit in one turn is flushed to the disk together, on a thread of Node's pool, so that what else comes in is worked on meanwhile:
 * with `synchronous=NORMAL` in WAL mode COMMIT waits for no disk, and the flush of the write-ahead log is ours.
 */
import { chmodSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { applyUpdate, encodeStateAsUpdate } from "yjs";
import { VaultError } from "#sync/errors.ts";
import type { JournalStore } from "#sync/journalStore.ts";
import { journalRowsMax, journalWalPagesMax } from "./limits.ts";

export interface SqliteJournals extends JournalStore {
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS row (
    id INTEGER PRIMARY KEY, doc TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS row_doc ON row (doc, id);
`;

/** `flush`: of the write-ahead log; for tests, else the kernel's. */
export function openSqliteJournals(file: string, flush = createFlush(`${file}-wal`)): SqliteJournals {
  const database = attempt(() => {
    const opened = new DatabaseSync(file, { timeout: 2_000 });
    chmodSync(file, 0o600);
    // The log itself is on the disk, with its name, before anything is only flushed into it.
    opened.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA} PRAGMA user_version = 1;`);
    // What was destroyed lies in no page that is free now.
    opened.exec("PRAGMA secure_delete = ON");
    opened.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${journalWalPagesMax};`);
    return opened;
  });
  const select = database.prepare("SELECT bytes FROM row WHERE doc = ? ORDER BY id");
  const insert = database.prepare("INSERT INTO row (doc, bytes) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM row WHERE doc = ?");
  let group: Joined[] = [];
  let isFlushing = false;
  /** A flush that failed is not tried again: what it lost is unknown, and what came behind it would stand on that. */
  let broken: VaultError | null = null;

  async function commitGroup(): Promise<void> {
    while (group.length > 0 && !isFlushing) {
      const taken = group;
      group = [];
      isFlushing = true;
      try {
        if (broken !== null) throw broken;
        attempt(() => inTransaction(database, () => taken.forEach(({ write }) => write())));
        await flush.now().catch((cause: unknown) => {
          broken = new VaultError("storage", "journals in SQLite: flush", { cause });
          throw broken;
        });
        for (const { done } of taken) done.resolve();
      } catch (cause) {
        for (const { done } of taken) done.reject(cause);
      }
      isFlushing = false;
    }
  }

  function join(write: () => void): Promise<void> {
    // What comes during a flush goes with the next one.
    if (group.length === 0 && !isFlushing) setImmediate(() => void commitGroup());
    const done = Promise.withResolvers<void>();
    group.push({ write, done });
    return done.promise;
  }

  return {
    remove: async (names) => {
      await join(() => names.forEach((name) => remove.run(name)));
      // Out of the write-ahead log, too.
      attempt(() => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    },
    open: async (name, held) => {
      const rows = attempt(() => select.all(name));
      const loading = {};
      held.transact(() => {
        for (const { bytes } of rows) if (bytes instanceof Uint8Array) applyUpdate(held, bytes, loading);
      }, loading);
      let stored = rows.length;
      let waiting: Uint8Array[] = [];
      let isClosed = false;
      let joined: Promise<void> | null = null;
      const note = (update: Uint8Array, origin: unknown): void => {
        if (origin !== loading) waiting.push(update);
      };
      held.on("update", note);

      async function commitRows(): Promise<void> {
        let taken = 0;
        let isLong = false;
        try {
          await join(() => {
            taken = waiting.length;
            isLong = stored + taken > journalRowsMax;
            if (isLong) remove.run(name);
            for (const row of isLong ? [encodeStateAsUpdate(held)] : waiting) insert.run(name, row);
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
          // Who commits is told how it went.
          await Promise.allSettled([joined]);
        },
      };
    },
    close: () => {
      // Journals were closed before, which waited for their commits. Closing takes the log into the file, with flushes of its own.
      database.close();
      flush.end();
    },
  };
}

interface Joined {
  readonly write: () => void;
  readonly done: PromiseWithResolvers<void>;
}

interface Flush {
  /** Rejects when the disk does. */
  now(): Promise<void>;
  end(): void;
}

/** By a handle of its own: SQLite locks the file beside it and never this one, so closing ours takes no lock of its away. */
function createFlush(walFile: string): Flush {
  let handle: Promise<FileHandle> | null = null;
  return {
    now: async () => {
      handle ??= open(walFile, "r+");
      await (await handle).datasync();
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

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new VaultError("storage", "journals in SQLite", { cause });
  }
}
