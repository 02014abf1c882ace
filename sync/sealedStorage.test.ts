/** The sealed storage under unmodified automerge-repo: its own acceptance tests, and what a thief and a bad disk find. */
import "fake-indexeddb/auto";
import * as A from "@automerge/automerge";
import {
  Repo,
  type AutomergeUrl,
  type DocHandle,
  type PeerId,
  type StorageAdapterInterface,
} from "@automerge/automerge-repo";
import { runStorageAdapterTests } from "@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "#crypto/bytes.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createIndexedDbRows } from "./indexedDbRows.ts";
import type { RowStore } from "./rowStore.ts";
import { createSealedStorage } from "./sealedStorage.ts";
import { createMemoryRowStore } from "./testing/memoryRowStore.ts";
import { createPairedNetwork } from "./testing/pairedNetwork.ts";
import { encodingsOf } from "./testing/testDevice.ts";

await sodiumReady;

interface Note {
  title: string;
  text: string;
}

const CANARY = "canary-7f3a91";
let databases = 0;
const createRows = (): { name: string; rows: RowStore } => {
  const name = `artifacts-${databases++}`;
  return { name, rows: createIndexedDbRows(name) };
};

function createDevice(rows: RowStore = createMemoryRowStore(), localKey = createLocalKey(systemRandom)) {
  const damaged: string[] = [];
  const onDamaged = (row: string): void => void damaged.push(row);
  const storage = createSealedStorage({ rows, localKey, random: systemRandom, onDamaged });
  return { rows, localKey, storage, damaged, createRepo: () => new Repo({ storage, saveDebounceRate: 1 }) };
}

/** What the adapter would be without its seal: the tests below must find with it what they must not find without. */
function createPlainStorage(rows: RowStore): StorageAdapterInterface {
  const named = (key: string[]): string => key.map((part) => `${part}/`).join("");
  return {
    load: async (key) => (await rows.get(named(key))) ?? undefined,
    save: (key, data) => rows.put(named(key), data),
    remove: (key) => rows.delete(named(key)),
    loadRange: async (prefix) =>
      (await rows.list(named(prefix))).map(({ name, value }) => ({ key: name.split("/").slice(0, -1), data: value })),
    removeRange: (prefix) => rows.deleteAll(named(prefix)),
  };
}

/** A document with a history: it is saved after each change, so that it lies in several chunks. */
async function writeNote(repo: Repo, text: string, edits = 6): Promise<DocHandle<Note>> {
  const handle = repo.create<Note>({ title: `${CANARY} title`, text });
  await repo.flush();
  for (let edit = 0; edit < edits; edit++) {
    handle.change((note) => A.splice(note, ["text"], 0, 0, `${edit} `));
    await repo.flush();
  }
  return handle;
}

const readNote = async (repo: Repo, url: AutomergeUrl): Promise<Note> => (await repo.find<Note>(url)).doc();

/** Everything in a database, however deep: names, keys, values. */
async function dumpDatabase(name: string): Promise<Buffer> {
  const found: Buffer[] = [Buffer.from(name)];
  const collect = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(Buffer.from(value));
    else if (typeof value === "string" || typeof value === "number") found.push(Buffer.from(String(value)));
    else if (typeof value === "object" && value !== null) {
      for (const part of [...Object.keys(value), ...Object.values(value)]) collect(part);
    }
  };
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settled(indexedDB.open(name));
  for (const store of database.objectStoreNames) {
    const rows = database.transaction(store).objectStore(store);
    const all: unknown[] = await Promise.all([settled(rows.getAllKeys()), settled(rows.getAll())]);
    collect(all);
  }
  database.close();
  return Buffer.concat(found);
}

describe("AS1 automerge-repo's own acceptance tests", () => {
  runStorageAdapterTests(async () => ({ adapter: createDevice().storage }), "sealed, in memory");
  runStorageAdapterTests(async () => {
    const { rows } = createRows();
    return { adapter: createDevice(rows).storage, teardown: () => void rows.close() };
  }, "sealed, in IndexedDB");
});

