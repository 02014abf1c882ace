/** Several vaults at one relay: each by its invitation, and none of them learns of another. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimTag, createClaim, signClaim } from "#crypto/claim.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { rosterEntryHash } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Frame } from "#sync/frame.ts";
import {
  announceHost,
  claimHost,
  connectPeer,
  createDocId,
  createTestAuthor,
  createTestVault,
  openTestLink,
  startTestRelay,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import type { Invitation } from "./places.ts";

const never = 8_640_000_000_000_000;
const invitation = (key: Uint8Array, rest: Partial<Invitation> = {}): Invitation => ({
  key,
  bytesMax: 1_000_000,
  endsMs: never,
  isServed: true,
  ...rest,
});

let relay: TestRelay;
let links: TestLink[];
/** The owner's vault, and the one that was invited. */
let own: TestVault;
let other: TestVault;
let ownLink: TestLink;
let otherLink: TestLink;
let guest: ReturnType<typeof createClaim>;
let request = 0;

beforeAll(() => sodiumReady);
beforeEach(async () => {
  relay = await startTestRelay();
  links = [];
  guest = createClaim(systemRandom);
  relay.invite([invitation(guest.publicKey)]);
  [own, other] = [createTestVault(), createTestVault()];
  ownLink = keep(await claimHost(relay, own));
  otherLink = keep(await claimHost({ ...at(relay), claimSeed: guest.seed }, other));
});
afterEach(async () => {
  for (const link of links) link.close();
  await relay.dispose();
});

const keep = <T extends TestLink>(link: T): T => {
  links.push(link);
  return link;
};
/** The relay's address and keys, which a copy of the object would read too early. */
const at = ({ port, relayKey, claimSeed, hostKeys }: TestRelay) => ({ port, relayKey, claimSeed, hostKeys });
const join = async (vault: TestVault) => keep(await connectPeer(relay, vault.device, vault.id));

async function append(link: TestLink, envelope: Uint8Array): Promise<Frame> {
  link.send({ type: "append", request: ++request, envelope });
  return link.next("ack", "nack");
}

/** Everything that came on a link until its own question was answered, so that nothing is still on its way. */
async function heardBy(link: TestLink): Promise<readonly Frame["type"][]> {
  link.send({ type: "ping" });
  await link.next("pong");
  return link.waiting.map(({ type }) => type);
}

