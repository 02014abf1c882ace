import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { createFakePeers, type FakePeers } from "../testing/fakePeers.ts";
import { addTestDevice, sleep, until, type TestDevice } from "../testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled, type TestWorld } from "../testing/testWorld.ts";
import type { Vault } from "../vault.ts";

interface Pair {
  readonly world: TestWorld;
  readonly peers: FakePeers;
  readonly laptop: Vault;
  readonly phone: Vault;
  readonly phoneDevice: TestDevice;
  readonly chat: DocId;
}

/** Two devices of one vault with a chat open on both. */
async function openPair(peers = createFakePeers(), isMet = true): Promise<Pair> {
  const ports = { direct: () => Promise.resolve(peers.openPeer) };
  const world = await createTestWorld({}, ports);
  const laptop = world.vault;
  const chat = await laptop.createChat();
  await untilSettled(laptop);
  const phoneDevice = await addTestDevice(world.relay, world.device, ports);
  const phone = await phoneDevice.open();
  await until(() => phone.catalog.value.entry(chat) !== null, "the phone has the catalog");
  for (const vault of [laptop, phone]) {
    await vault.openChat(chat);
    await untilLive(vault, chat);
  }
  if (isMet) await untilMet(laptop, phone);
  return { world, peers, laptop, phone, phoneDevice, chat };
}

async function untilMet(...vaults: readonly Vault[]): Promise<void> {
  await until(() => vaults.every((vault) => vault.status().direct.length > 0), "they have met", 10_000);
}

async function draftOf(vault: Vault, chat: DocId): Promise<{ readonly text: () => string; write(text: string): void }> {
  const { value } = await vault.openChat(chat);
  return { text: () => value.draft.toString(), write: (text) => value.draft.insert(value.draft.length, text) };
}

async function closeAll({ laptop, phone, world }: Pair): Promise<void> {
  await laptop.close();
  await phone.close();
  world.agent.stop();
}

