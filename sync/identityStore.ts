/**
 * This device's identity in the browser: one row of one IndexedDB store, with the lock key (which the browser keeps and does not
 * show) and the secrets sealed under it (crypto/lock.ts). Every write is strict: a vault is claimed only after its keys are kept.
 */
import { VaultError } from "./errors.ts";
import { openDatabase } from "./openDatabase.ts";
import type { IdentityRecord, IdentityStore } from "./ports.ts";

const DATABASE = "sovereign-identity";
const STORE = "identity";
const ROW = "device";

export function openIdentityStore(): IdentityStore {
  return {
    read: () => inStore("readonly", (store) => store.get(ROW)).then(parseRecord),
    write: (record) => inStore("readwrite", (store) => store.put(record, ROW)).then(() => {}),
    clear: () => inStore("readwrite", (store) => store.delete(ROW)).then(() => {}),
  };
}

/** Resolves with the request's result when its transaction is complete. */
async function inStore(
  mode: IDBTransactionMode,
  request: (store: IDBObjectStore) => { readonly result: unknown },
): Promise<unknown> {
  const database = await openDatabase(DATABASE, (fresh) => fresh.createObjectStore(STORE));
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction([STORE], mode, { durability: "strict" });
      const fail = (): void => reject(new VaultError("storage", "identity", { cause: transaction.error }));
      const pending = request(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(pending.result);
      transaction.onerror = fail;
      transaction.onabort = fail;
    });
  } finally {
    database.close();
  }
}

function parseRecord(value: unknown): IdentityRecord | null {
  if (value === undefined) return null;
  const { key, sealed } = value as { readonly key?: unknown; readonly sealed?: unknown };
  if (!(key instanceof CryptoKey) || !(sealed instanceof Uint8Array)) throw new VaultError("locked", "identity record");
  return { key, sealed };
}
