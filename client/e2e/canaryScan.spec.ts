/** The scanner finds what it is meant to find: a search that finds nothing proves something only if it would have. */
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { canaryForms, scanBytes, scanFolder } from "./canaryScan.ts";
import { openDevice } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { dumpStorage } from "./storageDump.ts";

/** With characters whose base64 differs between the two alphabets, at every alignment. */
const sentence = "the heron?>?~keeps no ledger??>~";
const forms = canaryForms(sentence);

for (const [name, planted] of Object.entries({
  "UTF-8": Buffer.from(`{"title":"${sentence}"}`),
  "UTF-16LE": Buffer.from(`say ${sentence}!`, "utf16le"),
  "UTF-16BE": Buffer.from(`say ${sentence}!`, "utf16le").swap16(),
  hex: Buffer.from(Buffer.from(`a${sentence}b`).toString("hex")),
  HEX: Buffer.from(Buffer.from(`a${sentence}b`).toString("hex").toUpperCase()),
  percent: Buffer.from(`http://localhost/?q=${encodeURIComponent(sentence)}`),
  ...Object.fromEntries(
    ["", "a", "ab"].flatMap((before, at) => [
      [`base64 at ${at}`, Buffer.from(Buffer.from(`${before}${sentence}, it said`).toString("base64"))],
      [`base64url at ${at}`, Buffer.from(Buffer.from(`${before}${sentence}, it said`).toString("base64url"))],
    ]),
  ),
})) {
  test(`finds ${name}`, () => {
    const found = scanBytes("file", Buffer.concat([Buffer.alloc(77, 1), planted, Buffer.alloc(33, 2)]), forms);
    expect(found.map(({ form }) => form)).toContain(name);
  });
}

test("finds what is gzipped in the middle of a file, and nothing where nothing is", () => {
  const file = Buffer.concat([Buffer.alloc(10, 0x1f), gzipSync(`before ${sentence} after`), Buffer.alloc(10)]);
  expect(scanBytes("file", file, forms)).toContainEqual({ where: "file (gzip)", form: "UTF-8" });
  expect(scanBytes("file", Buffer.from("the heron keeps no secrets".repeat(1_000)), forms)).toEqual([]);
});

test("finds a row of an SQLite database, in its log and in its file", ({ folder }) => {
  const place = join(folder, "db");
  mkdirSync(place, { recursive: true });
  const database = new DatabaseSync(join(place, "log.sqlite"));
  database.exec("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE records (bytes BLOB)");
  database.prepare("INSERT INTO records VALUES (?)").run(Buffer.from(`row ${sentence}`));
  expect(scanFolder(place, forms).map(({ where }) => where)).toContain("log.sqlite-wal");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(scanFolder(place, forms).map(({ where }) => where)).toContain("log.sqlite");
  database.close();
});

test("finds what a page keeps: through the page, and in the files of the profile", async ({ folder }) => {
  const server = createServer((_request, response) => response.end("a page")).listen(0, "localhost");
  await new Promise((done) => server.once("listening", done));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const profile = join(folder, "planted");
  const device = await openDevice({ profile }, []);
  await device.page.goto(`${origin}/`);
  await device.page.evaluate(async (planted) => {
    const database = await new Promise<IDBDatabase>((done, failed) => {
      const opening = indexedDB.open("planted", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("records");
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => failed(opening.error);
    });
    const transaction = database.transaction("records", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("records");
    store.put({ text: planted }, "text");
    store.put(new TextEncoder().encode(planted), "bytes");
    store.put(new Blob([planted]), "blob");
    // Large and repetitive, so that Chromium compresses the value and LevelDB its block.
    store.put({ text: `${"filler ".repeat(20_000)}${planted}` }, "large");
    await new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onerror = failed;
    });
    // Noise past the size of LevelDB's memory table moves what came before it from the log into a table, where blocks are compressed.
    for (let round = 0; round < 8; round++) {
      const noise = database.transaction("records", "readwrite").objectStore("records");
      // Each below the size at which Chromium keeps a value in a file of its own.
      for (let part = 0; part < 32; part++)
        noise.put(crypto.getRandomValues(new Uint8Array(32_768)), `noise ${round} ${part}`);
      await new Promise((done) => (noise.transaction.oncomplete = done));
    }
    database.close();
    localStorage.setItem("planted", planted);
    await (await caches.open("planted")).put("/planted", new Response(planted));
  }, sentence);

  const parts = await dumpStorage(device.page);
  const seen = parts.filter(({ where, bytes }) => scanBytes(where, bytes, forms).length > 0).map(({ where }) => where);
  expect(seen.filter((where) => where.startsWith("IndexedDB planted/records"))).toHaveLength(4);
  expect(seen).toContainEqual(expect.stringMatching(/^Cache planted/));
  expect(seen).toContainEqual(expect.stringMatching(/^localStorage planted/));
  await device.close();

  const files = scanFolder(profile, forms).map(({ where }) => where);
  for (const place of [
    /IndexedDB\/.*\.ldb \(table block/,
    /snappy value/,
    /IndexedDB\/.*blob/,
    /Local Storage\/leveldb/,
    /CacheStorage/,
  ]) {
    expect(files, "the files of the profile").toContainEqual(expect.stringMatching(place));
  }
  server.close();
  server.closeAllConnections();
});