describe("direct links", { timeout: 90_000 }, () => {
  it("DL1 two devices meet by sealed signals, each proves itself, and both say whom they have met", async () => {
    const pair = await openPair();
    expect(pair.laptop.status().direct).toEqual([pair.phone.deviceId]);
    expect(pair.phone.status().direct).toEqual([pair.laptop.deviceId]);
    // The relay passed sealed words on, and saw no description.
    const told = pair.world.relay.received.filter((frame) => frame.type === "ephemeral");
    expect(told.length).toBeGreaterThan(0);
    for (const frame of told) expect(Buffer.from(frame.envelope).includes("offer end-")).toBe(false);
    await closeAll(pair);
  });

  it("DV5 the list of devices says by which way each is reached: directly, by the host, or not now", async () => {
    const peers = createFakePeers();
    const pair = await openPair(peers);
    const wayTo = (): unknown => pair.laptop.devices().find(({ id }) => id === pair.phone.deviceId)?.way;
    expect(wayTo()).toBe("direct");
    pair.world.relay.setOnline(false);
    await until(() => pair.laptop.status().link !== "live", "the host is away");
    expect(wayTo()).toBe("direct");
    peers.isBlocked = true;
    peers.cut();
    await until(() => pair.laptop.status().direct.length === 0, "it broke");
    expect(wayTo()).toBeNull();
    pair.world.relay.setOnline(true);
    await until(() => wayTo() === "host", "it is there by the host", 10_000);
    await closeAll(pair);
  });

  it("DL3 with the host away, what each writes reaches the other, and later the host, once", async () => {
    const pair = await openPair();
    const [laptop, phone] = [await draftOf(pair.laptop, pair.chat), await draftOf(pair.phone, pair.chat)];
    pair.world.relay.setOnline(false);
    await until(() => pair.laptop.status().link !== "live" && pair.phone.status().link !== "live", "the host is away");
    phone.write("from the phone, ");
    await until(() => laptop.text().includes("from the phone"), "the laptop has it");
    laptop.write("and back");
    await until(() => phone.text().includes("and back"), "the phone has it");
    expect(pair.phone.docStatus(pair.chat)).toMatchObject({ phase: "local", alarm: null });
    expect(pair.phone.status().pending).toBeGreaterThan(0);

    pair.world.relay.setOnline(true);
    await untilSettled(pair.laptop);
    await untilSettled(pair.phone);
    const stored = pair.world.relay.entries(pair.chat).map(({ envelope }) => parseEnvelope(envelope));
    const keys = stored.map(({ author, counter }) => `${author}/${counter}`);
    expect(new Set(keys).size).toBe(keys.length);
    // Who has neither seen them has it all from the host alone.
    const third = await (await addTestDevice(pair.world.relay, pair.world.device)).open();
    await until(() => third.catalog.value.entry(pair.chat) !== null, "the catalog");
    const draft = await draftOf(third, pair.chat);
    await until(() => draft.text() === laptop.text() && draft.text() === phone.text(), "the same on all");
    for (const vault of [pair.laptop, pair.phone, third]) expect(vault.status().alarms).toEqual([]);
    await third.close();
    await closeAll(pair);
  });

  it("DL4 a chat that was begun without a host is read by the other device, and goes on when the host is back", async () => {
    const pair = await openPair();
    pair.world.relay.setOnline(false);
    await until(() => pair.laptop.status().link !== "live", "the host is away");
    const chat = await pair.laptop.createChat();
    const laptop = await draftOf(pair.laptop, chat);
    laptop.write("new here");
    await until(() => pair.phone.catalog.value.entry(chat) !== null, "the phone has its name");
    const phone = await draftOf(pair.phone, chat);
    await until(() => phone.text() === "new here", "and its text");
    pair.world.relay.setOnline(true);
    await untilSettled(pair.laptop);
    await untilLive(pair.phone, chat);
    phone.write(", and there");
    await until(() => laptop.text() === "new here, and there", "both write on");
    expect(pair.phone.status().alarms).toEqual([]);
    await closeAll(pair);
  });

  it("DL5 one in between, with a certificate of their own, is never believed", async () => {
    const peers = createFakePeers();
    peers.hasOneInBetween = true;
    const pair = await openPair(peers, false);
    await until(() => peers.opened() >= 2, "they tried");
    await sleep(300);
    expect([...pair.laptop.status().direct, ...pair.phone.status().direct]).toEqual([]);
    // All goes on by the host.
    const [laptop, phone] = [await draftOf(pair.laptop, pair.chat), await draftOf(pair.phone, pair.chat)];
    phone.write("by the host");
    await until(() => laptop.text() === "by the host", "it came");
    await closeAll(pair);
  });

  it("DL6 without a way to each other, as without STUN, nothing is lost and nothing is claimed", async () => {
    const peers = createFakePeers();
    peers.isBlocked = true;
    const pair = await openPair(peers, false);
    await until(() => peers.opened() >= 2, "they tried");
    const [laptop, phone] = [await draftOf(pair.laptop, pair.chat), await draftOf(pair.phone, pair.chat)];
    laptop.write("by the host");
    await until(() => phone.text() === "by the host", "it came");
    expect(pair.laptop.status().direct).toEqual([]);
    await closeAll(pair);
  });

  it("DL7 a removed device is let go of at once, and hears nothing more", async () => {
    const pair = await openPair();
    const laptop = await draftOf(pair.laptop, pair.chat);
    await pair.laptop.removeDevice(pair.phone.deviceId);
    await until(() => pair.laptop.status().direct.length === 0, "let go");
    const opened = pair.peers.opened();
    laptop.write("not for the phone");
    await untilSettled(pair.laptop);
    await sleep(300);
    expect((await draftOf(pair.phone, pair.chat)).text()).toBe("");
    expect(pair.peers.opened(), "nobody tries again").toBe(opened);
    await closeAll(pair);
  });

  it("DL8 a device that was loaded anew is met again, and what broke is, too", async () => {
    const pair = await openPair();
    pair.phoneDevice.kill();
    const again = await pair.phoneDevice.open();
    await untilMet(again, pair.laptop);
    await again.openChat(pair.chat);
    const [laptop, phone] = [await draftOf(pair.laptop, pair.chat), await draftOf(again, pair.chat)];
    pair.world.relay.setOnline(false);
    await until(() => again.status().link !== "live", "the host is away");
    phone.write("again");
    await until(() => laptop.text() === "again", "it came");
    pair.peers.cut();
    await until(() => pair.laptop.status().direct.length === 0, "it broke");
    pair.world.relay.setOnline(true);
    await untilMet(again, pair.laptop);
    expect(again.status().direct).toEqual([pair.laptop.deviceId]);
    await again.close();
    await closeAll(pair);
  });
});
