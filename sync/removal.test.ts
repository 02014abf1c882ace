import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { openRekey, openRekeyKeys, type DocKey } from "#crypto/docKeys.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { isActiveMember, readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys, signJoin } from "#crypto/rosterEntries.ts";
import { VaultError } from "./errors.ts";
import { decodeFrame } from "./frame.ts";
import { readIdentity, writeIdentity } from "./identityLock.ts";
import { batchDelayMs } from "./limits.ts";
import type { OpenLink } from "./ports.ts";
import type { MemoryRelay } from "./testing/memoryRelay.ts";
import type { TestLane } from "./testing/testAgent.ts";
import {
  addTestDevice,
  createMemoryIdentityStore,
  createTestDevice,
  sleep,
  until,
  type TestDevice,
} from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

const parsedLog = (relay: MemoryRelay, doc: DocId): ParsedEnvelope[] =>
  relay.entries(doc).map(({ envelope }) => parseEnvelope(envelope));

/** Every envelope of a doc that these keys open, with all that the roster and the log give to whoever has them. */
async function readableTo(relay: MemoryRelay, device: TestDevice, doc: DocId): Promise<ReadonlySet<string>> {
  const held = await readIdentity(device.identity, systemRandom);
  if (held === null) throw new Error("no identity");
  const vaultKeys = openRosterVaultKeys(relay.rosterEntries(), held.keys);
  const log = parsedLog(relay, doc);
  const docKeys: DocKey[] = [];
  for (const rekey of log.filter(({ kind }) => kind === "rekey")) {
    try {
      const { docKey } = openRekey(rekey, vaultKeys);
      docKeys.push(docKey, ...openRekeyKeys(rekey, docKey).map((older) => older.docKey));
    } catch {
      // reason: that this key does not open is what is looked for.
    }
  }
  const opened = log.filter((parsed) => docKeys.some((key) => opens(parsed, key)));
  return new Set(opened.map(({ author, counter }) => `${author}/${counter}`));
}

function opens(parsed: ParsedEnvelope, key: DocKey): boolean {
  try {
    openEnvelope(parsed, key);
    return true;
  } catch {
    return false;
  }
}

async function openSecond(
  world: Awaited<ReturnType<typeof createTestWorld>>,
): Promise<{ device: TestDevice; vault: Vault }> {
  await untilSettled(world.vault);
  const device = await addTestDevice(world.relay, world.device);
  const vault = await device.open();
  await until(() => vault.status().link === "live", "the second device is live");
  return { device, vault };
}

describe("a roster that cannot be kept", () => {
  it("OB1 nothing that is sealed under it is called saved before it is on the disk, too", async () => {
    const world = await createTestWorld();
    const { vault, relay, device } = world;
    const second = await openSecond(world);
    const doc = await vault.createChat();
    const open = await vault.openChat(doc);
    const { write } = device.identity;
    device.identity.write = () => Promise.reject(new VaultError("storage", "the disk is full"));
    await vault.removeDevice(second.vault.deviceId);
    open.value.setDraft("under the new key");
    await expect(vault.flush()).rejects.toMatchObject({ code: "storage" });
    expect(vault.docStatus(doc).unsaved).toBeGreaterThan(0);
    device.identity.write = write;
    await vault.flush();
    expect(vault.docStatus(doc).unsaved).toBe(0);
    device.kill();
    relay.setOnline(false);
    const again = await device.open();
    expect((await again.openChat(doc)).value.draft.toString()).toBe("under the new key");
    await second.vault.close();
    await again.close();
  });
});

