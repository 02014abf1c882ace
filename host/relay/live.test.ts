import { afterEach, beforeEach, expect, it } from "vitest";
import { bootIdFromBytes, runIdFromBytes, type AuthorId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { createRemove } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { liveTagOf, type Frame } from "#sync/frame.ts";
import {
  claimHost,
  connectPeer,
  createDocId,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestLink,
  type TestRelay,
} from "../testing/testRelay.ts";

let relay: TestRelay;
beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(() => relay.dispose());

async function append(link: TestLink, envelope: Uint8Array): Promise<void> {
  link.send({ type: "append", request: 9, envelope });
  expect(await link.next("ack", "nack")).toMatchObject({ type: "ack" });
}

it("LV7 live text goes from an agent to who follows the doc of its lane, to nobody else, and is stored nowhere", async () => {
  const vault = createTestVault();
  const device = await claimHost(relay, vault);
  const host = await connectPeer(relay, relay.hostKeys, null);
  const doc = createDocId();
  const lane = createLane({
    run: runIdFromBytes(systemRandom(16)),
    doc,
    host: relay.hostKeys,
    boot: bootIdFromBytes(systemRandom(16)),
    random: systemRandom,
  });
  const writes = createTestAuthor(vault, lane.id, lane.signingKey, doc);
  const said = (counter: number): Frame => ({
    type: "live",
    lane: liveTagOf(lane.id),
    counter,
    sealed: systemRandom(36),
  });
  const follower = await connectPeer(relay, vault.device, vault.id);
  follower.send({ type: "sub", doc, cursor: 0 });
  await follower.next("entries");
  const elsewhere = await connectPeer(relay, vault.device, vault.id);
  elsewhere.send({ type: "sub", doc: createDocId(), cursor: 0 });
  await elsewhere.next("entries");

  // Before its ACCEPT is stored, and from a device: for nobody.
  host.send(said(1));
  await append(host, writes.next("accept", { clear: lane.acceptClear }));
  device.send(said(2));
  device.send({ type: "ping" });
  await device.next("pong");
  host.send(said(3));
  expect(await follower.next("live")).toMatchObject({ counter: 3, lane: liveTagOf(lane.id) });
  await append(host, writes.next("final", { clear: finalClear(2, 1) }));
  host.send(said(4));
  host.send({ type: "ping" });
  await host.next("pong");
  for (const link of [follower, elsewhere]) {
    link.send({ type: "ping" });
    await link.next("pong");
    expect(link.waiting.filter(({ type }) => type === "live")).toEqual([]);
  }
  elsewhere.send({ type: "sub", doc, cursor: 0 });
  expect((await elsewhere.next("entries")).entries).toHaveLength(2);
});

it("LV7 a device's own envelopes make no lane of it, and a host that was removed is heard no more", async () => {
  const vault = createTestVault();
  const device = await claimHost(relay, vault);
  const host = await connectPeer(relay, relay.hostKeys, null);
  const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  const { doc } = author;
  await append(device, author.rekey(vault.vaultKey));
  const follower = await connectPeer(relay, vault.device, vault.id);
  follower.send({ type: "sub", doc, cursor: 0 });
  await follower.next("entries");
  const say = async (lane: AuthorId, counter: number): Promise<void> => {
    host.send({ type: "live", lane: liveTagOf(lane), counter, sealed: systemRandom(36) });
    host.send({ type: "ping" });
    await host.next("pong");
  };
  // In the name of a device, whose envelope in this doc is stored: for nobody.
  await say(vault.device.id, 1);
  const run = runIdFromBytes(systemRandom(16));
  const boot = bootIdFromBytes(systemRandom(16));
  const lane = createLane({ run, doc, host: relay.hostKeys, boot, random: systemRandom });
  const writes = createTestAuthor(vault, lane.id, lane.signingKey, doc);
  await append(host, writes.next("accept", { clear: lane.acceptClear }));
  await say(lane.id, 2);
  expect(await follower.next("live")).toMatchObject({ counter: 2 });

  const removed = createRemove({
    roster: vault.roster(),
    by: vault.device,
    member: relay.hostKeys.id,
    vaultKey: vault.vaultKey,
    newVaultKey: createVaultKey(systemRandom),
    random: systemRandom,
  });
  device.send({ type: "rosterCas", request: 1, prevSeq: 2, entry: removed, claim: null });
  await device.next("rosterAck");
  await say(lane.id, 3);
  follower.send({ type: "ping" });
  await follower.next("pong");
  expect(follower.waiting.filter(({ type }) => type === "live")).toEqual([]);
});
