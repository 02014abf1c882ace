/** Pairing against the real relay: real listener, real frames, real vaults. Rules: sync/PROTOCOL.md. */
import "fake-indexeddb/auto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { bootIdFromBytes, type DocId } from "#crypto/ids.ts";
import { createInvitation, pairingMailbox } from "#crypto/pairing.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createConnection } from "#sync/connection.ts";
import { decodeFrame, encodeFrame } from "#sync/frame.ts";
import { readIdentity } from "#sync/identityLock.ts";
import { joinVault, type Joining } from "#sync/joining.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { parsePairingLink } from "#sync/pairingLink.ts";
import { startInviting, type PairingState } from "#sync/pairing.ts";
import { createPairingPost } from "#sync/pairingPost.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { announceHost, connectPeer, startTestRelay, type TestRelay } from "./testing/testRelay.ts";

// reason: in Node, each y-websocket provider listens for the exit of the process, and a test has more docs open than a page.
process.setMaxListeners(0);
beforeAll(() => sodiumReady);

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const portsFor = (port: number): VaultPorts => ({
  clock: systemClock,
  random: systemRandom,
  openLink: createWebSocketLink(`ws://127.0.0.1:${port}/link`),
  identity: createMemoryIdentityStore(),
});

interface Scene {
  readonly relay: TestRelay;
  readonly laptop: Vault;
  readonly ports: VaultPorts;
  /** The host's agent says again that it is there. */
  readonly announce: (time: number) => void;
}

async function scene(): Promise<Scene> {
  const relay = await startTestRelay();
  endings.push(() => relay.dispose());
  const agent = await connectPeer(relay, relay.hostKeys, null);
  const boot = bootIdFromBytes(systemRandom(16));
  const announce = (time: number): void =>
    agent.send({ type: "announce", announcement: announceHost(relay.hostKeys, { boot, time }) });
  announce(Date.now() - 1_000);
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const ports: VaultPorts = { ...portsFor(relay.port), kind: "computer" };
  const laptop = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  endings.push(() => laptop.close());
  await until(() => laptop.status().link === "live", "the laptop is live");
  return { relay, laptop, ports, announce };
}

const origin = "http://localhost:4242";
const isComparing = (side: { state(): PairingState }): boolean => side.state().phase === "comparing";

/** Scans the link with a new device. */
async function scan(link: string, ports: VaultPorts, deviceName = "Phone"): Promise<Joining> {
  const parsed = parsePairingLink(link);
  if (parsed === null) throw new Error("not a link");
  return joinVault(ports, { invitation: parsed.invitation, deviceName });
}

async function pairUp(own: Scene, deviceName = "Phone", ports: VaultPorts = portsFor(own.relay.port), by = own.laptop) {
  const offer = await by.pair(origin);
  const joining = await scan(offer.link, ports, deviceName);
  await until(() => isComparing(offer) && isComparing(joining), "both show digits");
  const inviter = by.devices().find(({ isThis }) => isThis);
  expect(joining.state()).toMatchObject({ deviceName: inviter?.name });
  expect(offer.state()).toMatchObject({ deviceName, digits: (joining.state() as { digits: string }).digits });
  offer.confirm();
  joining.confirm();
  const phone = await joining.joined;
  if (phone === null) throw new Error(JSON.stringify(joining.state()));
  endings.push(() => phone.close());
  return { offer, joining, phone, ports };
}

async function ask(vault: Vault, text: string): Promise<DocId> {
  const chat = await vault.createChat();
  await vault.ask(chat, { text, parent: null });
  return chat;
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));

const titlesOf = (vault: Vault): readonly string[] =>
  vault.catalog.value
    .chats()
    .map(({ title }) => title)
    .sort();

