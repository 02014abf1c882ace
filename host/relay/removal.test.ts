/**
 * T-10, S-06: a device is removed while something of it is under way on each kind of live connection. By order, not by the clock: whatever
 * is done after the removal was acknowledged does not reach it, and the last thing that it hears is that it was removed.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { systemRandom } from "#crypto/random.ts";
import { createAddDevice, createRemove, signJoin } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { liveTagOf, type Frame } from "#sync/frame.ts";
import { createTestBrowser } from "../testing/pushService.ts";
import {
  announceHost,
  claimHost,
  connectPeer,
  createDocId,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestAuthor,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";

let relay: TestRelay;
let vault: TestVault;
/** A device that stays. */
let desk: TestLink;
let host: TestLink;
let phone: DeviceKeys;
let links: TestLink[];
let request: number;
/** What the part that calls push services was asked to do, in order. */
let told: string[];

beforeAll(() => sodiumReady);
beforeEach(async () => {
  told = [];
  relay = await startTestRelay({
    push: {
      key: new Uint8Array(65),
      send: ({ endpoint }) => told.push(`tell ${endpoint}`),
      forget: (endpoint) => told.push(`forget ${endpoint}`),
      onCount: () => {},
    },
  });
  [links, request] = [[], 0];
  vault = createTestVault();
  desk = keep(await claimHost(relay, vault));
  host = keep(await connectPeer(relay, relay.hostKeys, null));
  phone = createDeviceKeys(systemRandom);
  const added = createAddDevice({
    roster: vault.roster(),
    by: vault.device,
    device: { signKey: phone.sign.publicKey, boxKey: phone.box.publicKey },
    joinSignature: signJoin(phone, vault.id),
    name: "Phone",
    vaultKey: vault.vaultKey,
    random: systemRandom,
  });
  await cast(added);
});
afterEach(async () => {
  for (const link of links) link.close();
  await relay.dispose();
});

const keep = (link: TestLink): TestLink => {
  links.push(link);
  return link;
};
const ofPhone = async (): Promise<TestLink> => keep(await connectPeer(relay, phone, vault.id));

async function cast(entry: Uint8Array): Promise<void> {
  desk.send({ type: "rosterCas", request: ++request, prevSeq: vault.entries.length, entry, claim: null });
  await desk.next("rosterAck");
  vault.entries.push(entry);
}

/** Resolves when the relay has acknowledged it. */
function remove(): Promise<void> {
  const newVaultKey = createVaultKey(systemRandom);
  const { device: by, vaultKey } = vault;
  return cast(
    createRemove({ roster: vault.roster(), by, member: phone.id, vaultKey, newVaultKey, random: systemRandom }),
  );
}

async function append(link: TestLink, envelope: Uint8Array): Promise<Frame["type"]> {
  link.send({ type: "append", request: ++request, envelope });
  return (await link.next("ack", "nack")).type;
}

async function beginDoc(): Promise<TestAuthor> {
  const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  expect(await append(desk, author.rekey(vault.vaultKey))).toBe("ack");
  return author;
}

async function settled(link: TestLink): Promise<void> {
  link.send({ type: "ping" });
  await link.next("pong");
}

/** That it was removed is the last thing on the link, and of these kinds nothing came since. */
async function expectCut(link: TestLink, kinds: readonly Frame["type"][], before: readonly Frame[]): Promise<void> {
  await link.closed;
  const since = link.waiting.filter((frame) => !before.includes(frame));
  expect(since.at(-1)).toMatchObject({ type: "error", code: "removed" });
  expect(since.map(({ type }) => type).filter((type) => kinds.includes(type))).toEqual([]);
}

