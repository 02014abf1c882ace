import { afterEach, beforeEach, expect, it } from "vitest";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { systemRandom } from "#crypto/random.ts";
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