describe("a repo on sealed storage", () => {
  it("AS2 opens again with text, heads and history", async () => {
    const { rows } = createRows();
    const device = createDevice(rows);
    const first = device.createRepo();
    const written = await writeNote(first, "A long sentence to begin with.");
    const [heads, changes] = [A.getHeads(written.doc()), A.getAllChanges(written.doc()).length];
    await first.shutdown();

    const handle = await device.createRepo().find<Note>(written.url);
    expect(handle.doc()).toEqual(written.doc());
    expect(A.getHeads(handle.doc())).toEqual(heads);
    expect(A.getAllChanges(handle.doc())).toHaveLength(changes);
    const beginning = A.view(handle.doc(), A.topoHistoryTraversal(handle.doc()).slice(0, 1));
    expect(beginning.text).toBe("A long sentence to begin with.");
    const patches = A.diff(handle.doc(), A.getHeads(beginning), heads);
    expect(patches).toContainEqual({ action: "splice", path: ["text", 0], value: "5 4 3 2 1 0 " });
    expect(device.damaged).toEqual([]);
    await rows.close();
  });

  it("AS3 two tabs that write at once lose nothing: a third has both", async () => {
    const { rows } = createRows();
    const device = createDevice(rows);
    const [one, two] = [device.createRepo(), device.createRepo()];
    const mine = await writeNote(one, "middle");
    const theirs = await two.find<Note>(mine.url);
    mine.change((note) => A.splice(note, ["text"], 0, 0, "left "));
    theirs.change((note) => A.splice(note, ["text"], note.text.length, 0, " right"));
    await Promise.all([one.flush(), two.flush()]);
    const both = await readNote(device.createRepo(), mine.url);
    expect(both.text).toMatch(/^left .*middle right$/);
    await rows.close();
  });

  it("AS4 two devices edit apart, meet, and both keep the merge", async () => {
    const [laptop, phone] = [createDevice(), createDevice()];
    const connect = (): [Repo, Repo] => {
      const [one, two] = createPairedNetwork();
      return [
        new Repo({ storage: laptop.storage, network: [one], peerId: "laptop" as PeerId }),
        new Repo({ storage: phone.storage, network: [two], peerId: "phone" as PeerId }),
      ];
    };
    const [first, second] = connect();
    const { url } = await writeNote(first, "shared");
    expect((await readNote(second, url)).text).toMatch(/shared$/);
    await Promise.all([first.flush(), second.flush()]);
    await Promise.all([first.shutdown(), second.shutdown()]);

    for (const [device, word] of [
      [laptop, "laptop"],
      [phone, "phone"],
    ] as const) {
      const alone = device.createRepo();
      (await alone.find<Note>(url)).change((note) => A.splice(note, ["text"], 0, 0, `${word} `));
      await alone.flush();
      await alone.shutdown();
    }
    const [again, other] = connect();
    const handles = await Promise.all([again, other].map((repo) => repo.find<Note>(url)));
    await expect.poll(() => handles.map((handle) => A.getHeads(handle.doc()).length)).toEqual([2, 2]);
    expect(handles[0]!.doc()).toEqual(handles[1]!.doc());
    await Promise.all([again.flush(), other.flush()]);
    for (const device of [laptop, phone]) {
      const { text } = await readNote(device.createRepo(), url);
      expect(text).toContain("laptop ");
      expect(text).toContain("phone ");
    }
  });

  it("AS5 a document that was deleted leaves no row", async () => {
    const device = createDevice();
    const repo = device.createRepo();
    const kept = (await device.rows.list("")).length;
    const handle = await writeNote(repo, "short-lived");
    expect((await device.rows.list("")).length).toBeGreaterThan(kept);
    repo.delete(handle.documentId);
    await expect.poll(async () => (await device.rows.list("")).length).toBeLessThanOrEqual(1);
  });
});

