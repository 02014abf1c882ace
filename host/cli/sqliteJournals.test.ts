import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { Doc } from "yjs";
import { runJournalStoreSuite } from "#sync/testing/journalStoreSuite.ts";
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

it("JS9 a commit waits for the flush; what comes meanwhile shares the next, and after one that failed nothing is called stored", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-journals-"));
  const flushes: PromiseWithResolvers<void>[] = [];
  const now = (): Promise<void> => {
    const flush = Promise.withResolvers<void>();
    flushes.push(flush);
    return flush.promise;
  };
  const store = openSqliteJournals(join(folder, "journals.sqlite"), { now, end: () => {} });
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
  commit(0, 2);
  await turn();
  expect([flushes.length, settled]).toEqual([2, ["0 stored", "1 failed", "2 failed", "0 failed"]]);
  store.close();
  rmSync(folder, { recursive: true });
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
