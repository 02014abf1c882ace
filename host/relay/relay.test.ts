import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signClaim } from "#crypto/claim.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { createLane } from "#crypto/lane.ts";
import { sealGrant } from "#crypto/grant.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster, rosterEntryHash } from "#crypto/roster.ts";
import { createAddDevice, createRemove, createRotate, signJoin } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { protocolVersion } from "#sync/frame.ts";
import {
  announceHost,
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  openTestLink,
  startTestRelay,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";

let relay: TestRelay;
let requests = 100;

beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(async () => {
  await relay.dispose();
});

async function append(link: TestLink, envelope: Uint8Array) {
  const request = (requests += 1);
  link.send({ type: "append", request, envelope });
  for (;;) {
    const answer = await link.next("ack", "nack");
    if (answer.request === request) return answer;
  }
}

async function cas(link: TestLink, prevSeq: number, entry: Uint8Array, claim: Uint8Array | null) {
  const request = (requests += 1);
  link.send({ type: "rosterCas", request, prevSeq, entry, claim });
  return link.next("rosterAck", "nack");
}

const claimOf = (vault: TestVault): Uint8Array => signClaim(relay.claimSeed, rosterEntryHash(vault.genesis));
const deviceAuthor = (vault: TestVault, doc?: Parameters<typeof createTestAuthor>[3]) =>
  createTestAuthor(vault, vault.device.id, vault.device.sign, doc);

describe("handshake", () => {
  it("makes a stranger of an unknown key, and offers the claim", async () => {
    const { ok } = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    expect(ok).toMatchObject({ standing: "stranger", claimable: true, rosterSeq: 0, vault: null });
  });

  it("knows the host by its key", async () => {
    const { ok } = await connectPeer(relay, relay.hostKeys, null);
    expect(ok.standing).toBe("host");
  });

  it("refuses another protocol version", async () => {
    const link = await openTestLink(relay.port);
    link.send({
      type: "hello",
      version: protocolVersion + 1,
      vault: null,
      publicKey: systemRandom(32),
      nonce: systemRandom(32),
    });
    expect((await link.next("error")).code).toBe("version");
    await link.closed;
  });

  it("refuses an AUTH by another key, and pauses that key after ten", async () => {
    const { publicKey } = createDeviceKeys(systemRandom).sign;
    for (let attempt = 1; attempt <= 10; attempt++) {
      const link = await openTestLink(relay.port);
      link.send({ type: "hello", version: protocolVersion, vault: null, publicKey, nonce: systemRandom(32) });
      await link.next("welcome");
      link.send({ type: "auth", signature: systemRandom(64) });
      expect((await link.next("error")).code).toBe("not-a-member");
      await link.closed;
    }
    const paused = await openTestLink(relay.port);
    paused.send({ type: "hello", version: protocolVersion, vault: null, publicKey, nonce: systemRandom(32) });
    expect((await paused.next("error")).code).toBe("too-fast");
  });

  it.each([
    ["a frame before HELLO", (link: TestLink) => link.send({ type: "ping" })],
    ["a large first frame", (link: TestLink) => link.sendBytes(new Uint8Array(1_000))],
    ["no frame at all", (link: TestLink) => link.sendBytes(new Uint8Array(0))],
    ["text", (link: TestLink) => link.socket.send("hello")],
  ])("ends a link that opens with %s", async (_name, open) => {
    const link = await openTestLink(relay.port);
    open(link);
    expect(await link.closed).toBeGreaterThanOrEqual(1_000);
  });

  it("does not take a device of another vault", async () => {
    await claimHost(relay, createTestVault());
    const stranger = createTestVault();
    await expect(connectPeer(relay, stranger.device, stranger.id)).rejects.toThrow(/closed before "ok"/);
  });
});

describe("claim", () => {
  it("takes one genesis, says so once, and makes its device a member at once", async () => {
    const vault = createTestVault();
    await claimHost(relay, vault);
    expect(relay.claims).toBe(1);
    const again = await connectPeer(relay, vault.device, vault.id);
    expect(again.ok).toMatchObject({ standing: "device", claimable: false, rosterSeq: 2, vault: vault.id });
  });

  it("answers the very same genesis like the first time, also after a restart and to a stranger", async () => {
    const vault = createTestVault();
    await claimHost(relay, vault);
    await relay.restart();
    const device = await connectPeer(relay, vault.device, vault.id);
    expect(await cas(device, 0, vault.genesis, claimOf(vault))).toMatchObject({ type: "rosterAck", seq: 1 });
    const asStranger = await connectPeer(relay, vault.device, null);
    expect(await cas(asStranger, 0, vault.genesis, claimOf(vault))).toMatchObject({ type: "rosterAck", seq: 1 });
    expect(relay.claims).toBe(1);
  });

  it("refuses a second vault, a claim by another key, and a genesis without one", async () => {
    const [first, second] = [createTestVault(), createTestVault()];
    const link = await connectPeer(relay, first.device, null);
    expect(await cas(link, 0, first.genesis, null)).toMatchObject({ type: "nack", code: "not-allowed" });
    expect(await cas(link, 0, first.genesis, systemRandom(64))).toMatchObject({ type: "nack", code: "not-allowed" });
    expect(await cas(link, 0, first.genesis, claimOf(second))).toMatchObject({ type: "nack", code: "not-allowed" });
    const late = await connectPeer(relay, second.device, second.id);
    expect(await cas(link, 0, first.genesis, claimOf(first))).toMatchObject({ type: "rosterAck", seq: 1 });
    expect(await cas(late, 0, second.genesis, claimOf(second))).toMatchObject({ type: "nack", code: "not-allowed" });
  });

  it("lets exactly one of two vaults win when both claim at once", async () => {
    const vaults = [createTestVault(), createTestVault(), createTestVault()];
    const links = await Promise.all(vaults.map((vault) => connectPeer(relay, vault.device, vault.id)));
    const answers = await Promise.all(
      links.map((link, index) => cas(link, 0, vaults[index]!.genesis, claimOf(vaults[index]!))),
    );
    expect(answers.filter(({ type }) => type === "rosterAck")).toHaveLength(1);
    expect(relay.claims).toBe(1);
  });
});

describe("roster", () => {
  it("serves it from a seq, with the claim only beside the genesis", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    expect(link.waiting.map((frame) => frame.type)).toContain("host");
    const fresh = await connectPeer(relay, vault.device, vault.id);
    fresh.send({ type: "rosterGet", from: 0 });
    const whole = await fresh.next("roster");
    expect(whole.entries).toHaveLength(2);
    expect(whole.claim).toEqual(claimOf(vault));
    fresh.send({ type: "rosterGet", from: 1 });
    expect(await fresh.next("roster")).toMatchObject({ from: 1, claim: null, entries: [vault.entries[1]] });
    fresh.send({ type: "rosterGet", from: 2 });
    expect((await fresh.next("roster")).entries).toEqual([]);
  });

  it("pushes all of it to the host when it is let in, and each new entry to every member", async () => {
    const vault = createTestVault();
    const host = await connectPeer(relay, relay.hostKeys, null);
    const announcement = announceHost(relay.hostKeys);
    host.send({ type: "announce", announcement });
    const other = await connectPeer(relay, relay.hostKeys, null);
    // The same life on a newer link: the older one is what a broken connection left.
    other.send({ type: "announce", announcement });
    expect((await host.next("error")).code).toBe("draining");
    await host.closed;
    const device = await claimHost(relay, vault);
    const pushed = await other.next("roster");
    expect(pushed).toMatchObject({ vault: vault.id, from: 0 });
    expect(readRoster(pushed.entries).seq).toBe(2);
    expect(pushed.claim).toEqual(claimOf(vault));
    expect((await device.next("roster")).entries).toHaveLength(1);
  });

  it("answers a stale entry with where the roster stands", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    expect(await cas(link, 1, systemRandom(200), null)).toMatchObject({ type: "nack", code: "conflict", expected: 2 });
    expect(await cas(link, 2, systemRandom(200), null)).toMatchObject({ type: "nack", code: "not-allowed" });
  });

  it("tells a removed device so, closes its link, and lets it in no more", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const phone = createDeviceKeys(systemRandom);
    const card = { signKey: phone.sign.publicKey, boxKey: phone.box.publicKey };
    const added = createAddDevice({
      roster: vault.roster(),
      by: vault.device,
      device: card,
      joinSignature: signJoin(phone, vault.id),
      name: "Phone",
      vaultKey: vault.vaultKey,
      random: systemRandom,
    });
    vault.entries.push(added);
    expect((await cas(link, 2, added, null)).type).toBe("rosterAck");
    const phoneLink = await connectPeer(relay, phone, vault.id);
    const author = createTestAuthor(vault, phone.id, phone.sign);
    expect((await append(phoneLink, author.rekey(vault.vaultKey))).type).toBe("ack");

    const removed = createRemove({
      roster: vault.roster(),
      by: vault.device,
      member: phone.id,
      vaultKey: vault.vaultKey,
      newVaultKey: createVaultKey(systemRandom),
      random: systemRandom,
    });
    vault.entries.push(removed);
    expect((await cas(link, 3, removed, null)).type).toBe("rosterAck");
    expect((await phoneLink.next("error")).code).toBe("removed");
    await phoneLink.closed;
    await expect(connectPeer(relay, phone, vault.id)).rejects.toThrow(/closed before "ok"/);
    // What it wrote before stays; what it writes after is nobody's.
    expect(await append(link, author.next("update", { rosterSeq: 3 }))).toMatchObject({
      type: "nack",
      code: "not-allowed",
    });
  });
});

