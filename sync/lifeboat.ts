/**
 * Where a page that is going puts what its journals have not committed yet. A browser aborts the transactions of a page that is
 * gone, and with them all that wait behind them; only one that waits for nothing and says itself that it is complete is carried
 * out. So there is one such transaction, in a database that nothing else writes: name of a journal → its last changes, sealed as
 * they are in the journal. The next opening takes them in; what was taken in is deleted at the next leaving, and does no harm
 * until then, since a journal takes a change in once.
 */
import { VaultError } from "./errors.ts";
import { openDatabase, whenComplete } from "./openDatabase.ts";

export interface Lifeboat {
  /** What was put there before this page began; `null` for most journals. */
  find(journal: string): Uint8Array | null;
  /** It is in its journal now. */
  noteTaken(journal: string): void;
  /** In this turn, and not waited for: the page may be gone after it. */
  leave(rows: ReadonlyMap<string, Uint8Array>): void;
}

const DATABASE = "sovereign-lifeboat";
const STORE = "rows";

export async function openLifeboat(): Promise<Lifeboat> {
  const database = await openDatabase(DATABASE, (fresh) => fresh.createObjectStore(STORE));
  const rows = await readAll(database);
  const taken = new Set<string>();
  return {
    find: (journal) => rows.get(journal) ?? null,
    noteTaken: (journal) => {
      rows.delete(journal);
      taken.add(journal);
    },
    leave: (leaving) => {
      if (leaving.size + taken.size === 0) return;
      try {
        const transaction = database.transaction([STORE], "readwrite", { durability: "strict" });
        const store = transaction.objectStore(STORE);
        for (const journal of taken) store.delete(journal);
        for (const [journal, update] of leaving) store.put(update, journal);
        transaction.commit();
        taken.clear();
      } catch {
        // reason: the browser took the database away. What is in no journal yet was shown as unsaved all along.
      }
    },
  };
}

async function readAll(database: IDBDatabase): Promise<Map<string, Uint8Array>> {
  try {
    const transaction = database.transaction([STORE], "readonly");
    const store = transaction.objectStore(STORE);
    const [keys, values] = [store.getAllKeys(), store.getAll()];
    await whenComplete(transaction);
    const rows = keys.result.map((key, at): [string, unknown] => [String(key), values.result[at]]);
    return new Map(rows.filter((row): row is [string, Uint8Array] => row[1] instanceof Uint8Array));
  } catch (cause) {
    throw new VaultError("storage", "lifeboat", { cause });
  }
}