describe("at rest", () => {
  it("AS6 a canary in text, title, document id or heads is found nowhere; unsealed, each is found", async () => {
    const search = async (storageOf: (rows: RowStore) => StorageAdapterInterface): Promise<readonly boolean[]> => {
      const { name, rows } = createRows();
      const repo = new Repo({ storage: storageOf(rows), saveDebounceRate: 1 });
      const handle = await writeNote(repo, `the word is ${CANARY}`);
      const id = await repo.storageSubsystem?.id();
      await repo.shutdown();
      await rows.close();
      const dump = await dumpDatabase(name);
      const [head = ""] = A.getHeads(handle.doc());
      const wanted = [CANARY, `${CANARY} title`, handle.documentId, "snapshot", "storage-adapter-id", id ?? ""];
      const isFound = (text: string): boolean => encodingsOf(text).some((form) => dump.includes(form));
      return [...wanted.map(isFound), dump.includes(Buffer.from(head, "hex")) || isFound(head)];
    };
    expect(await search((rows) => createDevice(rows).storage)).toEqual(Array.from({ length: 7 }, () => false));
    expect(await search(createPlainStorage)).toEqual(Array.from({ length: 7 }, () => true));
  });

  it("AS7 a changed chunk is refused and told, and the rest still loads", async () => {
    const device = createDevice();
    const repo = device.createRepo();
    // Small documents are saved as one snapshot each time; random text is long enough, deflated too, to get increments.
    const text = bytesToHex(systemRandom(4_000));
    const [hurt, whole] = [await writeNote(repo, text), await writeNote(repo, "untouched")];
    await repo.shutdown();
    const chunks = await device.storage.loadRange([hurt.documentId, "incremental"]);
    expect(chunks.length).toBeGreaterThan(1);
    const newest = await findRow(device, chunks.at(-1)!.data!);
    for (const at of [0, 24, newest.value.length - 1]) {
      const bent = newest.value.slice();
      bent[at]! ^= 1;
      device.damaged.length = 0;
      await device.rows.put(newest.name, bent);
      const next = device.createRepo();
      expect((await readNote(next, hurt.url)).text).toBe(`4 3 2 1 0 ${text}`);
      expect((await readNote(next, whole.url)).text).toBe("5 4 3 2 1 0 untouched");
      expect(new Set(device.damaged)).toEqual(new Set([newest.name]));
    }
    // What was refused stays: it is the owner's, and not ours to throw away.
    expect(await device.rows.get(newest.name)).not.toBeNull();
  });

  it("AS8 rows do not change places, and another device's key opens none", async () => {
    const device = createDevice();
    await device.storage.save(["doc", "incremental", "a"], Uint8Array.of(1));
    await device.storage.save(["doc", "incremental", "b"], Uint8Array.of(2));
    const [a, b] = await device.rows.list("");
    await device.rows.put(a!.name, b!.value);
    await device.rows.put(b!.name, a!.value);
    expect(await device.storage.loadRange(["doc"])).toEqual([]);
    expect(await device.storage.load(["doc", "incremental", "a"])).toBeUndefined();
    expect(device.damaged).toEqual([a!.name, b!.name, a!.name]);

    const stranger = createDevice(device.rows);
    expect(await stranger.storage.loadRange(["doc"])).toEqual([]);
    expect(await stranger.storage.loadRange([])).toEqual([]);
  });

  it("AS9 what is saved is sealed before the caller may change it", async () => {
    const device = createDevice();
    const data = Uint8Array.of(1, 2, 3);
    const saved = device.storage.save(["doc", "incremental", "a"], data);
    data.fill(0);
    await saved;
    expect(await device.storage.load(["doc", "incremental", "a"])).toEqual(Uint8Array.of(1, 2, 3));
  });
});

/** The row in which this chunk lies: the only one whose content comes back as it is. */
async function findRow({ rows, storage }: ReturnType<typeof createDevice>, data: Uint8Array) {
  const [all, opened] = [await rows.list(""), await storage.loadRange([])];
  const at = opened.findIndex((chunk) => bytesToHex(chunk.data ?? new Uint8Array(0)) === bytesToHex(data));
  return all[at]!;
}
