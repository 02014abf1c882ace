import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { isEqualBytes } from "#crypto/bytes.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { HostError } from "../errors.ts";
import { testRecord } from "../testing/logRecords.ts";
import { openDatabase } from "./database.ts";
import { databaseTidyBytesMin, databaseWalBytesMax } from "./limits.ts";
import { createSqliteLogStore, type SqliteLogStore } from "./sqliteLogStore.ts";

let folder: string;
let file: string;
const broken: HostError[] = [];
// Marks are hashes.
beforeAll(() => sodiumReady);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-db-"));
  file = join(folder, "log.sqlite");
  broken.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => openDatabase({ file, onBroken: (error) => void broken.push(error) });

it("is in WAL mode, flushed by us and shortened by us, and overwrites what is deleted", () => {
  const { writer } = open();
  const pragma = (name: string) => Object.values(writer.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect(pragma("journal_mode")).toBe("wal");
  // NORMAL: it flushes around a checkpoint, and at a commit we do.
  expect(pragma("synchronous")).toBe(1);
  expect(pragma("wal_autocheckpoint")).toBe(0);
  expect(pragma("secure_delete")).toBe(1);
});

describe("a flush", () => {
  const asked: PromiseWithResolvers<void>[] = [];
  beforeEach(() => {
    asked.length = 0;
  });
  const openSlow = () =>
    openDatabase({
      file,
      onBroken: (error) => void broken.push(error),
      openFlusher: () => ({
        flush: () => {
          const flush = Promise.withResolvers<void>();
          asked.push(flush);
          return flush.promise;
        },
        bytes: () => 0,
        close: () => Promise.resolve(),
      }),
    });
  const turn = () => pause(5);
  const untilAsked = (count: number) => vi.waitFor(() => expect(asked).toHaveLength(count), 20_000);

  it("comes before every acknowledgement, and before anybody sees what it is about", async () => {
    const store = createSqliteLogStore(openSlow());
    const { vault, doc } = testRecord(0, 1);
    const said: string[] = [];
    void store.append(testRecord(0, 1)).then(() => said.push("first"));
    await untilAsked(1);
    // Two that come meanwhile wait for the next, together, and are not committed before this one is over.
    void store.append(testRecord(0, 2)).then(() => said.push("second"));
    void store.append(testRecord(1, 1)).then(() => said.push("third"));
    await turn();
    expect(said).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(store.head(vault, doc)).toBe(0);
    asked[0]?.resolve();
    await untilAsked(2);
    expect(said).toEqual(["first"]);
    expect(store.head(vault, doc)).toBe(1);
    asked[1]?.resolve();
    await vi.waitFor(() => expect(said).toHaveLength(3), 20_000);
    expect(said).toEqual(["first", "second", "third"]);
    expect(store.head(vault, doc)).toBe(2);
    await store.close();
  });

  it("that fails acknowledges nothing, shows nothing, and is never tried again", async () => {
    const store = createSqliteLogStore(openSlow());
    const { vault, doc } = testRecord(0, 1);
    const first = store.append(testRecord(0, 1));
    await untilAsked(1);
    const second = store.append(testRecord(0, 2));
    const outcomes = Promise.allSettled([first, second]);
    asked[0]?.reject(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }));
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(store.append(testRecord(1, 1))).rejects.toMatchObject({ code: "database" });
    expect(asked).toHaveLength(1);
    expect(broken.map(({ message }) => message).join()).toContain("fdatasync");
    expect(store.head(vault, doc)).toBe(0);
    await store.close();
  });

  it("is SQLite's own when the write-ahead log has grown long; the log begins anew in its room, and readers go on", async () => {
    const store = createSqliteLogStore(openSlow());
    const { vault, doc } = testRecord(0, 1);
    const length = (): number => statSync(`${file}-wal`).size;
    const large = { envelope: new Uint8Array(databaseWalBytesMax / 4) };
    await Promise.all([1, 2, 3, 4].map((counter) => store.append({ ...testRecord(0, counter), ...large })));
    expect(asked).toHaveLength(0);
    expect(store.head(vault, doc)).toBe(4);
    expect(length()).toBeGreaterThan(databaseWalBytesMax);
    const next = store.append(testRecord(0, 5));
    await untilAsked(1);
    // What it may hold, and no more is given back.
    expect(length()).toBe(databaseWalBytesMax);
    asked[0]?.resolve();
    await next;
    expect(store.head(vault, doc)).toBe(5);
    await store.close();
  });
});

