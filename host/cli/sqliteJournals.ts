/**
 * Journals of a device in a terminal: one SQLite file, in it the rows of every doc, each row one transaction of its `Y.Doc` as
 * y-indexeddb would keep it in a browser (sync/journalStore.ts). What is in the rows is sealed before it comes here, and the
 * names are keyed hashes. The file is its owner's alone, and a commit is on the disk when it resolves: a chain of envelopes that
 * had been sent and then forgotten would go on in two ways. What several docs commit in one turn is flushed to the disk together.
 */
import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { applyUpdate, encodeStateAsUpdate } from "yjs";
import { VaultError } from "#sync/errors.ts";
import type { JournalStore } from "#sync/journalStore.ts";
import { journalRowsMax } from "./limits.ts";

export interface SqliteJournals extends JournalStore {
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS row (
    id INTEGER PRIMARY KEY, doc TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS row_doc ON row (doc, id);
`;

export function openSqliteJournals(file: string): SqliteJournals {
  const database = attempt(() => {
    const opened = new DatabaseSync(file, { timeout: 2_000 });
    chmodSync(file, 0o600);
    opened.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    opened.exec(SCHEMA);
    return opened;
  });
  const select = database.prepare("SELECT bytes FROM row WHERE doc = ? ORDER BY id");
  const insert = database.prepare("INSERT INTO row (doc, bytes) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM row WHERE doc = ?");
  let group: { readonly write: () => void; readonly done: PromiseWithResolvers<void> }[] = [];

  function commitGroup(): void {
    const taken = group;
    group = [];
    if (taken.length === 0) return;
    try {
      attempt(() => inTransaction(database, () => taken.forEach(({ write }) => write())));
    } catch (cause) {
      for (const { done } of taken) done.reject(cause);
      return;
    }
    for (const { done } of taken) done.resolve();
  }

  function join(write: () => void): Promise<void> {
    if (group.length === 0) setImmediate(commitGroup);
    const done = Promise.withResolvers<void>();
    group.push({ write, done });
    return done.promise;
  }

  return {
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
      commitGroup();
      database.close();
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
