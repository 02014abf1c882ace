/** The one place that opens an IndexedDB database by hand; journals are opened by y-indexeddb. */
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