describe("several vaults at one host", () => {
  it("VH1 a vault comes by an invitation, once; the owner's stands beside it, through a restart", async () => {
    expect(relay.claims).toBe(1);
    expect(relay.invited).toEqual([guest.publicKey]);
    await relay.restart();
    expect(relay.invited).toEqual([guest.publicKey]);
    for (const vault of [own, other]) {
      const { ok } = await join(vault);
      expect(ok).toMatchObject({ vault: vault.id, standing: "device", claimable: false, rosterSeq: 2 });
    }
    const late = createTestVault();
    await expect(claimHost({ ...at(relay), claimSeed: guest.seed }, late)).rejects.toThrow(/closed before/);
  });

  it("VH2 without the link an open place looks like none, and each link opens its own place alone", async () => {
    const next = createClaim(systemRandom);
    relay.invite([invitation(guest.publicKey), invitation(next.publicKey)]);
    const stranger = createDeviceKeys(systemRandom);
    const nobody = keep(await connectPeer(relay, stranger, null));
    expect(nobody.ok).toMatchObject({ standing: "stranger", claimable: false, vault: null });
    expect(await heardBy(nobody)).toEqual([]);
    await expect(connectPeer(relay, stranger, vaultIdFromBytes(systemRandom(32)))).rejects.toThrow(/closed before/);
    const come = createTestVault();
    const link = keep(await connectPeer(relay, come.device, claimTag(next.publicKey)));
    expect(link.ok).toMatchObject({ standing: "stranger", claimable: true });
    // Signed with the link of another place.
    for (const seed of [guest.seed, relay.claimSeed]) {
      const claim = signClaim(seed, rosterEntryHash(come.genesis));
      link.send({ type: "rosterCas", request: ++request, prevSeq: 0, entry: come.genesis, claim });
      expect(await link.next("rosterAck", "nack")).toMatchObject({ type: "nack", code: "not-allowed" });
    }
    const claim = signClaim(next.seed, rosterEntryHash(come.genesis));
    link.send({ type: "rosterCas", request: ++request, prevSeq: 0, entry: come.genesis, claim });
    expect(await link.next("rosterAck", "nack")).toMatchObject({ type: "rosterAck", seq: 1 });
  });

  it("VH3 an invitation that is over, or was taken back, opens nothing; a vault that came stays until it is taken back", async () => {
    const [late, gone] = [createClaim(systemRandom), createClaim(systemRandom)];
    relay.invite([
      invitation(guest.publicKey, { endsMs: 0 }),
      invitation(late.publicKey, { endsMs: 0 }),
      invitation(gone.publicKey, { isServed: false }),
    ]);
    for (const { seed } of [late, gone])
      await expect(claimHost({ ...at(relay), claimSeed: seed }, createTestVault())).rejects.toThrow(/closed before/);
    expect((await join(other)).ok.standing).toBe("device");
    relay.invite([invitation(guest.publicKey, { isServed: false })]);
    await otherLink.closed;
    await expect(join(other)).rejects.toThrow(/closed before/);
    await relay.restart();
    await expect(join(other)).rejects.toThrow(/closed before/);
    expect((await join(own)).ok.standing).toBe("device");
  });

  it("VH4 a device of one vault is a stranger's stranger to the other: same refusal as for a vault that is nowhere", async () => {
    const refusals: unknown[] = [];
    for (const vault of [other.id, vaultIdFromBytes(systemRandom(32)), claimTag(guest.publicKey)]) {
      const link = await openRefused(own, vault);
      refusals.push(link);
    }
    expect(new Set(refusals.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  it("VH5 no roster, doc, presence, host or mailbox of one is seen from the other", async () => {
    const agentOfOther = keep(await connectPeer(relay, relay.hostKeys, claimTag(guest.publicKey)));
    const before = (await heardBy(ownLink)).length;
    agentOfOther.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
    expect((await otherLink.next("host")).announcement).not.toBeUndefined();
    const author = createTestAuthor(other, other.device.id, other.device.sign);
    // The owner's device follows a doc by a name that it cannot know.
    ownLink.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect(await ownLink.next("entries")).toMatchObject({ entries: [], head: 0 });
    expect(await append(otherLink, author.rekey(other.vaultKey))).toMatchObject({ type: "ack" });
    const presence = createTestAuthor(other, other.device.id, other.device.sign, author.doc);
    otherLink.send({ type: "ephemeral", envelope: presence.next("ephemeral") });
    otherLink.send({ type: "rosterGet", from: 0 });
    expect((await otherLink.next("roster")).vault).toBe(other.id);
    expect((await heardBy(ownLink)).length, "nothing of it arrived").toBe(before);
    // A fresh look finds nothing either, and nothing can be put there.
    ownLink.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect(await ownLink.next("entries")).toMatchObject({ entries: [], head: 0 });
    const squatter = createTestAuthor(own, own.device.id, own.device.sign, author.doc);
    expect(await append(ownLink, squatter.rekey(own.vaultKey))).toMatchObject({ type: "nack", code: "not-allowed" });
    // And the attempt changed nothing for those whose doc it is.
    expect(await append(otherLink, author.next("update"))).toMatchObject({ type: "ack" });
  });

  it("VH6 what one vault signs, the other's log does not take; a roster entry goes to one's own vault alone", async () => {
    const author = createTestAuthor(other, other.device.id, other.device.sign, createDocId());
    expect(await append(ownLink, author.rekey(other.vaultKey))).toMatchObject({ type: "nack", code: "not-allowed" });
    const entry = other.entries[1] ?? new Uint8Array(0);
    ownLink.send({ type: "rosterCas", request: ++request, prevSeq: 2, entry, claim: null });
    expect(await ownLink.next("rosterAck", "nack")).toMatchObject({ type: "nack", code: "not-allowed" });
  });

  it("VH7 each has a share of the disk: one that is full leaves the other's room", async () => {
    relay.invite([invitation(guest.publicKey, { bytesMax: 20_000 })]);
    const author = createTestAuthor(other, other.device.id, other.device.sign);
    await append(otherLink, author.rekey(other.vaultKey));
    let answer: Frame = { type: "pong" };
    for (let at = 0; at < 40 && answer.type !== "nack"; at += 1)
      answer = await append(otherLink, author.next("update", { body: systemRandom(1_000) }));
    expect(answer).toMatchObject({ type: "nack", code: "full" });
    const mine = createTestAuthor(own, own.device.id, own.device.sign);
    await append(ownLink, mine.rekey(own.vaultKey));
    for (let at = 0; at < 40; at += 1)
      expect(await append(ownLink, mine.next("update", { body: systemRandom(1_000) }))).toMatchObject({ type: "ack" });
  });

  it("VH8 the host's agent serves each place on a link of its own, and is given that one's roster alone", async () => {
    const ofOwn = keep(await connectPeer(relay, relay.hostKeys, null));
    const ofOther = keep(await connectPeer(relay, relay.hostKeys, claimTag(guest.publicKey)));
    expect([ofOwn.ok.standing, ofOther.ok.standing]).toEqual(["host", "host"]);
    expect((await ofOwn.next("roster")).vault).toBe(own.id);
    expect((await ofOther.next("roster")).vault).toBe(other.id);
    // Neither takes the other's place as "the newest link".
    expect(await heardBy(ofOwn)).toEqual([]);
    expect(await heardBy(ofOther)).toEqual([]);
    ofOwn.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
    ofOwn.send({ type: "ping" });
    await ofOwn.next("pong");
    const announced = async (link: TestLink): Promise<number> => {
      await heardBy(link);
      return link.waiting.filter((frame) => frame.type === "host" && frame.announcement !== null).length;
    };
    expect([await announced(ownLink), await announced(otherLink)]).toEqual([1, 0]);
  });
});

async function openRefused(vault: TestVault, wanted: TestVault["id"]): Promise<unknown> {
  // By hand: connectPeer waits for an OK.
  const { signAuth } = await import("#crypto/handshake.ts");
  const { protocolVersion } = await import("#sync/frame.ts");
  const link = keep(await openTestLink(relay.port));
  const nonce = systemRandom(32);
  const publicKey = vault.device.sign.publicKey;
  link.send({ type: "hello", version: protocolVersion, vault: wanted, publicKey, nonce });
  const { relayKey, nonce: relayNonce } = await link.next("welcome");
  const signature = signAuth({ relayKey, deviceNonce: nonce, relayNonce, vault: wanted }, vault.device.sign);
  link.send({ type: "auth", signature });
  return link.next("error");
}