describe("granting and its end", () => {
  it("GE1 GE2 when a run has ended the log says so once, and the next write begins an epoch that the lent key does not open", async () => {
    let lane: TestLane | null = null;
    const { vault, relay } = await createTestWorld({
      answer: async (taken) => {
        lane = taken;
        await taken.finish();
      },
    });
    const doc = await vault.createChat();
    await vault.ask(doc, { text: "first", parent: null });
    await until(() => parsedLog(relay, doc).some(({ kind }) => kind === "grantEnd"), "GRANT_END");
    await sleep(100);
    expect(parsedLog(relay, doc).filter(({ kind }) => kind === "grantEnd")).toHaveLength(1);
    const before = parsedLog(relay, doc).length;
    const open = await vault.openChat(doc);
    open.value.setDraft("what the host must not read");
    await untilSettled(vault);
    const after = parsedLog(relay, doc).slice(before);
    expect(after.map(({ kind, epoch }) => [kind, epoch])).toEqual([
      ["rekey", 2],
      ["update", 2],
    ]);
    const lent = (lane as TestLane | null)?.grant.docKey;
    expect(lent).toBeDefined();
    expect(after.some((parsed) => opens(parsed, lent!))).toBe(false);
    open.close();
    await vault.close();
  });

  it("GE3 while a run is under way nothing is rekeyed, and a grant carries the newest epoch", async () => {
    const taken = Promise.withResolvers<TestLane>();
    const { vault, relay } = await createTestWorld({ answer: async (lane) => taken.resolve(lane) });
    const doc = await vault.createChat();
    await vault.ask(doc, { text: "first", parent: null });
    const lane = await taken.promise;
    const open = await vault.openChat(doc);
    open.value.setDraft("typed meanwhile");
    await untilSettled(vault);
    expect(parsedLog(relay, doc).filter(({ kind }) => kind === "rekey")).toHaveLength(1);
    await lane.finish();
    await until(() => parsedLog(relay, doc).some(({ kind }) => kind === "grantEnd"), "GRANT_END");
    await vault.ask(doc, { text: "second", parent: null });
    await until(() => parsedLog(relay, doc).filter(({ kind }) => kind === "grant").length === 2, "the second grant");
    expect(
      parsedLog(relay, doc)
        .filter(({ kind }) => kind === "grant")
        .map(({ epoch }) => epoch),
    ).toEqual([1, 2]);
    open.close();
    await vault.close();
  });

  it("RG2 a removal while a run is under way: the doc is rekeyed and the run is granted the new key", async () => {
    const taken = Promise.withResolvers<TestLane>();
    const world = await createTestWorld({ answer: async (lane) => taken.resolve(lane) });
    const { vault, relay } = world;
    const second = await openSecond(world);
    const doc = await vault.createChat();
    await vault.ask(doc, { text: "first", parent: null });
    await taken.promise;
    await until(() => parsedLog(relay, doc).some(({ kind }) => kind === "accept"), "the accept");
    await vault.removeDevice(second.vault.deviceId);
    const isRenewed = (): boolean => parsedLog(relay, doc).some(({ kind, epoch }) => kind === "grant" && epoch === 2);
    await until(isRenewed, "the renewal");
    await sleep(100);
    // Once, and under a key of the new generation.
    expect(parsedLog(relay, doc).map(({ kind, epoch }) => `${kind} ${epoch}`)).toEqual([
      "rekey 1",
      "update 1",
      "grant 1",
      "accept 1",
      "rekey 2",
      "grant 2",
    ]);
    await vault.close();
    await second.vault.close();
  });
});

