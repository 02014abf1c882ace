/** The contract of `LogStore`, run on every adapter: `describeLogStore("SQLite", …)` in the adapter's own test file. */
import { afterEach, describe, expect, it } from "vitest";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import type { LogRecord, LogStore } from "../log.ts";

export interface LogStoreFixture {
  readonly store: LogStore;
  /** Opens what is on stable storage anew, without closing first: as after a power cut. Absent where nothing is stable. */
  readonly reopen?: () => Promise<LogStore>;
  readonly dispose: () => Promise<void>;
}

const vault = vaultIdFromBytes(filled(32, 1));
const otherVault = vaultIdFromBytes(filled(32, 2));
const doc = docIdFromBytes(filled(16, 3));
const otherDoc = docIdFromBytes(filled(16, 4));
const author = authorIdFromBytes(filled(16, 5));
const otherAuthor = authorIdFromBytes(filled(16, 6));
const run = runIdFromBytes(filled(16, 7));
const PAGE_BYTES = 1_000_000;

export function describeLogStore(name: string, create: () => Promise<LogStoreFixture>): void {
  describe(`LogStore on ${name}`, () => {
    let fixture: LogStoreFixture | null = null;
    const open = async (): Promise<LogStore> => {
      fixture = await create();
      return fixture.store;
    };
    afterEach(async () => {
      await fixture?.dispose();
      fixture = null;
    });

    it("LG1 an unknown doc is empty", async () => {
      const store = await open();
      expect(store.read(vault, doc, 0, PAGE_BYTES)).toEqual([]);
      expect(store.head(vault, doc)).toBe(0);
    });

    it("LG2 envelopes come back byte for byte, in the order stored, with growing seqs", async () => {
      const store = await open();
      const records = chain(author, 5);
      const seqs = await appendAll(store, records);
      const entries = store.read(vault, doc, 0, PAGE_BYTES);
      expect(entries.map((entry) => entry.seq)).toEqual(seqs);
      expect(entries.map((entry) => Buffer.from(entry.envelope))).toEqual(
        records.map((record) => Buffer.from(record.envelope)),
      );
      expect(seqs[0]).toBeGreaterThanOrEqual(1);
      expect([...seqs].toSorted((a, b) => a - b)).toEqual(seqs);
      expect(new Set(seqs).size).toBe(5);
      expect(store.head(vault, doc)).toBe(seqs.at(-1));
    });

    it("LG3 a cursor skips what was read, and a page holds at least one entry", async () => {
      const store = await open();
      const seqs = await appendAll(store, chain(author, 4));
      expect(store.read(vault, doc, seqs[1] ?? 0, PAGE_BYTES).map((entry) => entry.seq)).toEqual(seqs.slice(2));
      expect(store.read(vault, doc, 0, 1).map((entry) => entry.seq)).toEqual(seqs.slice(0, 1));
      expect(store.read(vault, doc, seqs.at(-1) ?? 0, PAGE_BYTES)).toEqual([]);
    });

    it("LG4 the same envelope again is answered like the first time and not stored again", async () => {
      const store = await open();
      const records = chain(author, 3);
      const seqs = await appendAll(store, records);
      for (const [index, record] of records.entries()) {
        expect(await store.append(record)).toEqual({ kind: "repeated", seq: seqs[index] });
      }
      expect(store.read(vault, doc, 0, PAGE_BYTES)).toHaveLength(3);
    });

    it("LG5 a counter that is not the next is a conflict, and the answer names the next", async () => {
      const store = await open();
      const records = chain(author, 4);
      await appendAll(store, records.slice(0, 2));
      expect(await store.append(at(records, 3))).toEqual({ kind: "conflict", expected: 3 });
      expect(await store.append({ ...at(records, 1), hash: filled(32, 99), envelope: filled(40, 99) })).toEqual({
        kind: "conflict",
        expected: 3,
      });
      expect(await store.append(at(chain(otherAuthor, 2), 1))).toEqual({ kind: "conflict", expected: 1 });
      expect(store.read(vault, doc, 0, PAGE_BYTES)).toHaveLength(2);
    });

    it("LG6 the right counter on the wrong predecessor is a conflict", async () => {
      const store = await open();
      const records = chain(author, 2);
      await appendAll(store, records.slice(0, 1));
      expect(await store.append({ ...at(records, 1), prev: filled(32, 77) })).toEqual({
        kind: "conflict",
        expected: 2,
      });
      expect(await store.append({ ...at(chain(otherAuthor, 1), 0), prev: filled(32, 77) })).toEqual({
        kind: "conflict",
        expected: 1,
      });
    });

    it("LG7 authors have chains of their own, and so have docs", async () => {
      const store = await open();
      await appendAll(store, chain(author, 2));
      await appendAll(store, chain(otherAuthor, 2));
      await appendAll(store, chain(author, 2, otherDoc));
      expect(store.read(vault, doc, 0, PAGE_BYTES)).toHaveLength(4);
      expect(store.read(vault, otherDoc, 0, PAGE_BYTES)).toHaveLength(2);
    });

    it("LG8 a doc belongs to the vault that wrote first", async () => {
      const store = await open();
      await appendAll(store, chain(author, 1));
      const foreign = { ...at(chain(otherAuthor, 1), 0), vault: otherVault };
      expect(await store.append(foreign)).toEqual({ kind: "refused" });
      expect(store.read(otherVault, doc, 0, PAGE_BYTES)).toEqual([]);
      expect(store.head(otherVault, doc)).toBe(0);
    });

    it("LG9 a run is accepted once, whoever tries again", async () => {
      const store = await open();
      const first = { ...at(chain(author, 1), 0), accepts: run };
      expect((await store.append(first)).kind).toBe("stored");
      expect((await store.append(first)).kind).toBe("repeated");
      expect(await store.append({ ...at(chain(otherAuthor, 1), 0), accepts: run })).toEqual({ kind: "refused" });
      // Refused means that nothing of it stayed: the same author may still write.
      expect((await store.append(at(chain(otherAuthor, 1), 0))).kind).toBe("stored");
    });

    it("LG10 two accepts at once: one is stored", async () => {
      const store = await open();
      const outcomes = await Promise.all([
        store.append({ ...at(chain(author, 1), 0), accepts: run }),
        store.append({ ...at(chain(otherAuthor, 1), 0), accepts: run }),
      ]);
      expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(["refused", "stored"]);
    });

    it("LG11 a FINAL takes the place of its author's envelopes after the first, and of nobody else's", async () => {
      const store = await open();
      await appendAll(store, chain(otherAuthor, 2));
      const records = chain(author, 5);
      await appendAll(store, records.slice(0, 4));
      const head = store.head(vault, doc);
      const outcome = await store.append({ ...at(records, 4), replacesOwn: true });
      expect(outcome.kind).toBe("stored");
      const left = store.read(vault, doc, 0, PAGE_BYTES);
      expect(left.map((entry) => Buffer.from(entry.envelope))).toEqual(
        [...chain(otherAuthor, 2), at(records, 0), at(records, 4)].map((record) => Buffer.from(record.envelope)),
      );
      expect(left.at(-1)?.seq).toBeGreaterThan(head);
      expect(store.head(vault, doc)).toBe(left.at(-1)?.seq);
      // The chain goes on behind it.
      expect((await store.append(at(chain(author, 6), 5))).kind).toBe("stored");
    });

    it("LG12 many appends at once keep each chain in order", async () => {
      const store = await open();
      const a = chain(author, 50);
      const b = chain(otherAuthor, 50);
      const outcomes = await Promise.all(
        a.flatMap((record, index) => [store.append(record), store.append(at(b, index))]),
      );
      expect(outcomes.every((outcome) => outcome.kind === "stored")).toBe(true);
      expect(store.read(vault, doc, 0, PAGE_BYTES)).toHaveLength(100);
    });

    it("LG13 what was acknowledged is there after a power cut, with its chain and its accepted runs", async () => {
      const store = await open();
      if (fixture?.reopen === undefined) return;
      const records = chain(author, 4);
      await store.append({ ...at(records, 0), accepts: run });
      const seqs = await appendAll(store, records.slice(1, 3));
      const again = await fixture.reopen();
      expect(again.read(vault, doc, 0, PAGE_BYTES)).toHaveLength(3);
      expect(again.head(vault, doc)).toBe(seqs.at(-1));
      expect(await again.append({ ...at(chain(otherAuthor, 1), 0), accepts: run })).toEqual({ kind: "refused" });
      expect((await again.append(at(records, 3))).kind).toBe("stored");
      await again.close();
    });
  });
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** Records as a store sees them: it never looks inside an envelope, so any distinct bytes do. */
function chain(by: typeof author, length: number, of: typeof doc = doc): LogRecord[] {
  const records: LogRecord[] = [];
  let prev = filled(32, 0);
  for (let counter = 1; counter <= length; counter++) {
    const hash = Uint8Array.from({ length: 32 }, (_, index) =>
      index === 0 ? Number.parseInt(by.slice(0, 2), 16) : counter,
    );
    const envelope = Uint8Array.from({ length: 60 + counter }, (_, index) => (index * counter + hash[0]!) % 256);
    records.push({ vault, doc: of, author: by, counter, prev, hash, envelope, accepts: null, replacesOwn: false });
    prev = hash;
  }
  return records;
}

function at(records: readonly LogRecord[], index: number): LogRecord {
  const record = records[index];
  if (record === undefined) throw new RangeError("no such record");
  return record;
}

async function appendAll(store: LogStore, records: readonly LogRecord[]): Promise<number[]> {
  const seqs: number[] = [];
  for (const record of records) {
    const outcome = await store.append(record);
    if (outcome.kind !== "stored") throw new Error(`expected stored, got ${outcome.kind}`);
    seqs.push(outcome.seq);
  }
  return seqs;
}
