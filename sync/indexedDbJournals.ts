/**
 * Journals in the browser: unmodified y-indexeddb, one database a doc. It does not say when a row is stored, so `commit` puts a
 * strict transaction behind it and checks that the rows are there. Nor does it commit its transactions: a browser does so after a
 * further turn of the page, and aborts them when there is none (lifeboat.ts).
 */
import { IndexeddbPersistence, storeState } from "y-indexeddb";
import { VaultError } from "./errors.ts";
import type { JournalStore } from "./journalStore.ts";

export const indexedDbJournals: JournalStore = {
  open: async (name, held) => {
    const persistence = new IndexeddbPersistence(name, held);
    await persistence.whenSynced;
    const database = persistence.db;
    if (database === null) throw new VaultError("storage", "journal has no database");
    // A database that the browser has taken away makes it throw, in the middle of whatever changed the doc. The next commit finds out.
    held.off("update", persistence._storeUpdate);
    held.on("update", (update: Uint8Array, origin: unknown) => {
      try {
        persistence._storeUpdate(update, origin);
      } catch {
        // reason: as above; what was typed is still in memory, and said to be there only.
      }
    });
    let rowKey = await newestRowKey(database);
    held.on("update", (_update: Uint8Array, origin: unknown) => {
      if (origin !== persistence) rowKey += 1;
    });
    return {
      commit: async () => {
        const expected = rowKey;
        const found = await commitStrictly(database);
        if (found >= expected) return;
        // A row is missing, as when the disk was full for a while: the whole state goes in once more.
        await storeState(persistence);
        rowKey = await commitStrictly(database);
        if (rowKey <= found) throw new VaultError("storage", "the journal's rows are not stored");
      },
      close: () => persistence.destroy(),
    };
  },
};

/**
 * The newest row's key, once everything written before is on the disk. Transactions on one store run in order, and a strict
 * one is flushed before it completes; it writes a byte, since a browser may skip the flush of one that changes nothing.
 */
function commitStrictly(database: IDBDatabase): Promise<number> {
  return newestRowKey(database, { isStrict: true });
}

function newestRowKey(database: IDBDatabase, { isStrict } = { isStrict: false }): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (): void =>
      reject(new VaultError("storage", "the journal cannot be written", { cause: transaction.error }));
    let transaction: IDBTransaction;
    try {
      transaction = isStrict
        ? database.transaction(["updates", "custom"], "readwrite", { durability: "strict" })
        : database.transaction(["updates"], "readonly");
    } catch (cause) {
      return reject(new VaultError("storage", "the journal is closed", { cause }));
    }
    const request = transaction.objectStore("updates").openKeyCursor(null, "prev");
    if (isStrict) transaction.objectStore("custom").put(1, "committed");
    transaction.oncomplete = () => resolve(Number(request.result?.key ?? 0));
    transaction.onerror = fail;
    transaction.onabort = fail;
  });
}