it("takes the write-ahead log into the file when it is quiet, and not before", async () => {
  const database = open();
  const store = createSqliteLogStore(database);
  const { vault, doc } = testRecord(0, 1);
  for (let counter = 1; counter <= 8; counter++)
    await store.append({ ...testRecord(0, counter), envelope: new Uint8Array(400_000) });
  const length = (): number => statSync(`${file}-wal`).size;
  expect(length()).toBeGreaterThan(databaseTidyBytesMin);
  database.tidy();
  expect(length()).toBeGreaterThan(databaseTidyBytesMin);
  database.tidy();
  expect(length()).toBe(0);
  expect(store.head(vault, doc)).toBe(8);
  await store.append(testRecord(0, 9));
  expect(store.head(vault, doc)).toBe(9);
  await store.close();
});

it("keeps every acknowledged append over 20 kills at random moments", { timeout: 60_000 }, async () => {
  const acknowledged = new Map<number, number>();
  for (let kill = 1; kill <= 20; kill++) {
    for (const [author, counter] of await appendUntilKilled(20 + randomInt(180))) {
      acknowledged.set(author, Math.max(counter, acknowledged.get(author) ?? 0));
    }
    const store = createSqliteLogStore(open());
    for (const [author, counter] of acknowledged) {
      const { vault, doc } = testRecord(author, 1);
      const entries = [];
      for (
        let page = store.read(vault, doc, 0, 1e6);
        page.length > 0;
        page = store.read(vault, doc, page.at(-1)?.seq ?? 0, 1e6)
      )
        entries.push(...page);
      expect(entries.length).toBeGreaterThanOrEqual(counter);
      // And nothing but what was sent, each in its place, once.
      const misplaced = entries.filter(
        ({ seq, envelope }, index) => seq !== index + 1 || !isEqualBytes(envelope, testRecord(author, seq).envelope),
      );
      expect(misplaced).toEqual([]);
    }
    await store.close();
  }
  const total = [...acknowledged.values()].reduce((sum, counter) => sum + counter, 0);
  // A test that never got to append would prove nothing.
  expect(total).toBeGreaterThan(200);
  expect(broken).toEqual([]);
});

/** What one life of the writer acknowledged, by its own word. */
async function appendUntilKilled(afterMs: number): Promise<readonly (readonly [number, number])[]> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, "../testing/appendForever.ts"), file], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  const begun = new Promise<void>((resolve) => {
    writer.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      resolve();
    });
    writer.once("exit", () => resolve());
  });
  const gone = new Promise<void>((resolve) => writer.once("close", () => resolve()));
  await begun;
  await pause(afterMs);
  writer.kill("SIGKILL");
  await gone;
  // A last line that was cut off was not yet said.
  const lines = printed
    .slice(0, printed.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean);
  expect(lines.length).toBeGreaterThan(0);
  return lines.map((line) => {
    const [author = "", counter = "", kind] = line.split(" ");
    expect(kind).toBe("stored");
    return [Number(author), Number(counter)] as const;
  });
}

it("shares one flush among all appends of a turn", async () => {
  let flushes = 0;
  const database = openDatabase({
    file,
    onBroken: () => undefined,
    openFlusher: () => ({
      flush: () => {
        flushes += 1;
        return Promise.resolve();
      },
      bytes: () => 0,
      close: () => Promise.resolve(),
    }),
  });
  const store = createSqliteLogStore(database);
  const outcomes = await Promise.all(
    Array.from({ length: 2_000 }, (_, index) => store.append(testRecord(0, index + 1))),
  );
  expect(outcomes.every((outcome) => outcome.kind === "stored")).toBe(true);
  // The first goes at once, the others while it is flushed.
  expect(flushes).toBeGreaterThan(0);
  expect(flushes).toBeLessThanOrEqual(2);
  await store.close();
});