describe("epochs", () => {
  it("RK5 what is sealed under a key from before a removal is refused, unless its author had not heard of that", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    expect((await append(link, author.rekey(vault.vaultKey))).type).toBe("ack");
    const newVaultKey = createVaultKey(systemRandom);
    const { device: by, vaultKey } = vault;
    const rotated = createRotate({ roster: vault.roster(), by, vaultKey, newVaultKey, random: systemRandom });
    vault.entries.push(rotated);
    expect((await cas(link, 2, rotated, null)).type).toBe("rosterAck");
    // Sealed offline, before it knew.
    expect((await append(link, author.next("update", { rosterSeq: 2 }))).type).toBe("ack");
    const { counter } = author;
    const refused = { type: "nack", code: "not-allowed" };
    const branch = () => createBranch(author);
    expect(await append(link, branch().next("update", { counter }))).toMatchObject(refused);
    expect(await append(link, branch().rekey(vaultKey, { epoch: 2, generation: 1 }))).toMatchObject(refused);
    expect((await append(link, author.rekey(newVaultKey, { epoch: 2, generation: 2 }))).type).toBe("ack");
    expect((await append(link, author.next("update", { epoch: 2 }))).type).toBe("ack");
    expect(await append(link, branch().next("update", { epoch: 1 }))).toMatchObject(refused);
    await relay.restart();
    const again = await connectPeer(relay, vault.device, vault.id);
    expect(await append(again, branch().next("update", { epoch: 1 }))).toMatchObject(refused);
    expect((await append(again, author.next("update", { epoch: 2 }))).type).toBe("ack");

    /** An author that goes on from where this one stands, without moving it. */
    function createBranch(from: ReturnType<typeof deviceAuthor>): ReturnType<typeof deviceAuthor> {
      const twin = createTestAuthor(vault, from.id, vault.device.sign, from.doc);
      twin.counter = from.counter;
      twin.prev = from.prev;
      return twin;
    }
  });
});

