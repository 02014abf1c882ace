/** The one place that opens, lists and deletes IndexedDB databases by hand; journals are opened by y-indexeddb, and by this again where the browser took one away. */
import { VaultError } from "./errors.ts";

/** Rejects with `VaultError("storage")`. */
export function openDatabase(name: string, create: (database: IDBDatabase) => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new VaultError("storage", "this browser opens no database", { cause }));
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => create(request.result);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => fail(request.error);
      request.onblocked = () => fail(new Error("blocked by another tab"));
    } catch (cause) {
      fail(cause);
    }
  });
}

/**
 * Resolves when it is complete: a strict one is then on the disk. Rejects with the browser's reason when it is not carried out; also where the browser takes the database away,
 * and, as Chromium does at times, forgets to say of a transaction that had just begun that it ended.
 */
export function whenComplete(transaction: IDBTransaction): Promise<void> {
  const database = transaction.db;
  let onClose = (): void => {};
  return new Promise<void>((resolve, reject) => {
    onClose = () => reject(new Error("taken away"));
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    database.addEventListener("close", onClose);
  }).finally(() => database.removeEventListener("close", onClose));
}

/** Rejects with `VaultError("storage")`, as the next one does. */
export async function listDatabases(): Promise<ReadonlySet<string>> {
  try {
    return new Set((await indexedDB.databases()).map(({ name = "" }) => name));
  } catch (cause) {
    throw new VaultError("storage", "this browser lists no databases", { cause });
  }
}

/** Also of one that is not there. No connection to it may be open. */
export function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    const fail = (): void => reject(new VaultError("storage", `${name} is not deleted`, { cause: request.error }));
    request.onsuccess = () => resolve();
    request.onerror = fail;
    request.onblocked = fail;
  });
}

/** All there are of this origin. One that is still open in another tab is waited for: nothing may come before its end. */
export async function eraseDatabases(): Promise<void> {
  for (const name of await listDatabases()) {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(new VaultError("storage", `${name} is not deleted`, { cause: request.error }));
    });
  }
}
