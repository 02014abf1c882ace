/**
 * Rows in one IndexedDB database: object store "rows" of { name, value }, its keys counted up by the browser, so that they say what
 * was put first, and a unique index "name". Opened when first used. Every write is strict: what was promised is on the disk.
 */
import { VaultError } from "./errors.ts";
import { openDatabase, whenComplete } from "./openDatabase.ts";
import type { Row, RowStore } from "./rowStore.ts";

const STORE = "rows";
const INDEX = "name";

export function createIndexedDbRows(databaseName: string): RowStore {
  let opening: Promise<IDBDatabase> | null = null;

  function open(): Promise<IDBDatabase> {
    opening ??= openDatabase(databaseName, (fresh) => {
      fresh.createObjectStore(STORE, { autoIncrement: true }).createIndex(INDEX, "name", { unique: true });
    }).then(
      (database) => {
        const forget = (): void => {
          opening = null;
        };
        // Another tab wants to delete or change it, or the browser takes it away: the next use opens it again.
        database.onversionchange = () => {
          forget();
          database.close();
        };
        database.onclose = forget;
        return database;
      },
      (cause: unknown) => {
        opening = null;
        throw cause;
      },
    );
    return opening;
  }

  /** Resolves with what `work` gave when its transaction is complete; for a strict one, when it is on the disk. */
  async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => () => T): Promise<T> {
    const database = await open();
    try {
      const transaction = database.transaction([STORE], mode, { durability: "strict" });
      const result = work(transaction.objectStore(STORE));
      await whenComplete(transaction);
      return result();
    } catch (cause) {
      throw new VaultError("storage", "rows", { cause });
    }
  }

  return {
    get: (name) =>
      run("readonly", (store) => {
        const request = store.index(INDEX).get(name);
        return () => (request.result === undefined ? null : parseRow(request.result).value);
      }),
    put: (name, value) =>
      run("readwrite", (store) => {
        const known = store.index(INDEX).getKey(name);
        known.onsuccess = () => void store.put({ name, value }, known.result);
        return () => {};
      }),
    delete: (name) => run("readwrite", (store) => deleteRange(store, IDBKeyRange.only(name))),
    list: (prefix) =>
      run("readonly", (store) => {
        const [rows, keys] = [
          store.index(INDEX).getAll(beginningWith(prefix)),
          store.index(INDEX).getAllKeys(beginningWith(prefix)),
        ];
        return () => {
          const ordered = rows.result.map((row: unknown, at) => ({ row: parseRow(row), key: Number(keys.result[at]) }));
          return ordered.sort((a, b) => a.key - b.key).map(({ row }) => row);
        };
      }),
    deleteAll: (prefix) => run("readwrite", (store) => deleteRange(store, beginningWith(prefix))),
    close: async () => {
      const database = await opening?.catch(() => null);
      opening = null;
      // The browser finishes what is under way first.
      database?.close();
    },
  };
}

function deleteRange(store: IDBObjectStore, range: IDBKeyRange): () => void {
  const found = store.index(INDEX).getAllKeys(range);
  found.onsuccess = () => {
    for (const key of found.result) store.delete(key);
  };
  return () => {};
}

/** Names are hex: no character of theirs comes after this one. */
const beginningWith = (prefix: string): IDBKeyRange => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

function parseRow(row: unknown): Row {
  const { name, value } = row as { readonly name?: unknown; readonly value?: unknown };
  if (typeof name !== "string" || !(value instanceof Uint8Array))
    throw new VaultError("storage", "a row is not one of ours");
  return { name, value };
}