describe("log", () => {
  it("acknowledges, serves from a cursor, and pushes what comes to all who follow", async () => {
    const vault = createTestVault();
    const writer = await claimHost(relay, vault);
    const reader = await connectPeer(relay, vault.device, vault.id);
    const author = deviceAuthor(vault);
    reader.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect(await reader.next("entries")).toMatchObject({ entries: [], head: 0, more: false });
    const envelopes = [author.rekey(vault.vaultKey), author.next("update"), author.next("update")];
    for (const envelope of envelopes) expect((await append(writer, envelope)).type).toBe("ack");
    const seen = [];
    while (seen.length < 3) seen.push(...(await reader.next("entries")).entries);
    expect(seen.map((entry) => Buffer.from(entry.envelope))).toEqual(envelopes.map((bytes) => Buffer.from(bytes)));
    expect(seen.map((entry) => entry.seq)).toEqual([1, 2, 3]);

    reader.send({ type: "leave", doc: author.doc });
    reader.send({ type: "sub", doc: author.doc, cursor: 2 });
    const later = await reader.next("entries");
    expect(later.entries.map((entry) => entry.seq)).toEqual([3]);
    // A cursor from before a rollback: the answer says by its head where the log stands.
    reader.send({ type: "sub", doc: author.doc, cursor: 99 });
    expect(await reader.next("entries")).toMatchObject({ entries: [], head: 3, more: false });
  });

  it("pages a long log, and takes a repeated append for what it is", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    const first = author.rekey(vault.vaultKey);
    await append(link, first);
    for (let index = 0; index < 8; index++)
      expect((await append(link, author.next("update", { body: systemRandom(60_000) }))).type).toBe("ack");
    expect(await append(link, first)).toMatchObject({ type: "ack", seq: 1 });
    link.send({ type: "sub", doc: author.doc, cursor: 0 });
    const pages = [await link.next("entries")];
    while (pages.at(-1)?.more) pages.push(await link.next("entries"));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap((page) => page.entries.map((entry) => entry.seq))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("keeps everything over a restart", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    await append(link, author.rekey(vault.vaultKey));
    await relay.restart();
    const again = await connectPeer(relay, vault.device, vault.id);
    expect(await append(again, author.next("update"))).toMatchObject({ type: "ack", seq: 2 });
  });

  it("tells every link that it goes, and has gone soon, also when somebody does not read", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const deaf = await connectPeer(relay, vault.device, vault.id);
    deaf.socket.pause();
    const before = performance.now();
    await relay.restart();
    expect(performance.now() - before).toBeLessThan(15_000);
    expect((await link.next("error")).code).toBe("draining");
    await link.closed;
  });

  it("refuses envelopes of strangers, of forgers, out of order, out of their roster, and those never stored", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    await append(link, author.rekey(vault.vaultKey));
    const other = createTestVault();
    expect(await append(link, deviceAuthor(other).rekey(other.vaultKey))).toMatchObject({ code: "not-allowed" });
    const good = author.next("update");
    const forged = Uint8Array.from(good);
    forged[150] = (forged[150] ?? 0) ^ 1;
    expect(await append(link, forged)).toMatchObject({ code: "not-allowed" });
    expect(await append(link, good.subarray(0, 180))).toMatchObject({ code: "malformed" });
    expect(await append(link, author.next("update"))).toMatchObject({ code: "conflict", expected: 2 });
    expect(await append(link, good)).toMatchObject({ type: "ack", seq: 2 });
    expect(await append(link, deviceAuthor(vault).next("ephemeral"))).toMatchObject({ code: "not-allowed" });
    const wrongHead = createTestAuthor(
      { ...vault, entries: [vault.genesis, other.genesis] },
      vault.device.id,
      vault.device.sign,
    );
    expect(await append(link, wrongHead.next("update"))).toMatchObject({ code: "not-allowed" });
    // An edit made offline, before the host was let in, is no less true.
    expect(await append(link, deviceAuthor(vault).next("update", { rosterSeq: 1 }))).toMatchObject({ type: "ack" });
  });

  it("gives strangers nothing and takes nothing from them", async () => {
    const vault = createTestVault();
    const link = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    await append(link, author.rekey(vault.vaultKey));
    const stranger = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    expect(stranger.ok).toMatchObject({ standing: "stranger", claimable: false, rosterSeq: 0, vault: null });
    stranger.send({ type: "sub", doc: author.doc, cursor: 0 });
    stranger.send({ type: "rosterGet", from: 0 });
    stranger.send({ type: "ephemeral", envelope: author.next("ephemeral") });
    expect(await append(stranger, author.next("update"))).toMatchObject({ code: "not-allowed" });
    stranger.send({ type: "ping" });
    await stranger.next("pong");
    expect(stranger.waiting.map((frame) => frame.type)).toEqual([]);
  });

  it("hands presence to those who follow, keeps none, and not to its sender", async () => {
    const vault = createTestVault();
    const writer = await claimHost(relay, vault);
    const reader = await connectPeer(relay, vault.device, vault.id);
    const author = deviceAuthor(vault);
    for (const link of [writer, reader]) {
      link.send({ type: "sub", doc: author.doc, cursor: 0 });
      await link.next("entries");
    }
    const envelope = author.next("ephemeral");
    writer.send({ type: "ephemeral", envelope });
    expect(Buffer.from((await reader.next("ephemeral")).envelope)).toEqual(Buffer.from(envelope));
    reader.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect((await reader.next("entries")).head).toBe(0);
    expect(writer.waiting.some((frame) => frame.type === "ephemeral")).toBe(false);
  });
});

