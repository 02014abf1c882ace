import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { Doc, encodeStateAsUpdate } from "yjs";
import { runJournalStoreSuite } from "#sync/testing/journalStoreSuite.ts";
import { rebuildJournals } from "./rebuildJournals.ts";
import { openSqliteJournals, type SqliteJournals } from "./sqliteJournals.ts";

function createPlace() {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-journals-"));
  const stores: SqliteJournals[] = [];
  return {
    file: join(folder, "journals.sqlite"),
    open: (): SqliteJournals => {
      const store = openSqliteJournals(join(folder, "journals.sqlite"));
      stores.push(store);
      return store;
    },
    dispose: () => {
      for (const store of stores) store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

runJournalStoreSuite("SQLite", { create: createPlace });

it("JS6 its files can be read by their owner alone", async () => {
  const place = createPlace();
  const held = new Doc();
  const stored = await place.open().open("one", held);
  held.getArray("entries").push([new Uint8Array(10)]);
  await stored.commit();
  for (const file of [place.file, `${place.file}-wal`, `${place.file}-shm`])
    expect(statSync(file).mode & 0o077).toBe(0);
  place.dispose();
});

it("JS7 a write that failed is whole again in the next commit", { timeout: 15_000 }, async () => {
  const place = createPlace();
  const held = new Doc();
  const stored = await place.open().open("one", held);
  const blocker = new DatabaseSync(place.file);
  blocker.exec("BEGIN IMMEDIATE");
  held.getArray("entries").push([Uint8Array.of(1)]);
  await expect(stored.commit()).rejects.toMatchObject({ code: "storage" });
  held.getArray("entries").push([Uint8Array.of(2)]);
  blocker.exec("ROLLBACK");
  blocker.close();
  await stored.commit();
  const again = new Doc();
  await place.open().open("one", again);
  expect(again.getArray("entries").toArray()).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  place.dispose();
});

it("JS9 a commit waits for the flush; what comes meanwhile shares the next, and none that failed is called stored", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-journals-"));
  const flushes: PromiseWithResolvers<void>[] = [];
  const now = (): Promise<void> => {
    const flush = Promise.withResolvers<void>();
    flushes.push(flush);
    return flush.promise;
  };
  const store = openSqliteJournals(join(folder, "journals.sqlite"), () => ({ now, end: () => {} }));
  const held = Array.from({ length: 3 }, () => new Doc());
  const stored = await Promise.all(held.map((doc, at) => store.open(`doc ${at}`, doc)));
  const settled: string[] = [];
  const commit = (at: number, value: number): void => {
    held[at]?.getArray("entries").push([Uint8Array.of(value)]);
    const note = (how: string) => () => void settled.push(`${at} ${how}`);
    void stored[at]?.commit().then(note("stored"), note("failed"));
  };
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  commit(0, 1);
  await turn();
  commit(1, 1);
  commit(2, 1);
  await turn();
  expect([flushes.length, settled]).toEqual([1, []]);
  flushes[0]?.resolve();
  await turn();
  expect([flushes.length, settled]).toEqual([2, ["0 stored"]]);
  flushes[1]?.reject(new Error("EIO"));
  await turn();
  expect([flushes.length, settled]).toEqual([2, ["0 stored", "1 failed", "2 failed"]]);
  store.close();
  rmSync(folder, { recursive: true });
});

/** The disk as it is after a power cut: what SQLite finds there, and no memory of it. */
async function afterPowerCut(file: string, name: string): Promise<unknown[]> {
  const cut = `${file}.cut`;
  for (const part of ["", "-wal"]) if (existsSync(file + part)) copyFileSync(file + part, cut + part);
  const store = openSqliteJournals(cut);
  const held = new Doc();
  await store.open(name, held);
  store.close();
  for (const part of ["", "-wal", "-shm"]) rmSync(cut + part, { force: true });
  return held.getArray("entries").toArray();
}

it("JS10 after a flush that failed all of it is stored anew: a page that the disk lost takes nothing with it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-journals-"));
  const file = join(folder, "journals.sqlite");
  const wal = `${file}-wal`;
  let flushedBytes = 0;
  let isFull = false;
  const store = openSqliteJournals(file, () => ({
    now: async () => {
      if (isFull) {
        // What was written since the last flush is gone, as the kernel leaves it: told once, and never again.
        const lost = statSync(wal).size - flushedBytes;
        const handle = openSync(wal, "r+");
        writeSync(handle, new Uint8Array(lost), 0, lost, flushedBytes);
        closeSync(handle);
        throw new Error("ENOSPC");
      }
      flushedBytes = statSync(wal).size;
    },
    end: () => {},
  }));
  const held = new Doc();
  const entries = held.getArray("entries");
  const stored = await store.open("one", held);
  // A journal that nobody has open lies in the file alone.
  const other = new Doc();
  const closed = await store.open("two", other);
  other.getArray("entries").push([Uint8Array.of(9)]);
  await closed.commit();
  await closed.close();
  entries.push([Uint8Array.of(1)]);
  await stored.commit();

  isFull = true;
  entries.push([Uint8Array.of(2)]);
  await expect(stored.commit()).rejects.toMatchObject({ code: "storage" });
  // There is no way to make it anew, either.
  mkdirSync(`${file}.rebuilding`);
  entries.push([Uint8Array.of(3)]);
  await expect(stored.commit()).rejects.toMatchObject({ code: "storage" });
  expect(await afterPowerCut(file, "one")).toEqual([Uint8Array.of(1)]);

  isFull = false;
  rmSync(`${file}.rebuilding`, { recursive: true });
  await stored.commit();
  entries.push([Uint8Array.of(4)]);
  await stored.commit();
  expect(await afterPowerCut(file, "one")).toEqual([1, 2, 3, 4].map((value) => Uint8Array.of(value)));
  expect(await afterPowerCut(file, "two")).toEqual([Uint8Array.of(9)]);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readdirSync(folder).filter((name) => name.includes("rebu"))).toEqual([]);
  await stored.close();
  store.close();
  rmSync(folder, { recursive: true });
});