describe("removal", () => {
  it("RM1 a removed device that is served every byte opens nothing that is written afterwards", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const doc = await vault.createChat();
    const open = await vault.openChat(doc);
    open.value.setDraft("before");
    const second = await openSecond(world);
    const before = parsedLog(relay, doc).length;
    relay.colludes = true;
    await vault.removeDevice(second.vault.deviceId);
    open.value.setDraft("after");
    vault.catalog.value.rename(doc, "A title for afterwards");
    await untilSettled(vault);
    const readable = await readableTo(relay, second.device, doc);
    const log = parsedLog(relay, doc);
    const isReadable = log.map(({ author, counter }) => readable.has(`${author}/${counter}`));
    expect(log.length).toBeGreaterThan(before);
    expect(isReadable).toEqual(log.map((_parsed, index) => index < before));
    // The one that stays reads all of it.
    expect((await readableTo(relay, world.device, doc)).size).toBe(log.length);
    open.close();
    await vault.close();
    await second.vault.close();
  });

  it("RM2 a removed device is told so, is shut out, and nothing it writes is taken", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const second = await openSecond(world);
    const doc = await vault.createChat();
    await untilSettled(vault);
    await until(() => second.vault.catalog.value.entry(doc) !== null, "the chat is listed");
    const there = await second.vault.openChat(doc);
    await until(() => second.vault.docStatus(doc).phase === "live", "it is read");
    await vault.removeDevice(second.vault.deviceId);
    await until(() => second.vault.status().link === "refused", "it is shut out");
    const before = parsedLog(relay, doc).length;
    there.value.setDraft("too late");
    await second.vault.flush();
    await sleep(300);
    expect(parsedLog(relay, doc)).toHaveLength(before);
    await expect(second.vault.removeDevice(vault.deviceId)).rejects.toMatchObject({ code: "removed" });
    there.close();
    await second.vault.close();
    await vault.close();
  });

  it("RM3 what it wrote offline is set aside, and the owner takes it over or lets it go", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const second = await openSecond(world);
    const docs = [await vault.createChat(), await vault.createChat()] as const;
    await untilSettled(vault);
    for (const doc of docs) {
      await until(() => second.vault.catalog.value.entry(doc) !== null, "the chat is listed");
      const there = await second.vault.openChat(doc);
      await until(() => second.vault.docStatus(doc).phase === "live", "it is read");
      there.close();
    }
    relay.colludes = true;
    second.device.kill();
    relay.setOnline(false);
    const offline = await second.device.open();
    for (const doc of docs) {
      const there = await offline.openChat(doc);
      there.value.setDraft("written on the train");
      await offline.flush();
    }
    second.device.kill();
    relay.setOnline(true);
    await until(() => vault.status().link === "live", "back");
    for (const doc of docs) await vault.openChat(doc);
    await vault.removeDevice(second.vault.deviceId);
    for (const doc of docs) await untilLive(vault, doc);
    await sleep(100);
    // A relay that colludes takes them all the same.
    relay.hidesRoster = true;
    const back = await second.device.open();
    for (const doc of docs) await back.openChat(doc);
    for (const doc of docs) await until(() => vault.docStatus(doc).setAside.length === 1, "it is set aside");
    const [taken, dropped] = docs;
    const open = await vault.openChat(taken);
    expect(open.value.draft.toString()).toBe("");
    expect(vault.docStatus(taken)).toMatchObject({ alarm: null, phase: "live" });
    await vault.decideSetAside(taken, second.vault.deviceId, "take");
    await vault.decideSetAside(dropped, second.vault.deviceId, "discard");
    expect(open.value.draft.toString()).toBe("written on the train");
    await untilSettled(vault);
    for (const doc of docs) expect(vault.docStatus(doc).setAside).toEqual([]);
    expect(parsedLog(relay, taken).at(-1)?.author).toBe(vault.deviceId);
    const other = await vault.openChat(dropped);
    expect(other.value.draft.toString()).toBe("");
    second.device.kill();
    await vault.close();
  });

  it("RM4 two devices that remove each other: the first entry at the relay decides, and the other is out", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const second = await openSecond(world);
    const outcomes = await Promise.allSettled([
      vault.removeDevice(second.vault.deviceId),
      second.vault.removeDevice(vault.deviceId),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const loser = outcomes.find((outcome) => outcome.status === "rejected");
    expect(loser?.reason).toMatchObject({ code: "removed" });
    const roster = readRoster(relay.rosterEntries());
    const isFirstOut = outcomes[0].status === "rejected";
    expect(isActiveMember(roster, vault.deviceId)).toBe(!isFirstOut);
    expect(isActiveMember(roster, second.vault.deviceId)).toBe(isFirstOut);
    await until(() => (isFirstOut ? vault : second.vault).status().link === "refused", "the loser is shut out");
    await vault.close();
    await second.vault.close();
  });

  it("RM4 two devices that remove a third at once: it is removed once, and both are told that it is", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const second = await openSecond(world);
    const third = await openSecond(world);
    const { deviceId } = third.vault;
    await Promise.all([vault.removeDevice(deviceId), second.vault.removeDevice(deviceId)]);
    const roster = readRoster(relay.rosterEntries());
    expect(isActiveMember(roster, deviceId)).toBe(false);
    expect(roster.generation).toBe(2);
    for (const each of [vault, second.vault, third.vault]) await each.close();
  });

  it("RM5 a device that was away across two rotations reads what was written since, and writes under the newest key", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const doc = await vault.createChat();
    const away = await openSecond(world);
    await until(() => away.vault.catalog.value.entry(doc) !== null, "the chat is listed");
    const there = await away.vault.openChat(doc);
    await until(() => away.vault.docStatus(doc).phase === "live", "it is read");
    there.close();
    await away.vault.close();
    const open = await vault.openChat(doc);
    for (const text of ["one", "two"]) {
      const removed = await openSecond(world);
      await vault.removeDevice(removed.vault.deviceId);
      open.value.setDraft(text);
      await untilSettled(vault);
      await removed.vault.close();
    }
    const back = await away.device.open();
    const again = await back.openChat(doc);
    await until(() => again.value.draft.toString() === "two", "it has caught up");
    again.value.setDraft("two and three");
    await untilSettled(back);
    await until(() => open.value.draft.toString() === "two and three", "it is read here");
    expect(readRoster(relay.rosterEntries()).generation).toBe(3);
    expect(parsedLog(relay, doc).at(-1)?.epoch).toBe(3);
    await back.close();
    await vault.close();
  });

  it("RM7 what is typed while the log is read after a removal is kept by a page that closes, or goes", async () => {
    const world = await createTestWorld();
    await untilSettled(world.vault);
    let isSlow = false;
    const openLink: OpenLink = (events) =>
      world.relay.openLink({
        ...events,
        onFrame: (frame) => {
          if (!isSlow || decodeFrame(frame).type !== "entries") events.onFrame(frame);
        },
      });
    const { identity } = await addTestDevice(world.relay, world.device);
    const device = createTestDevice({ ...world.relay, openLink }, identity);
    const vault = await device.open();
    const doc = await vault.createChat();
    const open = await vault.openChat(doc);
    await untilSettled(vault);
    isSlow = true;
    await vault.removeDevice(world.vault.deviceId);
    open.value.setDraft("just before the page closed");
    expect(vault.docStatus(doc).unsaved).toBe(1);
    await vault.close();
    world.relay.setOnline(false);
    const again = await device.open();
    expect((await again.openChat(doc)).value.draft.toString()).toBe("just before the page closed");
    await again.close();
    await world.vault.close();
  });

  it("RK8 a chat whose key went down with the device that began it is begun by whoever writes there", async () => {
    const world = await createTestWorld();
    await untilSettled(world.vault);
    const catalog = world.vault.catalog.yDoc.guid;
    /** All but the catalog is lost on its way to the host. */
    const openLink: OpenLink = (events) => {
      const link = world.relay.openLink(events);
      const send = (frame: Uint8Array): void => {
        const decoded = decodeFrame(frame);
        if (decoded.type !== "append" || parseEnvelope(decoded.envelope).doc === catalog) link.send(frame);
      };
      return { ...link, send };
    };
    const { identity } = await addTestDevice(world.relay, world.device);
    const gone = createTestDevice({ ...world.relay, openLink }, identity);
    const goneVault = await gone.open();
    const { deviceId } = goneVault;
    const doc = await goneVault.createChat();
    await until(() => world.vault.catalog.value.entry(doc) !== null, "the catalog names it");
    const open = await world.vault.openChat(doc);
    await untilLive(world.vault, doc);
    open.value.setDraft("is there anybody?");
    await sleep(2 * batchDelayMs);
    expect(world.vault.docStatus(doc)).toMatchObject({ unsaved: 1, alarm: null });
    expect(world.relay.entries(doc)).toEqual([]);
    gone.kill();
    await world.vault.removeDevice(deviceId);
    await until(() => parsedLog(world.relay, doc).some(({ kind }) => kind === "update"), "it is begun");
    await untilSettled(world.vault);
    expect(world.vault.docStatus(doc)).toMatchObject({ unsaved: 0, pending: 0, alarm: null, phase: "live" });
    await world.vault.close();
  });

  it("RM6 a device that is let in is listed, and reads everything", async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const doc = await vault.createChat();
    const open = await vault.openChat(doc);
    open.value.setDraft("before it came");
    await untilSettled(vault);
    const keys = createDeviceKeys(systemRandom);
    const device = { signKey: keys.sign.publicKey, boxKey: keys.box.publicKey };
    await vault.addDevice({ digits: "000000", device, joinSignature: signJoin(keys, vault.id), name: "Tablet" });
    const identity = createMemoryIdentityStore();
    const localKey = createLocalKey(systemRandom);
    const entries = relay.rosterEntries();
    await writeIdentity(identity, { keys, localKey, entries, founding: null }, systemRandom);
    const tablet = await createTestDevice(relay, identity).open();
    await until(() => tablet.catalog.value.entry(doc) !== null, "the chat is listed");
    const there = await tablet.openChat(doc);
    await until(() => there.value.draft.toString() !== "", "it is read");
    expect(there.value.draft.toString()).toBe("before it came");
    expect(tablet.status()).toMatchObject({ link: "live", alarms: [] });
    await tablet.close();
    await vault.close();
  });
});
