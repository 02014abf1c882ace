/** Logs that a device destroyed: gone from the file, for good, and from no other vault's. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createClaim } from "#crypto/claim.ts";
import { idToBytes, type DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Frame } from "#sync/frame.ts";
import { until } from "#sync/testing/testDevice.ts";
import { logFile } from "../relayHome.ts";
import {
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestAuthor,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import { openDatabase } from "./database.ts";
import { createDestroyedLogs } from "./destroyedLogs.ts";
import { createWaitingGrants } from "./waitingGrants.ts";

let relay: TestRelay;
let vault: TestVault;
let link: TestLink;
let request = 100;

beforeAll(() => sodiumReady);
beforeEach(async () => {
  relay = await startTestRelay({ quota: { vaultBytesMax: 1_000_000, deviceBytesMax: 60_000 } });
  vault = createTestVault();
  link = await claimHost(relay, vault);
});
afterEach(async () => {
  link.close();
  await relay.dispose();
});

async function ask(on: TestLink, frame: (request: number) => Frame): Promise<Frame> {
  on.send(frame(++request));
  return on.next("ack", "nack");
}
const append = (on: TestLink, envelope: Uint8Array): Promise<Frame> =>
  ask(on, (id) => ({ type: "append", request: id, envelope }));
const destroy = (on: TestLink, docs: readonly DocId[]): Promise<Frame> =>
  ask(on, (id) => ({ type: "destroy", request: id, docs }));

/** A REKEY and an update, both stored. */
async function begin(of: TestVault, on: TestLink): Promise<{ author: TestAuthor; envelopes: readonly Uint8Array[] }> {
  const author = createTestAuthor(of, of.device.id, of.device.sign);
  const envelopes = [author.rekey(of.vaultKey), author.next("update", { body: systemRandom(20_000) })];
  for (const envelope of envelopes) expect(await append(on, envelope)).toMatchObject({ type: "ack" });
  return { author, envelopes };
}

const files = (): Buffer =>
  Buffer.concat(["", "-wal"].map((ending) => readFileSync(`${logFile(relay.home)}${ending}`, { flag: "a+" })));

async function entriesOf(on: TestLink, doc: DocId): Promise<number> {
  on.send({ type: "sub", doc, cursor: 0 });
  return (await on.next("entries")).entries.length;
}

it("DR1 every byte of a destroyed log is gone from the relay's files, and the room it took is free", async () => {
  const { author, envelopes } = await begin(vault, link);
  const other = await begin(vault, link);
  const isThere = (some: readonly Uint8Array[]): readonly boolean[] => {
    const bytes = files();
    return some.map((envelope) => bytes.includes(Buffer.from(envelope.subarray(120, 180))));
  };
  expect(isThere(envelopes)).toEqual([true, true]);
  // A third does not fit in this device's share.
  const full = createTestAuthor(vault, vault.device.id, vault.device.sign);
  const long = full.next("update", { body: systemRandom(24_000) });
  expect(await append(link, long)).toMatchObject({ type: "nack", code: "full" });

  expect(await destroy(link, [author.doc])).toMatchObject({ type: "ack" });
  // The relay empties its write-ahead log when it is quiet.
  for (let tries = 0; tries < 200 && isThere(envelopes).includes(true); tries++) await pause(50);
  expect(isThere(envelopes)).toEqual([false, false]);
  expect(isThere(other.envelopes)).toEqual([true, true]);
  expect(await entriesOf(link, other.author.doc)).toBe(2);
  await relay.restart();
  link = await connectPeer(relay, vault.device, vault.id);
  expect(await append(link, long)).toMatchObject({ type: "ack" });
}, 90_000);

