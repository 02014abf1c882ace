import "fake-indexeddb/auto";
import { beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { createLocalKey, localName, sealLocal } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { openJournal, type Journal, type JournalOptions } from "./journal.ts";
import { openLifeboat } from "./lifeboat.ts";
import { localPieceBytes } from "./limits.ts";
import { noPause } from "./ports.ts";

const newOptions = (): JournalOptions => ({
  store: indexedDbJournals,
  doc: docIdFromBytes(systemRandom(16)),
  localKey: createLocalKey(systemRandom),
  random: systemRandom,
  lifeboat: null,
  pause: noPause,
});
const envelope = (value: number): Uint8Array => new Uint8Array(200).fill(value);

beforeAll(() => sodiumReady);

async function reopened<T>(options: JournalOptions, look: (journal: Journal) => T): Promise<T> {
  const journal = await openJournal(options);
  const seen = look(journal);
  await journal.close();
  return seen;
}

describe("the journal on unmodified y-indexeddb", () => {
  it("JR7 what was committed is there again, in its order, without the journal ever being closed", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    for (let value = 1; value <= 5; value++) journal.add(envelope(value));
    journal.setPlace(utf8ToBytes("place"));
    await journal.commit();
    const seen = await reopened(options, ({ entries, place, base }) => ({ entries: [...entries], place, base }));
    expect(seen.entries).toEqual([1, 2, 3, 4, 5].map(envelope));
    expect(seen.place).toEqual(utf8ToBytes("place"));
    expect(seen.base).toBeNull();
    await journal.close();
  });

  it("JR18 what was noted with a place holds until anything is added, another place is noted, or it is folded", async () => {
    const later: readonly ((journal: Journal) => void)[] = [
      (journal) => journal.add(envelope(3)),
      (journal) => journal.setPlace(utf8ToBytes("place")),
      (journal) => {
        journal.fold(utf8ToBytes("base"), () => false);
        journal.setPlace(utf8ToBytes("place"));
      },
    ];
    for (const change of later) {
      const options = newOptions();
      const journal = await openJournal(options);
      journal.together(() => {
        for (const value of [1, 2]) journal.add(envelope(value));
        journal.setPlace(utf8ToBytes("place"), utf8ToBytes("all of it"));
      });
      await journal.commit();
      await journal.close();
      const again = await openJournal(options);
      expect(again.settled).toEqual(utf8ToBytes("all of it"));
      change(again);
      await again.commit();
      await again.close();
      expect(await reopened(options, ({ settled }) => settled)).toBeNull();
    }
  });

  it("JR8 a fold is one row: entries, base and own envelopes change together", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    for (let value = 1; value <= 4; value++) journal.add(envelope(value));
    journal.setPlace(utf8ToBytes("place"));
    await journal.commit();
    const before = await rowsOf(options);
    journal.fold(utf8ToBytes("the base"), (held) => held[0] === 2 || held[0] === 3);
    journal.add(envelope(5));
    await journal.commit();
    expect((await rowsOf(options)).length).toBe(before.length + 2);
    await journal.close();
    const seen = await reopened(options, ({ entries, own, base, place }) => ({
      entries: [...entries],
      own: [...own],
      base,
      place,
    }));
    expect(seen).toEqual({
      entries: [envelope(5)],
      own: [envelope(2), envelope(3)],
      base: utf8ToBytes("the base"),
      place: null,
    });
  });

  it("JR9 a base that was changed on the disk does not open, and its place in the log is forgotten with it", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    journal.fold(utf8ToBytes("the base"), () => false);
    journal.setPlace(utf8ToBytes("place"));
    await journal.commit();
    await journal.close();
    const seen = await reopened({ ...options, localKey: options.localKey }, ({ base }) => base);
    expect(seen).toEqual(utf8ToBytes("the base"));
    const name = databaseName(options);
    const otherKey = { ...options, localKey: createLocalKey(systemRandom) };
    await copyDatabase(name, databaseName(otherKey));
    expect(await reopened(otherKey, ({ base, place }) => ({ base, place }))).toEqual({ base: null, place: null });
  });

  it("JR15 a large base is opened by pieces, with a pause after each; one that an earlier version kept whole still opens", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    const large = new Uint8Array(3 * localPieceBytes + 5).fill(7);
    journal.fold(large, () => false);
    await journal.commit();
    await journal.close();
    let pauses = 0;
    const pause = async (): Promise<void> => void (pauses += 1);
    expect(await reopened({ ...options, pause }, ({ base }) => base)).toEqual(large);
    expect(pauses).toBe(3);

    const earlier = newOptions();
    const held = new Y.Doc();
    const stored = await indexedDbJournals.open(databaseName(earlier), held);
    const sealed = sealLocal(earlier.localKey, `journal/base/${earlier.doc}`, utf8ToBytes("whole"), systemRandom);
    held.getMap("local").set("base", sealed);
    await stored.commit();
    await stored.close();
    const again = await openJournal(earlier);
    expect(again.base).toEqual(utf8ToBytes("whole"));
    again.fold(utf8ToBytes("newer"), () => false);
    await again.commit();
    await again.close();
    expect(await reopened(earlier, ({ base }) => base)).toEqual(utf8ToBytes("newer"));
  });

  it("JR10 a commit that finds rows missing stores the whole once more before it says so", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    await journal.commit();
    // The disk was full for one moment: the row's own transaction is aborted behind its back.
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase["transaction"]>) {
      const made = transaction.apply(this, args);
      IDBDatabase.prototype.transaction = transaction;
      queueMicrotask(() => made.abort());
      return made;
    };
    journal.add(envelope(1));
    await journal.commit();
    await journal.close();
    expect(await reopened(options, ({ entries }) => [...entries])).toEqual([envelope(1)]);
  });

  it("JR16 while the disk is full each commit is refused in words, and once it is not, all of it is there", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase["transaction"]>) {
      const made = transaction.apply(this, args);
      queueMicrotask(() => made.abort());
      return made;
    };
    for (const value of [1, 2, 3]) {
      journal.add(envelope(value));
      await expect(journal.commit()).rejects.toMatchObject({ name: "VaultError", code: "storage" });
    }
    expect(journal.uncommitted(), "the lifeboat would carry it").not.toBeNull();
    IDBDatabase.prototype.transaction = transaction;
    await journal.commit();
    expect(journal.uncommitted()).toBeNull();
    expect(journal.wasTaken(), "it was never gone").toBe(false);
    await journal.close();
    expect(await reopened(options, ({ entries }) => [...entries])).toEqual([1, 2, 3].map(envelope));
  });

  it("JR12 what a page that goes had not committed comes back by the lifeboat, once", async () => {
    const options = { ...newOptions(), lifeboat: await openLifeboat() };
    const journal = await openJournal(options);
    journal.add(envelope(1));
    await journal.commit();
    expect(journal.uncommitted()).toBeNull();
    // The browser aborts what the page was storing when it went.
    const { transaction } = IDBDatabase.prototype;
    const aborted: Promise<void>[] = [];
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase["transaction"]>) {
      const made = transaction.apply(this, args);
      aborted.push(new Promise((resolve) => made.addEventListener("abort", () => setTimeout(resolve))));
      queueMicrotask(() => made.abort());
      return made;
    };
    const expectedNoise = (): void => {};
    process.on("unhandledRejection", expectedNoise);
    journal.add(envelope(2));
    journal.add(envelope(3));
    IDBDatabase.prototype.transaction = transaction;
    const update = journal.uncommitted();
    options.lifeboat.leave(new Map(update === null ? [] : [[journal.name, update]]));
    await Promise.all(aborted);
    expect(aborted).toHaveLength(2);
    process.off("unhandledRejection", expectedNoise);

    const lifeboat = await openLifeboat();
    const entriesOf = ({ entries }: Journal): Uint8Array[] => [...entries];
    expect(await reopened({ ...options, lifeboat }, entriesOf)).toEqual([envelope(1), envelope(2), envelope(3)]);
    expect(await reopened({ ...options, lifeboat: null }, entriesOf), "it is in the journal itself now").toHaveLength(
      3,
    );
    expect(await reopened({ ...options, lifeboat: await openLifeboat() }, entriesOf), "once").toHaveLength(3);
    lifeboat.leave(new Map());
    expect((await openLifeboat()).find(journal.name)).toBeNull();
    await journal.close();
  });

  it("JR11 a database is named by a keyed hash: nothing on the disk names the doc", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    journal.add(envelope(1));
    await journal.commit();
    await journal.close();
    const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
    expect(names).toContain(databaseName(options));
    expect(names.some((name) => name.includes(options.doc))).toBe(false);
  });

  it("2,000 changes and a reload", async () => {
    const options = newOptions();
    const journal = await openJournal(options);
    for (let value = 0; value < 2_000; value++) journal.add(envelope(value % 256));
    await journal.commit();
    await journal.close();
    expect(await reopened(options, ({ entries }) => entries.length)).toBe(2_000);
  });
});

function databaseName(options: JournalOptions): string {
  return `sovereign-${localName(options.localKey, options.doc)}`;
}

async function rowsOf(options: JournalOptions): Promise<unknown[]> {
  const database = await openDatabase(databaseName(options));
  const rows = await settle(database.transaction("updates").objectStore("updates").getAll() as IDBRequest<unknown[]>);
  database.close();
  return rows;
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = await openDatabase(from);
  const rows = await settle(source.transaction("updates").objectStore("updates").getAll() as IDBRequest<unknown[]>);
  source.close();
  const target = await openDatabase(to);
  for (const row of rows) await settle(target.transaction("updates", "readwrite").objectStore("updates").add(row));
  target.close();
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("updates", { autoIncrement: true });
    request.result.createObjectStore("custom");
  };
  return settle(request);
}

function settle<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
