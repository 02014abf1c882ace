/**
 * store: durable appends a second, one at a time and 64 at once, and reading 100,000 back. Ours is the relay's whole log store: order, chain, marks,
 * quota's count and five indexes for each append. Beside it the bare engines, each with one table or none and the same rule: nothing is acknowledged
 * before it is on stable storage. PostgreSQL is a server of its own, as it is where it is used; it is measured where it is installed.
 */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LogRecord, LogStore } from "#sync/log.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openDatabase } from "../host/relay/database.ts";
import { createSqliteLogStore } from "../host/relay/sqliteLogStore.ts";
import { testRecord } from "../host/testing/logRecords.ts";
import { percentile } from "./collect.ts";
import type { Bench, Question } from "./question.ts";

const bytesEach = 452;
const writers = 64;

export interface Store {
  /** Resolves when it is on stable storage. */
  append(writer: number, counter: number): Promise<void>;
  /** How many there are. */
  readAll(): Promise<number>;
  close(): Promise<void>;
}

export const question: Question = {
  asks: "durable appends a second of 452 bytes, one at a time and 64 at once, and reading back",
  run: async (bench) => {
    await sodiumReady;
    const stores: Record<string, (file: string) => Promise<Store>> = {
      Sovereign: openOurs,
      "SQLite, one table": openSqlite,
      "file and fdatasync": openFile,
    };
    const postgres = await startPostgres(bench);
    if (postgres !== null) stores["PostgreSQL, one table"] = () => postgres.open(bytesEach);
    const wanted = Object.entries(stores).filter(([name]) => bench.wants(name));
    try {
      await appending(bench, wanted);
      await readingBack(bench, wanted);
    } finally {
      await postgres?.end();
    }
    bench.compare({ metric: "appends, 64 at once", ours: "Sovereign", theirs: "SQLite, one table", atLeast: 0.5 });
    bench.compare({ metric: "appends, one at a time", ours: "Sovereign", theirs: "SQLite, one table" });
    bench.compare({ metric: "appends, 64 at once", ours: "Sovereign", theirs: "file and fdatasync" });
    bench.compare({ metric: "appends, 64 at once", ours: "Sovereign", theirs: "PostgreSQL, one table" });
    bench.compare({ metric: "reading back", ours: "Sovereign", theirs: "SQLite, one table" });
    bench.compare({ metric: "reading back", ours: "Sovereign", theirs: "PostgreSQL, one table" });
  },
};

interface Postgres {
  open(bytesEach: number): Promise<Store>;
  end(): Promise<void>;
}

async function startPostgres(bench: Bench): Promise<Postgres | null> {
  if (!bench.wants("PostgreSQL, one table") || !bench.hasPeers("pg")) return null;
  const { startPostgres: start } = await import("./peers/postgres.mjs");
  const postgres: Postgres | null = await start();
  if (postgres === null) bench.say("PostgreSQL is not installed here, so it is not measured.");
  return postgres;
}

type Named = readonly [name: string, openStore: (file: string) => Promise<Store>];

async function appending(bench: Bench, stores: readonly Named[]): Promise<void> {
  for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 5); round++)
    for (const at of stores.keys()) {
      const [name, openStore] = stores[(at + round + 1) % stores.length] as Named;
      await measure(bench, name, openStore, round >= 0, join(bench.folder, `${name} ${round}`));
    }
}

/** The same stores, full: each has what 64 wrote by turns, and is read from end to end. */
async function readingBack(bench: Bench, stores: readonly Named[]): Promise<void> {
  const each = Math.ceil((bench.isQuick ? 640 : 100_000) / writers);
  const full: (readonly [name: string, store: Store])[] = [];
  for (const [name, openStore] of stores) {
    bench.say(`${name}: ${each * writers} to be read back`);
    const store = await openStore(join(bench.folder, `${name} full`));
    await appendAtOnce(store, each);
    full.push([name, store]);
  }
  for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 5); round++)
    for (const at of full.keys()) {
      const [name, store] = full[(at + round + 1) % full.length] as (typeof full)[number];
      const startedAt = performance.now();
      const count = await store.readAll();
      const ms = performance.now() - startedAt;
      if (count !== each * writers) throw new Error(`${name} has ${count} of ${each * writers}`);
      if (round >= 0) bench.note(name, "reading back", (1_000 * count) / ms, "/s");
    }
  for (const [, store] of full) await store.close();
}

export async function appendAtOnce(store: Store, each: number): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let counter = 1; counter <= each; counter++) await store.append(writer + 1, counter);
    }),
  );
}

