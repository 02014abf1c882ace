import { expect, it } from "vitest";
import { createIndexedDbRows } from "./indexedDbRows.ts";
import { runRowStoreSuite } from "./testing/rowStoreSuite.ts";

runRowStoreSuite("IndexedDB, Chromium's", { create: () => createIndexedDbRows(`rows-${crypto.randomUUID()}`) });

it("RW9 a database that is deleted under it is let go, and made anew when used again", async () => {
  const name = `rows-${crypto.randomUUID()}`;
  const store = createIndexedDbRows(name);
  await store.put("a", new Uint8Array(1));
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
  expect(await store.get("a")).toBeNull();
  await store.put("b", new Uint8Array(2));
  expect(await store.get("b")).toEqual(new Uint8Array(2));
  await store.close();
});