it("shows nothing to readers before it is on the disk", async () => {
  const store = createSqliteLogStore(open());
  const { vault, doc, author } = testRecord(0, 1);
  const appended = store.append(testRecord(0, 1));
  expect(store.head(vault, doc)).toBe(0);
  expect(store.envelopeOf(vault, doc, author, 1)).not.toBeNull();
  await appended;
  expect(store.head(vault, doc)).toBe(1);
  await store.close();
});

describe("a file that cannot be used is left as it is, with a sentence", () => {
  const refusal = (): HostError => {
    try {
      open();
    } catch (error) {
      if (error instanceof HostError) return error;
      throw error;
    }
    throw new Error("It was opened.");
  };
  const fill = async (): Promise<void> => {
    const store = createSqliteLogStore(open());
    for (let counter = 1; counter <= 400; counter++) await store.append(testRecord(0, counter));
    await store.close();
  };

  it.each([
    ["something else", () => writeFileSync(file, "This is a letter, and not a short one at that.\n".repeat(200))],
    ["a torn header", () => writeFileSync(file, readFileSync(file).fill(0, 0, 100))],
    ["pages of noise", () => writeFileSync(file, readFileSync(file).fill(0xa5, 4_096 * 3, 4_096 * 9))],
    ["a file cut short", () => truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096)],
  ])("%s", async (_name, damage) => {
    await fill();
    damage();
    const before = readFileSync(file);
    const error = refusal();
    expect(error.code).toBe("corrupt");
    expect(error.ownerSentence).toContain(file);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("a later version's", () => {
    const later = new DatabaseSync(file);
    later.exec("PRAGMA user_version = 99");
    later.close();
    expect(refusal().code).toBe("newer");
  });

  it("a folder that is not there", () => {
    file = join(folder, "gone", "log.sqlite");
    expect(refusal().code).toBe("database");
    expect(existsSync(join(folder, "gone"))).toBe(false);
  });
});

it("says full when the disk is, loses nothing that was acknowledged, and goes on when there is room", async () => {
  const database = open();
  const store = createSqliteLogStore(database);
  await store.append(testRecord(0, 1));
  const pages = Number(database.writer.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.writer.exec(`PRAGMA max_page_count = ${pages + 1}`);
  let stored = 1;
  const failure = await (async () => {
    for (;;) {
      try {
        await store.append({ ...testRecord(0, stored + 1), envelope: new Uint8Array(3_000) });
        stored += 1;
      } catch (error) {
        return error;
      }
    }
  })();
  expect(failure).toMatchObject({ code: "full" });
  expect(broken).toEqual([]);
  database.writer.exec("PRAGMA max_page_count = 100000");
  expect(await store.append(testRecord(0, stored + 1))).toMatchObject({ kind: "stored" });
  const { vault, doc } = testRecord(0, 1);
  expect(store.read(vault, doc, 0, 1e6)).toHaveLength(stored + 1);
  await store.close();
});

it("LG22 a log from before snapshots keeps all it holds, and can be shortened from then on", async () => {
  const first = createSqliteLogStore(open());
  await first.append(testRecord(1, 1));
  await first.close();
  const older = new DatabaseSync(file);
  older.exec("DROP TABLE snapshot; DROP TABLE coverage; DROP TABLE mark;");
  for (const change of ["added", "changed", "gone"]) older.exec(`DROP TRIGGER usage_${change}`);
  older.exec("DROP TABLE usage; ALTER TABLE envelope DROP COLUMN mark; PRAGMA user_version = 1");
  older.close();
  const store = createSqliteLogStore(open());
  const { vault, doc, author } = testRecord(1, 1);
  expect(store.read(vault, doc, 0, 1e6)).toHaveLength(1);
  // What that log was is known from the next envelope on.
  expect(store.mark(vault, doc, 1)).toBeNull();
  await store.append(testRecord(1, 2));
  const mark = store.mark(vault, doc, 2)!.hash;
  const coverage = [{ author, counter: 2, hash: testRecord(1, 2).hash }];
  const compaction = { kind: "snapshot" as const, cursor: 2, mark, coverage, isAlone: false, nowMs: 0 };
  await store.append({ ...testRecord(1, 3), compaction });
  expect(store.read(vault, doc, 0, 1e6, true)).toHaveLength(1);
  expect(store.read(vault, doc, 0, 1e6)).toHaveLength(3);
  await store.close();
});

it("LG23 a log whose marks stood in a table of their own keeps them, and goes on from them", async () => {
  const { vault, doc } = testRecord(1, 1);
  const marksOf = (store: SqliteLogStore): unknown[] =>
    [1, 2, 3, 4].map((seq) => store.mark(vault, doc, seq)?.hash ?? null);
  const first = createSqliteLogStore(open());
  for (const counter of [1, 2, 3, 4]) await first.append(testRecord(1, counter));
  const marks = marksOf(first);
  await first.close();
  const older = new DatabaseSync(file);
  older.exec(`DELETE FROM envelope WHERE seq = 4; UPDATE doc SET head = 3; UPDATE tip SET counter = 3;
    INSERT INTO mark (doc, seq, hash) SELECT doc, seq, mark FROM envelope;
    ALTER TABLE envelope DROP COLUMN mark; PRAGMA user_version = 3`);
  older.prepare("UPDATE tip SET hash = ?").run(testRecord(1, 3).hash);
  older.close();
  const store = createSqliteLogStore(open());
  expect(marksOf(store)).toEqual([...marks.slice(0, 3), null]);
  await store.append(testRecord(1, 4));
  expect(marksOf(store)).toEqual(marks);
  await store.close();
});

it("what a full disk took back is not gone on from", async () => {
  const database = open();
  const store = createSqliteLogStore(database);
  expect(await store.append(testRecord(1, 1))).toMatchObject({ kind: "stored" });
  // One is written, the next finds no room in the same transaction: both are taken back.
  const pages = Number(database.writer.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.writer.exec(`PRAGMA max_page_count = ${pages + 1}`);
  const both = await Promise.allSettled([
    store.append(testRecord(1, 2)),
    store.append({ ...testRecord(1, 3), envelope: new Uint8Array(100_000) }),
  ]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  database.writer.exec("PRAGMA max_page_count = 100000");
  expect(await store.append(testRecord(1, 3))).toEqual({ kind: "conflict", expected: 2 });
  expect(await store.append(testRecord(1, 2))).toEqual({ kind: "stored", seq: 2 });
  const { vault, doc } = testRecord(1, 1);
  expect(store.head(vault, doc)).toBe(2);
  await store.close();
});

it("knows what each author's envelopes take, whatever is stored, replaced, shortened or was there before", async () => {
  const database = open();
  const store = createSqliteLogStore(database);
  const { vault } = testRecord(1, 1);
  const counted = (): unknown =>
    database.reader
      .prepare("SELECT author, SUM(LENGTH(envelope)) AS bytes FROM envelope GROUP BY author ORDER BY author")
      .all();
  const kept = (): unknown =>
    database.reader.prepare("SELECT author, bytes FROM usage WHERE bytes > 0 ORDER BY author").all();
  for (const author of [1, 2])
    for (let counter = 1; counter <= 5; counter++) await store.append(testRecord(author, counter));
  expect(kept()).toEqual(counted());
  expect([...store.usageOf(vault).values()]).toEqual([160, 160]);
  await store.append({ ...testRecord(1, 6), replacesOwn: true });
  expect(kept()).toEqual(counted());
  expect([...store.usageOf(vault).values()].sort()).toEqual([160, 64]);
  database.writer.exec(
    "UPDATE envelope SET envelope = x'00' WHERE counter = 2; DELETE FROM envelope WHERE counter = 3",
  );
  expect(kept()).toEqual(counted());
  database.writer.exec(
    "DROP TABLE usage; DROP TRIGGER usage_added; DROP TRIGGER usage_changed; DROP TRIGGER usage_gone",
  );
  database.writer.exec("ALTER TABLE envelope DROP COLUMN mark; PRAGMA user_version = 2");
  await store.close();
  const migrated = open();
  expect(migrated.reader.prepare("SELECT author, bytes FROM usage ORDER BY author").all()).toEqual(
    migrated.reader
      .prepare("SELECT author, SUM(LENGTH(envelope)) AS bytes FROM envelope GROUP BY author ORDER BY author")
      .all(),
  );
  await migrated.close();
});