it("JS11 killed while its file is made anew, it goes on from the old one, or from the new one once that is whole", async () => {
  const place = createPlace();
  const held = new Doc();
  const first = place.open();
  const stored = await first.open("one", held);
  held.getArray("entries").push([Uint8Array.of(1)]);
  await stored.commit();
  await stored.close();

  writeFileSync(`${place.file}.rebuilding`, "half of it");
  expect(await afterPowerCut(place.file, "one")).toEqual([Uint8Array.of(1)]);

  held.getArray("entries").push([Uint8Array.of(2)]);
  await rebuildJournals(place.file, () => [["one", encodeStateAsUpdate(held)]]);
  first.close();
  const again = new Doc();
  await place.open().open("one", again);
  expect(again.getArray("entries").toArray()).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  expect(existsSync(`${place.file}.rebuilt`)).toBe(false);
  place.dispose();
});

it("JS12 a file that was made anew holds nothing that is in none of its journals any more", async () => {
  const place = createPlace();
  const secret = new TextEncoder().encode("canary ".repeat(3_000));
  const first = place.open();
  const stored = await first.open("one", new Doc());
  await stored.close();
  const held = new Doc();
  const again = await first.open("one", held);
  held.getArray("entries").push([secret]);
  await again.commit();
  await again.close();
  await rebuildJournals(place.file, () => [["one", encodeStateAsUpdate(new Doc())]]);
  expect(readFileSync(`${place.file}.rebuilt`).includes("canary canary")).toBe(false);
  first.close();
  place.dispose();
});

it(
  "JS8 what several docs commit in one turn is one flush, and fails or stands for each of them",
  { timeout: 15_000 },
  async () => {
    const place = createPlace();
    const store = place.open();
    const held = Array.from({ length: 20 }, () => new Doc());
    const stored = await Promise.all(held.map((doc, at) => store.open(`doc ${at}`, doc)));
    const write = (value: number): void => held.forEach((doc) => doc.getArray("entries").push([Uint8Array.of(value)]));
    const counter = new DatabaseSync(place.file);
    const version = (): unknown => counter.prepare("PRAGMA data_version").get()?.["data_version"];

    write(1);
    const before = Number(version());
    const both = [...stored, ...stored].map((each) => each.commit());
    await Promise.all(both);
    expect(Number(version()) - before).toBe(1);

    counter.exec("BEGIN IMMEDIATE");
    write(2);
    const refused = await Promise.allSettled(stored.map((each) => each.commit()));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    counter.exec("ROLLBACK");
    counter.close();
    await Promise.all(stored.map((each) => each.commit()));
    for (const at of held.keys()) {
      const again = new Doc();
      await place.open().open(`doc ${at}`, again);
      expect(again.getArray("entries").toArray()).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    }
    place.dispose();
  },
);