async function measure(
  bench: Bench,
  name: string,
  openStore: (file: string) => Promise<Store>,
  isNoted: boolean,
  file: string,
): Promise<void> {
  const store = await openStore(file);
  const [single, each] = bench.isQuick ? [10, 5] : [200, 150];
  const times: number[] = [];
  for (let counter = 1; counter <= single; counter++) {
    const startedAt = performance.now();
    await store.append(0, counter);
    times.push(performance.now() - startedAt);
  }
  const startedAt = performance.now();
  await appendAtOnce(store, each);
  const ms = performance.now() - startedAt;
  const count = await store.readAll();
  await store.close();
  if (count !== single + writers * each) throw new Error(`${name} has ${count} of ${single + writers * each}`);
  for (const suffix of ["", "-wal", "-shm"]) await rm(file + suffix, { force: true });
  if (!isNoted) return;
  bench.note(name, "appends, one at a time", (1_000 * single) / times.reduce((sum, each) => sum + each, 0), "/s");
  bench.note(name, "append, p99", percentile(times, 0.99), "ms");
  bench.note(name, "appends, 64 at once", (1_000 * writers * each) / ms, "/s");
}

export async function openOurs(file: string): Promise<Store> {
  const store: LogStore = createSqliteLogStore(
    openDatabase({
      file,
      onBroken: (error) => {
        throw error;
      },
    }),
  );
  const seen = new Set<number>();
  const recordOf = createRecords();
  return {
    append: async (writer, counter) => {
      seen.add(writer);
      const { kind } = await store.append(recordOf(writer, counter));
      if (kind !== "stored") throw new Error(`an append was ${kind}`);
    },
    readAll: async () => {
      let count = 0;
      for (const writer of seen) {
        const { vault, doc } = recordOf(writer, 1);
        for (let page = store.read(vault, doc, 0, 262_144); page.length > 0;) {
          count += page.length;
          page = store.read(vault, doc, page.at(-1)?.seq ?? 0, 262_144);
        }
      }
      return count;
    },
    close: () => store.close(),
  };
}

/** What a relay would have read of envelopes. Their hashes are numbers: hashing is neither the store's work nor to grow with how many there are. */
function createRecords(): (writer: number, counter: number) => LogRecord {
  const envelope = new Uint8Array(bytesEach).fill(9);
  const firsts = new Map<number, LogRecord>();
  const hashOf = (writer: number, counter: number): Uint8Array => {
    const hash = new Uint8Array(32);
    if (counter > 0) new Uint32Array(hash.buffer).set([writer + 1, counter]);
    return hash;
  };
  return (writer, counter) => {
    const first = firsts.get(writer) ?? testRecord(writer, 1);
    firsts.set(writer, first);
    return { ...first, counter, prev: hashOf(writer, counter - 1), hash: hashOf(writer, counter), envelope };
  };
}

/** SQLite by the book: WAL, `synchronous=FULL`, all appends of a turn in one transaction. */
async function openSqlite(file: string): Promise<Store> {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON");
  database.exec("CREATE TABLE log (writer INTEGER, counter INTEGER, body BLOB, PRIMARY KEY (writer, counter))");
  const insert = database.prepare("INSERT INTO log VALUES (?, ?, ?)");
  const body = new Uint8Array(bytesEach).fill(9);
  let waiting: (() => void)[] = [];
  return {
    append: (writer, counter) =>
      new Promise((resolve) => {
        if (waiting.length === 0) {
          database.exec("BEGIN IMMEDIATE");
          setImmediate(() => {
            database.exec("COMMIT");
            const stored = waiting;
            waiting = [];
            for (const settle of stored) settle();
          });
        }
        insert.run(writer, counter, body);
        waiting.push(resolve);
      }),
    readAll: async () => database.prepare("SELECT writer, counter, body FROM log").all().length,
    close: async () => database.close(),
  };
}

/** The least that durability can cost: what came meanwhile is written by one call and flushed by one. */
async function openFile(file: string): Promise<Store> {
  const handle = await open(file, "w+");
  const body = new Uint8Array(bytesEach).fill(9);
  let waiting: (() => void)[] = [];
  let isFlushing = false;
  let count = 0;
  const flush = async (): Promise<void> => {
    if (isFlushing) return;
    isFlushing = true;
    while (waiting.length > 0) {
      const taken = waiting;
      waiting = [];
      await handle.write(Buffer.concat(taken.map(() => body)));
      await handle.datasync();
      count += taken.length;
      for (const settle of taken) settle();
    }
    isFlushing = false;
  };
  return {
    append: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        setImmediate(() => void flush());
      }),
    readAll: async () => {
      const { bytesRead } = await handle.read({ buffer: Buffer.alloc(count * bytesEach), position: 0 });
      return bytesRead / bytesEach;
    },
    close: () => handle.close(),
  };
}
