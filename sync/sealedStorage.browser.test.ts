/** The sealed storage on Chromium's own IndexedDB, under automerge-repo as a page would load it: WebAssembly from base64. */
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { Automerge, initializeBase64Wasm, Repo } from "@automerge/automerge-repo/slim";
import { runStorageAdapterTests } from "@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js";
import { expect, it } from "vitest";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createIndexedDbRows } from "./indexedDbRows.ts";
import { createSealedStorage } from "./sealedStorage.ts";

await sodiumReady;
await initializeBase64Wasm(automergeWasmBase64);

function createStorage() {
  const rows = createIndexedDbRows(`artifacts-${crypto.randomUUID()}`);
  const localKey = createLocalKey(systemRandom);
  const onDamaged = (row: string): never => {
    throw new Error(`row ${row} is damaged`);
  };
  return { rows, storage: createSealedStorage({ rows, localKey, random: systemRandom, onDamaged }) };
}

runStorageAdapterTests(async () => {
  const { rows, storage } = createStorage();
  return { adapter: storage, teardown: () => void rows.close() };
}, "AS1 sealed, in Chromium's IndexedDB");

it("AS2 a repo opens again with text, heads and history", async () => {
  const { rows, storage } = createStorage();
  const repo = new Repo({ storage });
  const handle = repo.create<{ text: string }>({ text: "one" });
  for (const word of ["two", "three"]) {
    handle.change((note) => Automerge.splice(note, ["text"], note.text.length, 0, ` ${word}`));
    await repo.flush();
  }
  await repo.shutdown();
  const again = await new Repo({ storage }).find<{ text: string }>(handle.url);
  expect(again.doc().text).toBe("one two three");
  expect(again.heads()).toEqual(handle.heads());
  expect(again.history()).toEqual(handle.history());
  await rows.close();
});
