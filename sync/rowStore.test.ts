import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { createIndexedDbRows } from "./indexedDbRows.ts";
import { createMemoryRowStore } from "./testing/memoryRowStore.ts";
import { runRowStoreSuite } from "./testing/rowStoreSuite.ts";

let count = 0;
runRowStoreSuite("memory", { create: createMemoryRowStore });
runRowStoreSuite("IndexedDB, simulated", { create: () => createIndexedDbRows(`rows-${count++}`) });

it("RW7 no database is opened before the first use", async () => {
  createIndexedDbRows("untouched");
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("untouched");
});

it("RW8 a browser that stores nothing is told as such, and the store works once it does", async () => {
  const { open } = indexedDB;
  indexedDB.open = () => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  const store = createIndexedDbRows("refused");
  await expect(store.put("a", new Uint8Array(1))).rejects.toMatchObject({ name: "VaultError", code: "storage" });
  indexedDB.open = open;
  await store.put("a", new Uint8Array(1));
  expect(await store.get("a")).toEqual(new Uint8Array(1));
  await store.close();
});