it("DR2 nothing is taken or told of it any more, through a restart, also of a doc that never was there", async () => {
  const { author } = await begin(vault, link);
  const never = createTestAuthor(vault, vault.device.id, vault.device.sign);
  expect(await destroy(link, [author.doc, never.doc])).toMatchObject({ type: "ack" });
  const lateChange = author.next("update");
  const lateBegin = never.rekey(vault.vaultKey);
  for (const isAgain of [false, true]) {
    if (isAgain) {
      await relay.restart();
      link = await connectPeer(relay, vault.device, vault.id);
    }
    expect(await append(link, lateChange)).toMatchObject({ type: "nack", code: "busy" });
    expect(await append(link, lateBegin)).toMatchObject({ type: "nack", code: "busy" });
    // An empty log would look like one that was rolled back.
    link.send({ type: "sub", doc: author.doc, cursor: 2 });
    link.send({ type: "ping" });
    await link.next("pong");
    expect(link.waiting.filter(({ type }) => type === "entries")).toEqual([]);
    expect(await destroy(link, [author.doc])).toMatchObject({ type: "ack" });
  }
}, 90_000);

it("DR3 a device destroys in its own vault alone, and a stranger nowhere", async () => {
  const guest = createClaim(systemRandom);
  relay.invite([{ key: guest.publicKey, bytesMax: 1_000_000, endsMs: 8_640_000_000_000_000, isServed: true }]);
  const other = createTestVault();
  const { port, relayKey, hostKeys } = relay;
  const guestLink = await claimHost({ port, relayKey, hostKeys, claimSeed: guest.seed }, other);
  const { author } = await begin(vault, link);
  expect(await destroy(guestLink, [author.doc])).toMatchObject({ type: "ack" });
  expect(await entriesOf(link, author.doc)).toBe(2);
  expect(await append(link, author.next("update"))).toMatchObject({ type: "ack" });
  const stranger = await connectPeer(relay, createTestVault().device, null);
  expect(await destroy(stranger, [author.doc])).toMatchObject({ type: "nack", code: "not-allowed" });
  expect(await append(link, author.next("update"))).toMatchObject({ type: "ack" });
  guestLink.close();
  stranger.close();
}, 90_000);

it("DR4 a long one goes a little at a time, and one that was cut off goes on at the next start", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-destroyed-"));
  const database = openDatabase({ file: join(folder, "log.sqlite"), onBroken: () => {} });
  createWaitingGrants(database);
  const { writer } = database;
  const count = (table: string): number => Number(writer.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  const doc = createTestAuthor(vault, vault.device.id, vault.device.sign).doc;
  const [kept, author] = [systemRandom(16), systemRandom(16)];
  const insertDoc = writer.prepare("INSERT INTO doc (doc, vault, head) VALUES (?, ?, 0)");
  const insert = writer.prepare(
    "INSERT INTO envelope (doc, seq, author, counter, hash, envelope) VALUES (?, ?, ?, ?, ?, ?)",
  );
  await database.write(() => {
    for (const each of [idToBytes(doc), kept]) {
      const { lastInsertRowid: row } = insertDoc.run(each, idToBytes(vault.id));
      for (let at = 1; at <= 60; at++) insert.run(row, at, author, at, systemRandom(32), systemRandom(250_000));
    }
  });
  const gone: number[] = [];
  const failing = (failsAt: number): typeof database => ({
    ...database,
    write: (change) => {
      if (gone.length === failsAt) return Promise.reject(new Error("EIO"));
      const before = count("envelope");
      return database.write(change).finally(() => gone.push(before - count("envelope")));
    },
  });
  const first = createDestroyedLogs(failing(3), () => {});
  await expect(first.destroy(vault.id, [doc])).rejects.toThrow("EIO");
  // The mark alone, then two pieces.
  expect(gone).toEqual([0, 17, 17]);
  expect(first.has(vault.id, doc)).toBe(true);

  const again = createDestroyedLogs(failing(99), () => {});
  await until(() => count("doc") === 1, "the rest is gone, too");
  expect(Math.max(...gone)).toBe(17);
  expect(count("envelope")).toBe(60);
  expect(await again.destroy(vault.id, [doc])).toBe(true);
  await database.close();
  rmSync(folder, { recursive: true });
});
