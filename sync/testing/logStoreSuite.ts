/** The contract of `LogStore`, run on every adapter: `describeLogStore("SQLite", …)` in the adapter's own test file. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { aloneKeepMs, coveredHashesKept } from "../limits.ts";
import type { Compaction, LogRecord, LogStore } from "../log.ts";

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
/** In a record: the mark that the log has when it is appended. */
const NO_MARK = filled(16, 0);

export function describeLogStore(name: string, create: () => Promise<LogStoreFixture>): void {
  describe(`LogStore on ${name}`, () => {
    let fixture: LogStoreFixture | null = null;
    const open = async (): Promise<LogStore> => {
      fixture = await create();
      return fixture.store;
    };
    beforeAll(() => sodiumReady);
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

    it("LG23 two logs have the same mark at a seq when all before it was the same, and no other", async () => {
      const store = await open();
      const records = chain(author, 6);
      await appendAll(store, records);
      await appendAll(
        store,
        chain(otherAuthor, 6).map((record) => ({ ...record, doc: otherDoc })),
      );
      const marks = [1, 2, 3, 4, 5, 6].map((seq) => store.mark(vault, doc, seq)?.hash);
      expect(new Set(marks.map(String)).size).toBe(6);
      expect(store.mark(vault, otherDoc, 3)?.hash).not.toEqual(marks[2]);
      expect(store.mark(vault, doc, 7)).toBeNull();
      expect(store.mark(vault, doc, 0)).toBeNull();
      expect(store.mark(otherVault, doc, 1)).toBeNull();
      await fixture?.dispose();
      // The same beginning, and then something else before what comes again.
      const again = await open();
      await appendAll(again, records.slice(0, 3));
      await appendAll(again, [at(chain(otherAuthor, 1), 0), ...records.slice(3, 5)]);
      expect([1, 2, 3].map((seq) => again.mark(vault, doc, seq)?.hash)).toEqual(marks.slice(0, 3));
      expect([5, 6].map((seq) => again.mark(vault, doc, seq)?.hash)).not.toEqual(marks.slice(4, 6));
    });

    it("LG23 what a FINAL replaces has no mark any more, and all after it does", async () => {
      const store = await open();
      const records = chain(author, 5);
      await appendAll(store, records.slice(0, 3));
      const before = store.mark(vault, doc, 1);
      await appendAll(store, [{ ...at(records, 3), replacesOwn: true }, at(records, 4)]);
      expect([1, 2, 3, 4, 5].map((seq) => store.mark(vault, doc, seq)?.seq ?? null)).toEqual([1, null, null, 4, 5]);
      expect(store.mark(vault, doc, 1)).toEqual(before);
    });

    describe("snapshots", () => {
      /** More than the hashes kept, so that some are really gone. */
      const many = coveredHashesKept + 8;
      const withSnapshot = (
        records: readonly LogRecord[],
        index: number,
        cursor: number,
        changes: Partial<Extract<Compaction, { kind: "snapshot" }>> = {},
      ): LogRecord => {
        const { counter, hash } = at(records, index - 1);
        const coverage = [{ author, counter, hash }];
        const facts = {
          kind: "snapshot" as const,
          cursor,
          mark: NO_MARK,
          coverage,
          isAlone: false,
          nowMs: 0,
          ...changes,
        };
        return { ...at(records, index), compaction: facts };
      };
      const beacon = (record: LogRecord, snapshot: LogRecord): LogRecord => ({
        ...record,
        compaction: { kind: "beacon", snapshot: snapshot.hash },
      });
      const read = (store: LogStore, isFresh = false): Buffer[] =>
        store.read(vault, doc, 0, PAGE_BYTES, isFresh).map(({ envelope }) => Buffer.from(envelope));
      const bytesOf = (...records: readonly LogRecord[]): Buffer[] =>
        records.map(({ envelope }) => Buffer.from(envelope));
      /** `many` envelopes, a snapshot, three more and the second snapshot. */
      const writeTwo = async (
        store: LogStore,
        changes: Partial<Extract<Compaction, { kind: "snapshot" }>> = {},
      ): Promise<LogRecord[]> => {
        const records = chain(author, many + 6);
        await appendAll(store, records.slice(0, many));
        records[many] = withSnapshot(records, many, many, changes);
        await appendAll(store, records.slice(many, many + 4));
        records[many + 4] = withSnapshot(records, many + 4, many + 4, changes);
        await appendAll(store, [at(records, many + 4)]);
        return records;
      };

      it("LG14 nothing is deleted before another device has confirmed", async () => {
        const store = await open();
        const records = await writeTwo(store);
        expect(read(store)).toEqual(bytesOf(...records.slice(0, many + 5)));
        // Its own author confirms nothing, and neither does a beacon for something else.
        await appendAll(store, [beacon(at(records, many + 5), at(records, many))]);
        await appendAll(store, [beacon(at(chain(otherAuthor, 1), 0), at(records, 3))]);
        expect(read(store)).toHaveLength(many + 7);
      });

      it("LG15 confirmed, what the older of the last two covers goes; it stays itself, and all after it", async () => {
        const store = await open();
        const records = await writeTwo(store);
        const confirming = beacon(at(chain(otherAuthor, 1), 0), at(records, many));
        await appendAll(store, [confirming]);
        expect(read(store)).toEqual(bytesOf(...records.slice(many, many + 5), confirming));
        expect(store.head(vault, doc)).toBe(many + 6);
        // What the log was stays known.
        expect(store.mark(vault, doc, 2)?.seq).toBe(2);
        // The chain goes on.
        await appendAll(store, [at(records, many + 5)]);
      });

      it("LG15 the newest is never the one to delete by, however well it is confirmed", async () => {
        const store = await open();
        const records = await writeTwo(store);
        await appendAll(store, [beacon(at(chain(otherAuthor, 1), 0), at(records, many + 4))]);
        expect(read(store)).toHaveLength(many + 6);
      });

      it("LG16 with one device it takes a week", async () => {
        for (const [ageMs, expected] of [
          [aloneKeepMs - 1, many + 6],
          [aloneKeepMs, 2],
        ] as const) {
          const store = await open();
          const records = await writeTwo(store, { isAlone: true });
          const last = withSnapshot(records, many + 5, many + 5, { isAlone: true, nowMs: ageMs });
          await appendAll(store, [{ ...last, compaction: { ...last.compaction!, cursor: many + 5 } as Compaction }]);
          expect(read(store), `after ${ageMs} ms`).toHaveLength(expected);
          await fixture?.dispose();
          fixture = null;
        }
      });

      it("LG17 a snapshot that is not of the log as it stands deletes nothing", async () => {
        const wrong: Partial<Extract<Compaction, { kind: "snapshot" }>>[] = [
          { cursor: many - 1 },
          { cursor: many + 1 },
          { mark: filled(16, 9) },
          { coverage: [{ author, counter: many, hash: filled(32, 9) }] },
          { coverage: [{ author, counter: many - 1, hash: at(chain(author, many), many - 2).hash }] },
          { coverage: [{ author: otherAuthor, counter: 1, hash: filled(32, 9) }] },
        ];
        for (const changes of wrong) {
          const store = await open();
          const records = chain(author, many + 6);
          await appendAll(store, records.slice(0, many));
          const outdated = withSnapshot(records, many, many, changes);
          await appendAll(store, [outdated, ...records.slice(many + 1, many + 4)]);
          await appendAll(store, [withSnapshot(records, many + 4, many + 4)]);
          await appendAll(store, [beacon(at(chain(otherAuthor, 1), 0), outdated)]);
          expect(read(store), JSON.stringify(changes)).toHaveLength(many + 6);
          await fixture?.dispose();
          fixture = null;
        }
      });

      it("LG18 who has nothing is sent the newest snapshot instead of what it covers, and REKEYs and others' envelopes", async () => {
        const store = await open();
        const records = chain(author, 6);
        records[0] = withKind(at(records, 0), 3, { kind: "keep" });
        await appendAll(store, records.slice(0, 3));
        const uncovered = at(chain(otherAuthor, 1), 0);
        await appendAll(store, [uncovered]);
        const snapshot = withSnapshot(records, 3, 4);
        await appendAll(store, [snapshot, at(records, 4)]);
        const expected = bytesOf(at(records, 0), uncovered, snapshot, at(records, 4));
        expect(read(store, true)).toEqual(expected);
        expect(read(store)).toHaveLength(6);
        expect(store.read(vault, doc, 1, 1, true).map(({ envelope }) => Buffer.from(envelope))).toEqual(
          bytesOf(uncovered),
        );
      });

      it("LG19 a REKEY is never deleted", async () => {
        const store = await open();
        const records = chain(author, many + 6);
        records[0] = withKind(at(records, 0), 3, { kind: "keep" });
        await appendAll(store, records.slice(0, many));
        await appendAll(store, [withSnapshot(records, many, many), ...records.slice(many + 1, many + 4)]);
        await appendAll(store, [withSnapshot(records, many + 4, many + 4)]);
        await appendAll(store, [beacon(at(chain(otherAuthor, 1), 0), at(records, many))]);
        expect(read(store)[0]).toEqual(Buffer.from(at(records, 0).envelope));
        expect(read(store)).toHaveLength(7);
      });

      it("LG20 a covered envelope that a device repeats is answered like the first time, another in its place is not", async () => {
        const store = await open();
        const records = await writeTwo(store);
        await appendAll(store, [beacon(at(chain(otherAuthor, 1), 0), at(records, many))]);
        const last = at(records, many - 1);
        expect(await store.append(last)).toEqual({ kind: "repeated", seq: many });
        expect((await store.append({ ...last, hash: filled(32, 99) })).kind).toBe("conflict");
      });

      it("LG21 a power cut leaves the log as it was before or after: all of it, or the snapshot in its place", async () => {
        const store = await open();
        if (fixture?.reopen === undefined) return;
        const records = await writeTwo(store);
        const confirming = beacon(at(chain(otherAuthor, 1), 0), at(records, many));
        const underWay = store.append(confirming);
        const before = await fixture.reopen();
        expect(read(before)).toHaveLength(many + 5);
        await before.close();
        await underWay;
        const after = await fixture.reopen();
        expect(read(after)).toEqual(bytesOf(...records.slice(many, many + 5), confirming));
        // What was there before still counts: the next snapshot and its beacon delete by the second one.
        await after.close();
      });
    });
  });
}

/** A store may know a kind by the envelope's second byte. */
function withKind(record: LogRecord, kind: number, compaction: Compaction): LogRecord {
  const envelope = record.envelope.slice();
  envelope[1] = kind;
  return { ...record, envelope, compaction };
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
    envelope[1] = 1;
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

function withMark(store: LogStore, record: LogRecord): LogRecord {
  const { compaction } = record;
  if (compaction?.kind !== "snapshot" || compaction.mark !== NO_MARK) return record;
  const mark = store.mark(record.vault, record.doc, store.head(record.vault, record.doc))?.hash ?? NO_MARK;
  return { ...record, compaction: { ...compaction, mark } };
}

async function appendAll(store: LogStore, records: readonly LogRecord[]): Promise<number[]> {
  const seqs: number[] = [];
  for (const record of records) {
    const outcome = await store.append(withMark(store, record));
    if (outcome.kind !== "stored") throw new Error(`expected stored, got ${outcome.kind}`);
    seqs.push(outcome.seq);
  }
  return seqs;
}
