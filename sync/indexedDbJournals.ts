/**
 * Journals in the browser: one database a doc, made, read and named by unmodified y-indexeddb. The storing is ours, in the same rows:
 * y-indexeddb does not say when a row is stored, and where one cannot be, as on a full disk or when the browser has taken the
 * database away, it throws into whatever changed the doc and leaves promises that nobody can catch.
 *
 *   "updates"   each change of the doc, its keys counted up by the browser
 *   "custom"    "committed": a byte that is written to have the disk flushed
 *
 * Each change is a row of its own at once. `commit` puts a strict transaction behind them: transactions on one store run in order.
 * Where one of them failed, and where there are many, it stores the whole doc as one row, in one transaction; where the database is
 * gone, into a new one. What is in memory is therefore kept as soon as the browser keeps anything again.
 */
import { IndexeddbPersistence, PREFERRED_TRIM_SIZE } from "y-indexeddb";
import { applyUpdate, encodeStateAsUpdate, type Doc } from "yjs";
import { VaultError } from "./errors.ts";
import type { JournalStore } from "./journalStore.ts";
import { deleteDatabase, listDatabases, openDatabase, whenComplete } from "./openDatabase.ts";

const UPDATES = "updates";
const CUSTOM = "custom";

export const indexedDbJournals: JournalStore = {
  has: async (names) => {
    const there = await listDatabases();
    return new Set(names.filter((name) => there.has(name)));
  },
  remove: async (names) => {
    const there = await listDatabases();
    for (const name of names) if (there.has(name)) await deleteDatabase(name);
  },
  open: async (name, held) => {
    const persistence = await load(name, held);
    let database = persistence.db;
    let rows = database === null ? 0 : await countRows(database);
    /** Whether each change lies there as a row, as far as is known. */
    let isWhole = true;
    let isClosed = false;
    let wasTaken = false;

    const watch = (opened: IDBDatabase | null): void => {
      // The browser has taken it away.
      opened?.addEventListener("close", () => {
        // It is told late, as of one that another has taken the place of.
        if (database === opened) database = null;
      });
      // Somebody of ours deletes it, which waits for this; it is not to come back.
      opened?.addEventListener("versionchange", () => {
        isClosed = true;
        opened.close();
      });
    };
    watch(database);

    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin === persistence) return;
      rows += 1;
      try {
        const transaction = begin(database, "relaxed");
        transaction.addEventListener("abort", () => (isWhole = false));
        transaction.objectStore(UPDATES).add(update);
      } catch {
        // reason: the next commit stores the whole, or says that it cannot.
        isWhole = false;
      }
    };
    held.on("update", onUpdate);

    const reopen = async (): Promise<void> => {
      database = await openDatabase(name, (fresh) => {
        fresh.createObjectStore(UPDATES, { autoIncrement: true });
        fresh.createObjectStore(CUSTOM);
        // Only what is not there is made anew.
        wasTaken = true;
      });
      watch(database);
      isWhole = false;
    };

    const storeWhole = async (): Promise<void> => {
      isWhole = true;
      try {
        await strictly(database, (transaction) => {
          const store = transaction.objectStore(UPDATES);
          const all = store.getAll();
          all.onsuccess = () => {
            // Rows of a tab that gave way a moment ago are kept, too.
            for (const row of all.result) if (row instanceof Uint8Array) applyUpdate(held, row, persistence);
            store.clear();
            store.add(encodeStateAsUpdate(held));
            rows = 1;
          };
        });
      } catch (cause) {
        isWhole = false;
        throw cause;
      }
    };

    return {
      commit: async () => {
        if (isClosed) throw new VaultError("storage", "the journal is closed");
        if (database !== null && isWhole && rows < PREFERRED_TRIM_SIZE) {
          try {
            await strictly(database, (transaction) => transaction.objectStore(CUSTOM).put(1, "committed"));
            if (isWhole) return;
          } catch {
            // reason: it is tried with all of it, which fails in words.
            isWhole = false;
          }
        }
        if (!isOpen(database)) await reopen();
        await storeWhole();
      },
      wasTaken: () => wasTaken,
      close: async () => {
        isClosed = true;
        held.off("update", onUpdate);
        await persistence.destroy();
        database?.close();
      },
    };
  },
};

/** y-indexeddb opens the database and fills the doc, and from then on stores nothing. Rejects where it would stand still. */
function load(name: string, held: Doc): Promise<IndexeddbPersistence> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(new VaultError("storage", "the journal cannot be read", { cause }));
    const persistence = new IndexeddbPersistence(name, held);
    held.off("update", persistence._storeUpdate);
    persistence._db.then((database) => {
      for (const event of ["abort", "close"]) database.addEventListener(event, () => fail(new Error(event)));
    }, fail);
    persistence.whenSynced.then(() => resolve(persistence), fail);
  });
}

/** Throws what the browser throws. */
function begin(database: IDBDatabase | null, durability: "strict" | "relaxed"): IDBTransaction {
  if (database === null) throw new VaultError("storage", "the journal's database was taken away");
  return database.transaction([UPDATES, CUSTOM], "readwrite", { durability });
}

/** Resolves when it is on the disk, with all that was begun before it. */
async function strictly(database: IDBDatabase | null, work: (transaction: IDBTransaction) => void): Promise<void> {
  try {
    const transaction = begin(database, "strict");
    work(transaction);
    await whenComplete(transaction);
  } catch (cause) {
    throw new VaultError("storage", "the journal cannot be written", { cause });
  }
}

/** A database whose closing was not told, or is told only later, begins no transaction. */
function isOpen(database: IDBDatabase | null): boolean {
  try {
    return database?.transaction([UPDATES], "readonly") !== undefined;
  } catch {
    return false;
  }
}

async function countRows(database: IDBDatabase): Promise<number> {
  try {
    const transaction = database.transaction([UPDATES], "readonly");
    const request = transaction.objectStore(UPDATES).count();
    await whenComplete(transaction);
    return request.result;
  } catch (cause) {
    throw new VaultError("storage", "the journal cannot be read", { cause });
  }
}