describe("pairing over a real relay", () => {
  it("PA20 the catalog appears, the logs replicate, and both write from then on; a third comes in by the second", async () => {
    const own = await scene();
    const chat = await ask(own.laptop, "written before the phone was there");
    await until(() => own.laptop.status().pending === 0, "the host has it");
    const { offer, phone, ports } = await pairUp(own);
    expect(offer.state()).toEqual({ phase: "done", deviceName: "Phone" });
    await until(() => titlesOf(phone).length === 1, "the catalog is there");
    const opened = await phone.openChat(chat);
    await until(() => opened.value.thread().length === 2, "the chat is there");
    expect(opened.value.thread()[0]?.text).toBe("written before the phone was there");
    await ask(phone, "from the phone");
    await until(() => titlesOf(own.laptop).length === 2, "the laptop has the phone's chat");

    const { joining, phone: tablet } = await pairUp(own, "Tablet", portsFor(own.relay.port), phone);
    expect(joining.state()).toEqual({ phase: "done", deviceName: "Phone" });
    await until(() => titlesOf(tablet).length === 2, "the third device has both chats");
    const again = await phone.close().then(() => openVault(ports));
    if (again.kind !== "open") throw new Error("the phone has no vault");
    endings.push(() => again.vault.close());
    await until(() => again.vault.status().link === "live", "the phone is live again");
    expect(titlesOf(again.vault)).toHaveLength(2);
  });

  it("PA21 a second scan of a code that was used is refused in words, and keeps nothing", async () => {
    const own = await scene();
    const offer = await own.laptop.pair(origin);
    const first = await scan(offer.link, portsFor(own.relay.port));
    await until(() => isComparing(offer) && isComparing(first), "both show digits");
    offer.confirm();
    first.confirm();
    const phone = await first.joined;
    endings.push(async () => phone?.close());
    const ports = portsFor(own.relay.port);
    const late = await scan(offer.link, ports);
    await until(() => late.state().phase === "ended", "it is refused");
    expect(late.state()).toMatchObject({ code: "pairing-expired" });
    expect(await late.joined).toBeNull();
    expect(await ports.identity.read()).toBeNull();
    expect(own.laptop.devices().filter(({ role }) => role === "device")).toHaveLength(2);
  });

  it("PA22 a second scan while the first compares voids the code for all three", async () => {
    const own = await scene();
    const offer = await own.laptop.pair(origin);
    const first = await scan(offer.link, portsFor(own.relay.port));
    await until(() => isComparing(offer) && isComparing(first), "both show digits");
    const second = await scan(offer.link, portsFor(own.relay.port), "Phone");
    await until(() => [offer, first, second].every((side) => side.state().phase === "ended"), "all have ended");
    expect(offer.state()).toMatchObject({ code: "pairing-used-twice" });
    expect(first.state()).toMatchObject({ code: "pairing-used-twice" });
    expect(second.state()).toMatchObject({ code: "pairing-used" });
    expect(own.laptop.devices().filter(({ role }) => role === "device")).toHaveLength(1);
  });

  it("PA23 an attacker's code leads into the attacker's vault and shows other digits than any device of ours", async () => {
    const [own, attacker] = [await scene(), await scene()];
    const ours = await own.laptop.pair(origin);
    const theirs = await attacker.laptop.pair(origin);
    const joining = await scan(theirs.link, portsFor(attacker.relay.port));
    await until(() => isComparing(joining), "digits are shown");
    expect(ours.state()).toEqual({ phase: "waiting" });
    joining.cancel();
    await until(() => theirs.state().phase === "ended", "the attacker is told");
    // The same code at our own host opens no mailbox.
    const misled = await scan(theirs.link, portsFor(own.relay.port));
    await until(() => misled.state().phase === "ended", "it ends");
    expect(misled.state()).toMatchObject({ code: "pairing-expired" });
  });

  it("PA24 a device that has a vault joins no other, and a code needs the host", async () => {
    const own = await scene();
    const offer = await own.laptop.pair(origin);
    await expect(scan(offer.link, own.ports)).rejects.toMatchObject({ code: "has-vault" });
    expect(offer.state().phase).toBe("waiting");
    const next = await own.laptop.pair(origin);
    expect(offer.state()).toMatchObject({ phase: "ended", code: "pairing-cancelled" });
    next.cancel();
    await until(() => next.state().phase === "ended", "cancelled");
    const late = await scan(next.link, portsFor(own.relay.port));
    await until(() => late.state().phase === "ended", "a cancelled code opens nothing");
    await own.laptop.close();
    await expect(own.laptop.pair(origin)).rejects.toMatchObject({ code: "closed" });
  });

  it("PA25 a code that names another host than the roster lists gets no device to keep anything", async () => {
    const own = await scene();
    const held = await readIdentity(own.ports.identity, systemRandom);
    if (held === null) throw new Error("the laptop has no identity");
    const connection = createConnection({
      clock: systemClock,
      random: systemRandom,
      openLink: own.ports.openLink,
      keys: held.keys,
      vault: own.laptop.id,
      isTrustedRelay: () => true,
      events: {},
    });
    await until(() => connection.state.phase === "live", "the inviter is there");
    const real = parsePairingLink((await own.laptop.pair(origin)).link)!.invitation;
    const invitation = createInvitation({ ...real, fingerprint: systemRandom(16) }, systemRandom);
    const inviter = startInviting({
      clock: systemClock,
      random: systemRandom,
      post: createPairingPost(connection, systemClock),
      invitation,
      deviceName: "Laptop",
      admit: own.laptop.addDevice,
      onOver: () => {},
    });
    const ports = portsFor(own.relay.port);
    const joining = await joinVault(ports, { invitation, deviceName: "Phone" });
    await until(() => isComparing(inviter) && isComparing(joining), "both show digits");
    inviter.confirm();
    joining.confirm();
    await until(() => joining.state().phase === "ended", "it ends");
    expect(joining.state()).toMatchObject({ code: "wrong-host" });
    expect(await ports.identity.read()).toBeNull();
    connection.close();
  });

  it("PA28 a relay that serves the roster of another vault, or a changed one, gets no device to keep anything", async () => {
    const [own, other] = [await scene(), await scene()];
    const foreign = (await readIdentity(other.ports.identity, systemRandom))?.entries ?? [];
    const changes: ((entries: readonly Uint8Array[]) => readonly Uint8Array[])[] = [
      () => foreign,
      (entries) => entries.map((entry, at) => (at === 1 ? flip(entry) : entry)),
      (entries) => [...entries, ...entries.slice(-1)],
    ];
    for (const change of changes) {
      const offer = await own.laptop.pair(origin);
      const ports = portsFor(own.relay.port);
      const openLink: VaultPorts["openLink"] = (events) =>
        ports.openLink({
          ...events,
          onFrame: (bytes) => {
            const frame = decodeFrame(bytes);
            const isRoster = frame.type === "roster" && frame.from === 0;
            events.onFrame(isRoster ? encodeFrame({ ...frame, entries: change(frame.entries) }) : bytes);
          },
        });
      const joining = await scan(offer.link, { ...ports, openLink });
      await until(() => isComparing(offer) && isComparing(joining), "both show digits");
      offer.confirm();
      joining.confirm();
      await until(() => joining.state().phase === "ended", "it ends");
      expect(joining.state()).toMatchObject({ code: "pairing-broken" });
      expect(await ports.identity.read()).toBeNull();
    }
  });

  it.each([
    ["behind", -1],
    ["ahead", 1],
  ])(
    "PA29 a device whose clock is a day %s is let in, reads all, and says that its clock is wrong",
    async (_where, days) => {
      const own = await scene();
      const chat = await ask(own.laptop, "Before the phone");
      const now = (): number => systemClock.now() + days * 86_400_000;
      const { phone } = await pairUp(own, "Phone", { ...portsFor(own.relay.port), clock: { ...systemClock, now } });
      await until(() => titlesOf(phone).length === 1, "the list is there");
      const opened = await phone.openChat(chat);
      await until(() => opened.value.thread()[0]?.text === "Before the phone", "the chat is there");
      // As an agent does that was asked under a clock so wrong (CK2).
      own.announce(Date.now());
      await until(() => phone.status().alarms.some(({ code }) => code === "CLOCK"), "it says so");
      expect(phone.status().alarms.map(({ says }) => says)).toEqual([expect.stringMatching(/Set the clock right/)]);
      await ask(phone, "From a wrong day");
      await until(() => titlesOf(own.laptop).length === 2, "what it writes is taken");
      expect(own.laptop.status().alarms).toEqual([]);
      opened.close();
    },
  );

  it("PA26 it lives through a link that breaks in the middle", async () => {
    const own = await scene();
    const offer = await own.laptop.pair(origin);
    let cut = (): void => {};
    const ports = portsFor(own.relay.port);
    const openLink: VaultPorts["openLink"] = (events) => {
      const link = ports.openLink(events);
      cut = () => link.close();
      return link;
    };
    const joining = await scan(offer.link, { ...ports, openLink });
    await until(() => isComparing(joining), "digits are shown");
    cut();
    joining.confirm();
    offer.confirm();
    const phone = await joining.joined;
    expect(phone).not.toBeNull();
    await phone?.close();
  });

  it("PA27 mailboxes that somebody else took from, or filled, end it in words", async () => {
    const own = await scene();
    const offer = await own.laptop.pair(origin);
    const { invitation } = parsePairingLink(offer.link)!;
    const thief: DeviceKeys = createDeviceKeys(systemRandom);
    const connection = createConnection({
      clock: systemClock,
      random: systemRandom,
      openLink: createWebSocketLink(`ws://127.0.0.1:${own.relay.port}/link`),
      keys: thief,
      vault: null,
      isTrustedRelay: () => true,
      events: {},
    });
    await until(() => connection.state.phase === "live", "the thief is there");
    let seen = 0;
    connection.takeMailbox(pairingMailbox(invitation, 2), { onMessage: () => (seen += 1), onRefused: () => {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const joining = await scan(offer.link, portsFor(own.relay.port));
    await until(() => joining.state().phase === "ended", "the phone ends");
    expect(joining.state()).toMatchObject({ code: "pairing-used" });
    await until(() => seen === 1, "the thief has the offer, which opens nothing by itself");
    connection.close();
    offer.cancel();
  });
});

describe("the list of devices", () => {
  it("DV1 names, roles and this one, on each device; a new name is seen by all", async () => {
    const own = await scene();
    const { phone } = await pairUp(own, "Phone", { ...portsFor(own.relay.port), kind: "phone" });
    const listed = (vault: Vault) => vault.devices().map(({ name, role, isThis }) => ({ name, role, isThis }));
    const expected = [
      { name: "Laptop", role: "device", isThis: true },
      { name: "Host", role: "host", isThis: false },
      { name: "Phone", role: "device", isThis: false },
    ];
    await until(() => own.laptop.devices().length === 3, "the phone is listed");
    expect(listed(own.laptop)).toEqual(expected);
    expect(listed(phone)).toEqual(expected.map((device) => ({ ...device, isThis: device.name === "Phone" })));
    await until(() => phone.docStatus(phone.catalog.yDoc.guid as DocId).phase === "live", "the catalog is read");
    await phone.renameDevice(phone.deviceId, "  My\n phone ");
    await until(() => listed(own.laptop).some(({ name }) => name === "My phone"), "the name arrives");
    await expect(phone.renameDevice(createDeviceKeys(systemRandom).id, "x")).rejects.toMatchObject({
      code: "unknown-device",
    });
  });

  it("DV2 says what kind each is and when it was last in use, and notes that once, not at every start", async () => {
    const own = await scene();
    const { phone, ports } = await pairUp(own, "Phone", { ...portsFor(own.relay.port), kind: "phone" });
    const seen = (): { kind: string | null; seenAt: number | null } | undefined =>
      own.laptop.devices().find(({ id }) => id === phone.deviceId);
    await until(() => seen()?.kind === "phone", "the phone's card is there");
    expect(Math.abs(Date.now() - (seen()?.seenAt ?? 0))).toBeLessThan(30_000);
    await until(() => phone.status().pending === 0, "all is acknowledged");
    await phone.close();
    const before = phone.catalog.yDoc.store.clients.get(phone.catalog.yDoc.clientID)?.length;
    const again = await openVault({ ...ports, kind: "phone" });
    if (again.kind !== "open") throw new Error("no vault");
    endings.push(() => again.vault.close());
    await until(() => again.vault.status().link === "live", "live again");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(before).toBeGreaterThan(0);
    expect(again.vault.catalog.yDoc.store.clients.has(again.vault.catalog.yDoc.clientID)).toBe(false);
  });

  it("DV3 says what a device lacks until it has said that it holds it", async () => {
    const own = await scene();
    const { phone, ports } = await pairUp(own);
    const lacks = (): readonly string[] | undefined =>
      own.laptop.devices().find(({ id }) => id === phone.deviceId)?.lacks;
    await until(() => own.laptop.status().pending === 0 && lacks()?.length === 0, "the phone holds all", 15_000);
    await phone.close();
    const chat = await ask(own.laptop, "while it is away");
    await until(() => lacks()?.includes(chat) === true, "the phone lacks it");
    const again = await openVault(ports);
    if (again.kind !== "open") throw new Error("no vault");
    endings.push(() => again.vault.close());
    await until(() => lacks()?.length === 0, "it caught up and said so", 20_000);
    expect(lacks()).toEqual([]);
  }, 60_000);

  it("DV4 a removed device leaves the list", async () => {
    const own = await scene();
    const { phone } = await pairUp(own);
    await until(() => own.laptop.devices().length === 3, "the phone is listed");
    await own.laptop.removeDevice(phone.deviceId);
    expect(own.laptop.devices().map(({ name }) => name)).toEqual(["Laptop", "Host"]);
    await until(() => phone.status().link === "refused", "the phone is shut out");
  });
});
