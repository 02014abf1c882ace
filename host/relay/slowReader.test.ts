import { afterEach, beforeEach, expect, it } from "vitest";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import {
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestRelay,
} from "../testing/testRelay.ts";
import { ephemeralsBurst, framesBurst, unsentBytesMax } from "./limits.ts";

let relay: TestRelay;
beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(() => relay.dispose());

it("a reader that stops reading costs a cursor, and reads on where it was", { timeout: 90_000 }, async () => {
  const vault = createTestVault();
  const writer = await claimHost(relay, vault);
  const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  const readers = await Promise.all(Array.from({ length: 20 }, () => connectPeer(relay, vault.device, vault.id)));
  for (const reader of readers) {
    reader.send({ type: "sub", doc: author.doc, cursor: 0 });
    await reader.next("entries");
    reader.socket.pause();
  }
  const fast = await connectPeer(relay, vault.device, vault.id);
  fast.send({ type: "sub", doc: author.doc, cursor: 0 });

  const before = process.memoryUsage();
  const count = 300;
  const seen: number[] = [];
  for (let index = 0; index < count; index++) {
    writer.send({
      type: "append",
      request: 1_000 + index,
      envelope: author.next("update", { body: systemRandom(60_000) }),
    });
    await writer.next("ack");
    while (seen.length <= index) seen.push(...(await fast.next("entries")).entries.map((entry) => entry.seq));
  }
  // 300 × 60 kB × 20 readers would be 360 MB; what may wait here is a page and the limit for each.
  const grown =
    process.memoryUsage().external + process.memoryUsage().arrayBuffers - before.external - before.arrayBuffers;
  expect(grown).toBeLessThan(20 * (unsentBytesMax * 4) + 80_000_000);
  expect(seen).toHaveLength(count);

  const [slow] = readers;
  slow?.socket.resume();
  const caughtUp: number[] = [];
  while (slow !== undefined && caughtUp.length < count)
    caughtUp.push(...(await slow.next("entries")).entries.map((entry) => entry.seq));
  expect(caughtUp).toEqual(seen);
});

it("drops presence beyond its rate, and answers appends beyond theirs with busy", async () => {
  const vault = createTestVault();
  const writer = await claimHost(relay, vault);
  const reader = await connectPeer(relay, vault.device, vault.id);
  const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  reader.send({ type: "sub", doc: author.doc, cursor: 0 });
  await reader.next("entries");
  const presence = author.next("ephemeral");
  for (let index = 0; index < ephemeralsBurst * 3; index++) writer.send({ type: "ephemeral", envelope: presence });
  writer.send({ type: "ping" });
  await writer.next("pong");
  const arrived = reader.waiting.filter((frame) => frame.type === "ephemeral").length;
  expect(arrived).toBeGreaterThan(0);
  expect(arrived).toBeLessThan(ephemeralsBurst * 2);

  const junk = new Uint8Array(10);
  let busy = 0;
  const total = framesBurst * 2;
  for (let index = 0; index < total; index++) writer.send({ type: "append", request: index, envelope: junk });
  for (let index = 0; index < total; index++) if ((await writer.next("nack")).code === "busy") busy += 1;
  expect(busy).toBeGreaterThan(0);
  expect(busy).toBeLessThan(total);
});

it("answers a device that comes back and asks for each of thousands of docs at once", async () => {
  const vault = createTestVault();
  const link = await claimHost(relay, vault);
  const docs = Array.from({ length: framesBurst * 2 }, () => docIdFromBytes(systemRandom(16)));
  for (const doc of docs) link.send({ type: "sub", doc, cursor: 0 });
  const answered = new Set<string>();
  while (answered.size < docs.length) answered.add((await link.next("entries")).doc);
  link.send({ type: "ping" });
  await link.next("pong");
  expect(answered).toEqual(new Set(docs));
});

it("ends a link that asks faster than any device", async () => {
  const vault = createTestVault();
  const link = await claimHost(relay, vault);
  for (let index = 0; index < framesBurst * 2; index++) link.send({ type: "ping" });
  expect((await link.next("error")).code).toBe("too-fast");
  await link.closed;
});