describe("host", () => {
  const boot = bootIdFromBytes(systemRandom(16));

  it("announces itself to devices and strangers, and is missed when it goes", async () => {
    const stranger = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    expect(await stranger.next("host")).toMatchObject({ host: relay.hostKeys.id, announcement: null });
    const host = await connectPeer(relay, relay.hostKeys, null);
    const announcement = announceHost(relay.hostKeys);
    host.send({ type: "announce", announcement });
    expect((await stranger.next("host")).announcement).toEqual(announcement);
    const late = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    expect((await late.next("host")).announcement).toEqual(announcement);
    host.close();
    expect((await stranger.next("host")).announcement).toBeNull();
  });

  it("may announce only itself, and nobody may in its place", async () => {
    const host = await connectPeer(relay, relay.hostKeys, null);
    host.send({ type: "announce", announcement: announceHost(createDeviceKeys(systemRandom)) });
    expect((await host.next("error")).code).toBe("malformed");
    const stranger = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    stranger.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
    expect((await stranger.next("error")).code).toBe("malformed");
  });

  it("is offered each grant for it, and writes through a lane only", async () => {
    const vault = createTestVault();
    const host = await connectPeer(relay, relay.hostKeys, null);
    host.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
    const device = await claimHost(relay, vault);
    const author = deviceAuthor(vault);
    await append(device, author.rekey(vault.vaultKey));
    const run = runIdFromBytes(systemRandom(16));
    const { doc } = author;
    const clear = sealGrant({
      grant: { run, doc, epoch: 1, docKey: systemRandom(32), notAfter: Date.now() + 60_000, maxBytes: 1_000 },
      host: relay.hostKeys.id,
      boot,
      bootBoxKey: relay.hostKeys.box.publicKey,
    });
    const grant = author.next("grant", { clear });
    expect(await append(device, grant)).toMatchObject({ type: "ack", seq: 2 });
    const offer = await host.next("offer");
    expect(offer).toMatchObject({ doc, seq: 2 });
    expect(Buffer.from(offer.envelope)).toEqual(Buffer.from(grant));

    // Its identity key writes nothing, and a lane writes nothing before its certificate.
    const identity = createTestAuthor(vault, relay.hostKeys.id, relay.hostKeys.sign, doc);
    expect(await append(host, identity.next("update"))).toMatchObject({ code: "not-allowed" });
    const lane = createLane({ run, doc, host: relay.hostKeys, boot, random: systemRandom });
    expect(await append(host, createTestAuthor(vault, lane.id, lane.signingKey, doc).next("update"))).toMatchObject({
      code: "not-allowed",
    });

    // Sent in one go: what follows the certificate does not wait for the disk.
    const writes = createTestAuthor(vault, lane.id, lane.signingKey, doc);
    const envelopes = [
      writes.next("accept", { clear: lane.acceptClear }),
      writes.next("update"),
      writes.next("update"),
    ];
    const answers = await Promise.all(
      envelopes.map((envelope, index) => {
        host.send({ type: "append", request: index + 1, envelope });
        return host.next("ack");
      }),
    );
    expect(answers.map((answer) => answer.seq)).toEqual([3, 4, 5]);

    // Into this doc only, and no second lane for the run.
    const elsewhere = createTestAuthor(vault, lane.id, lane.signingKey);
    expect(await append(host, elsewhere.next("update"))).toMatchObject({ code: "not-allowed" });
    const second = createLane({ run, doc, host: relay.hostKeys, boot, random: systemRandom });
    const secondWrites = createTestAuthor(vault, second.id, second.signingKey, doc);
    expect(await append(host, secondWrites.next("accept", { clear: second.acceptClear }))).toMatchObject({
      code: "not-allowed",
    });

    // A lane that a device certified itself is nobody's.
    const false_ = createLane({
      run: runIdFromBytes(systemRandom(16)),
      doc,
      host: vault.device,
      boot,
      random: systemRandom,
    });
    const falseWrites = createTestAuthor(vault, false_.id, false_.signingKey, doc);
    expect(await append(device, falseWrites.next("accept", { clear: false_.acceptClear }))).toMatchObject({
      code: "not-allowed",
    });

    // A FINAL takes the place of what it names, exactly.
    const badFinal = createTestAuthor(vault, lane.id, lane.signingKey, doc);
    badFinal.counter = writes.counter;
    const final = writes.next("final", { clear: finalClear(2, 3) });
    expect(await append(host, final)).toMatchObject({ type: "ack", seq: 6 });
    device.send({ type: "sub", doc, cursor: 0 });
    const page = await device.next("entries");
    expect(page.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 6]);

    await relay.restart();
    const hostAgain = await connectPeer(relay, relay.hostKeys, null);
    expect((await hostAgain.next("roster")).entries).toHaveLength(2);
    expect(await append(hostAgain, writes.next("update"))).toMatchObject({ type: "ack", seq: 7 });
  });

  it("refuses a FINAL that replaces more or less than its own stream", async () => {
    const vault = createTestVault();
    const device = await claimHost(relay, vault);
    const lane = createLane({
      run: runIdFromBytes(systemRandom(16)),
      doc: deviceAuthor(vault).doc,
      host: relay.hostKeys,
      boot,
      random: systemRandom,
    });
    const { doc } = deviceAuthor(vault);
    const ownLane = createLane({
      run: runIdFromBytes(systemRandom(16)),
      doc,
      host: relay.hostKeys,
      boot,
      random: systemRandom,
    });
    expect(lane.id).not.toBe(ownLane.id);
    const writes = createTestAuthor(vault, ownLane.id, ownLane.signingKey, doc);
    await append(device, writes.next("accept", { clear: ownLane.acceptClear }));
    await append(device, writes.next("update"));
    expect(await append(device, writes.next("final", { clear: finalClear(2, 9) }))).toMatchObject({
      code: "malformed",
    });
  });

  it("gets nothing of a vault that has not let it in", async () => {
    const vault = createTestVault();
    const claimer = await connectPeer(relay, vault.device, vault.id);
    await cas(claimer, 0, vault.genesis, claimOf(vault));
    const author = deviceAuthor(vault);
    await append(claimer, author.rekey(vault.vaultKey));
    const host = await connectPeer(relay, relay.hostKeys, null);
    host.send({ type: "sub", doc: author.doc, cursor: 0 });
    host.send({ type: "rosterGet", from: 0 });
    host.send({ type: "ping" });
    await host.next("pong");
    expect(host.waiting).toEqual([]);
  });
});