describe("a removal is effective at once", () => {
  it("RV20 on a page's link, on each other of the same device, and on a new one", async () => {
    const [page, terminal] = [await ofPhone(), await ofPhone()];
    const before = [...page.waiting, ...terminal.waiting];
    await remove();
    for (const link of [page, terminal]) await expectCut(link, ["entries", "ok"], before);
    await expect(connectPeer(relay, phone, vault.id)).rejects.toThrow(/closed before "ok"/);
  });

  it("RV21 on a chat that it follows, while an answer streams into it", async () => {
    const link = await ofPhone();
    const author = await beginDoc();
    link.send({ type: "sub", doc: author.doc, cursor: 0 });
    await link.next("entries");
    await append(desk, author.next("update"));
    await link.next("entries");
    const before = [...link.waiting];
    await remove();
    for (let at = 0; at < 5; at += 1) await append(desk, author.next("update"));
    await expectCut(link, ["entries"], before);
  });

  it("RV22 on an attachment that it is in the middle of reading", { timeout: 90_000 }, async () => {
    const author = await beginDoc();
    // More than sockets hold for who does not read: 10 MB here.
    const pieces = 30;
    for (let at = 0; at < pieces; at += 1) await append(desk, author.next("chunk", { body: systemRandom(500_000) }));
    const link = await ofPhone();
    link.send({ type: "sub", doc: author.doc, cursor: 0 });
    const first = await link.next("entries");
    expect(first.more, "there is more than a page of it").toBe(true);
    // It reads no further for now; what the relay has not sent yet never comes.
    link.socket.pause();
    await remove();
    await settled(desk);
    link.socket.resume();
    await link.closed;
    const read = link.waiting.filter((frame) => frame.type === "entries").flatMap(({ entries }) => entries);
    expect(first.entries.length + read.length).toBeLessThan(1 + pieces);
    expect(link.waiting.at(-1)).toMatchObject({ type: "error", code: "removed" });
  });

  it("RV23 on what it is writing: what was not acknowledged by then is in no log", async () => {
    const link = await ofPhone();
    const author = createTestAuthor(vault, phone.id, phone.sign);
    expect(await append(link, author.rekey(vault.vaultKey))).toBe("ack");
    await remove();
    link.send({ type: "append", request: ++request, envelope: author.next("update", { rosterSeq: 3 }) });
    await link.closed;
    expect(link.waiting.filter(({ type }) => type === "ack")).toEqual([]);
    desk.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect((await desk.next("entries")).entries).toHaveLength(1);
  });

  it("RV24 on presence, both ways", async () => {
    const link = await ofPhone();
    const author = await beginDoc();
    for (const each of [link, desk]) {
      each.send({ type: "sub", doc: author.doc, cursor: 0 });
      await each.next("entries");
    }
    const carets = createTestAuthor(vault, phone.id, phone.sign, author.doc);
    const before = [...link.waiting];
    await remove();
    link.send({ type: "ephemeral", envelope: carets.next("ephemeral", { rosterSeq: 3 }) });
    desk.send({
      type: "ephemeral",
      envelope: createTestAuthor(vault, vault.device.id, vault.device.sign, author.doc).next("ephemeral"),
    });
    await settled(desk);
    await expectCut(link, ["ephemeral"], before);
    expect(desk.waiting.filter(({ type }) => type === "ephemeral")).toEqual([]);
  });

  it("RV25 on live text of an answer, and on what is said of the host", async () => {
    const link = await ofPhone();
    const doc = createDocId();
    const [run, boot] = [runIdFromBytes(systemRandom(16)), bootIdFromBytes(systemRandom(16))];
    const lane = createLane({ run, doc, host: relay.hostKeys, boot, random: systemRandom });
    const writes = createTestAuthor(vault, lane.id, lane.signingKey, doc);
    link.send({ type: "sub", doc, cursor: 0 });
    await link.next("entries");
    expect(await append(host, writes.next("accept", { clear: lane.acceptClear }))).toBe("ack");
    const say = (counter: number): void =>
      host.send({ type: "live", lane: liveTagOf(lane.id), counter, sealed: systemRandom(36) });
    say(1);
    await link.next("live");
    const before = [...link.waiting];
    await remove();
    say(2);
    host.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
    await settled(host);
    await expectCut(link, ["live", "host"], before);
  });

  it("RV26 on mailboxes: a code that it shows lets nobody in, and what waits there is given to nobody", async () => {
    const link = await ofPhone();
    const box = systemRandom(16);
    link.send({ type: "mailboxOpen", request: ++request, mailboxes: [box] });
    await link.next("ack");
    link.send({ type: "mailboxTake", request: ++request, mailbox: box });
    await link.next("ack");
    const before = [...link.waiting];
    await remove();
    const stranger = keep(await connectPeer(relay, createDeviceKeys(systemRandom), null));
    stranger.send({ type: "mailboxPut", request: ++request, mailbox: box, message: systemRandom(40) });
    expect(await stranger.next("ack", "nack")).toMatchObject({ type: "nack", code: "not-allowed" });
    await expectCut(link, ["mailbox"], before);
  });

  it("RV28 on push: what waits for it is taken back, and nobody tells it of anything that is answered later", async () => {
    const browser = createTestBrowser("https://fcm.googleapis.com/fcm/send/phone");
    const { endpoint, publicKey, secret } = browser;
    const link = await ofPhone();
    link.send({ type: "pushPut", request: ++request, subscription: { endpoint, publicKey, secret } });
    await link.next("ack");
    link.close();
    await link.closed;
    host.send({ type: "answered", doc: createDocId() });
    await settled(host);
    expect(told).toEqual([`tell ${endpoint}`]);
    await remove();
    // Before the owner's device heard that it was done.
    expect(told).toEqual([`tell ${endpoint}`, `forget ${endpoint}`]);
    host.send({ type: "answered", doc: createDocId() });
    await settled(host);
    await relay.restart();
    links.push((host = await connectPeer(relay, relay.hostKeys, null)));
    host.send({ type: "answered", doc: createDocId() });
    await settled(host);
    expect(told).toHaveLength(2);
  });

  it("RV27 on the roster: it hears that it was removed, and of nothing that comes after", async () => {
    const link = await ofPhone();
    const before = [...link.waiting];
    await remove();
    const tablet = createDeviceKeys(systemRandom);
    link.send({ type: "rosterGet", from: 0 });
    await link.closed;
    await expect(connectPeer(relay, tablet, vault.id)).rejects.toThrow(/closed before "ok"/);
    const since = link.waiting.filter((frame) => !before.includes(frame));
    const entries = since.filter((frame) => frame.type === "roster").flatMap((frame) => frame.entries);
    expect(entries.length).toBeLessThanOrEqual(1);
    expect(since.at(-1)).toMatchObject({ type: "error", code: "removed" });
  });
});
