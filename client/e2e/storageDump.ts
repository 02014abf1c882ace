/** Everything a page of this origin keeps, read back through the browser's own interfaces. */
import type { Page } from "@playwright/test";

export interface StoredPart {
  readonly where: string;
  readonly bytes: Buffer;
}

export async function dumpStorage(page: Page): Promise<StoredPart[]> {
  const parts = await page.evaluate(async () => {
    const found: { where: string; base64: string }[] = [];
    const keepBytes = (where: string, bytes: Uint8Array): void => {
      let binary = "";
      for (let at = 0; at < bytes.length; at += 0x8000)
        binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      found.push({ where, base64: btoa(binary) });
    };
    const keepText = (where: string, text: string): void => keepBytes(where, new TextEncoder().encode(text));

    const keepValue = async (where: string, value: unknown, seen = new Set<unknown>()): Promise<void> => {
      if (typeof value === "string") return keepText(where, value);
      if (typeof value !== "object" || value === null || seen.has(value)) return;
      seen.add(value);
      if (value instanceof ArrayBuffer) return keepBytes(where, new Uint8Array(value));
      if (ArrayBuffer.isView(value))
        return keepBytes(where, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      if (value instanceof Blob) return keepBytes(where, new Uint8Array(await value.arrayBuffer()));
      const entries =
        value instanceof Map ? [...value] : value instanceof Set ? [...value].entries() : Object.entries(value);
      for (const [key, inner] of entries) {
        await keepValue(`${where}.key`, key, seen);
        await keepValue(`${where}.${String(key)}`, inner, seen);
      }
    };
    const ended = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
      });

    for (const { name = "" } of await indexedDB.databases()) {
      keepText("names of databases", name);
      const database = await ended(indexedDB.open(name));
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName).objectStore(storeName);
        const [keys, values] = await Promise.all([ended(store.getAllKeys()), ended(store.getAll())]);
        await keepValue(`IndexedDB ${name}/${storeName} keys`, keys);
        await keepValue(`IndexedDB ${name}/${storeName}`, values);
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = await cache.match(request);
        keepText(`Cache ${name} address`, request.url);
        if (response !== undefined)
          keepBytes(`Cache ${name} ${request.url}`, new Uint8Array(await response.arrayBuffer()));
      }
    }
    for (const [name, storage] of [
      ["localStorage", localStorage],
      ["sessionStorage", sessionStorage],
    ] as const) {
      for (const [key, value] of Object.entries(storage)) keepText(`${name} ${key}`, `${key}=${String(value)}`);
    }
    keepText("cookies", document.cookie);
    const visit = async (where: string, folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle instanceof FileSystemDirectoryHandle) await visit(`${where}/${name}`, handle);
        else if (handle instanceof FileSystemFileHandle)
          keepBytes(`${where}/${name}`, new Uint8Array(await (await handle.getFile()).arrayBuffer()));
      }
    };
    await visit("private files", await navigator.storage.getDirectory());
    return found;
  });
  return parts.map(({ where, base64 }) => ({ where, bytes: Buffer.from(base64, "base64") }));
}
