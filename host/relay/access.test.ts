/** Who gets in at the relay: matrices made of the live router and of the live table of frames, so that a new one without an entry fails here. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { liveTagOf, type Frame } from "#sync/frame.ts";
import { FORMS } from "#sync/frameForms.ts";
import {
  announceHost,
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  openTestLink,
  startTestRelay,
  type TestAuthor,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import { createApp } from "./app.ts";

/** All there is without a link, and what it may tell anybody. */
const PUBLIC: Readonly<Record<string, string>> = {
  "GET /healthz": "that the host is up",
  "GET /addresses.json": "where other devices find it, as its printed link does",
  "GET /**": "the app's files, which hold nothing of a vault",
};

let relay: TestRelay;
let vault: TestVault;
let owner: TestLink;
let author: TestAuthor;
let links: TestLink[];

beforeAll(() => sodiumReady);
beforeEach(async () => {
  relay = await startTestRelay();
  vault = createTestVault();
  owner = await claimHost(relay, vault);
  links = [owner];
  author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  owner.send({ type: "append", request: 9, envelope: author.rekey(vault.vaultKey) });
  await owner.next("ack");
});
afterEach(async () => {
  for (const link of links) link.close();
  await relay.dispose();
});

describe("T-09, S-06: without a link", () => {
  it("the router has these routes and no other", () => {
    const routes = createApp(new Map())["~routes"].map(({ method, route }) => `${method} ${route}`);
    expect(routes.sort()).toEqual(Object.keys(PUBLIC).sort());
  });

  it.each(["/healthz", "/addresses.json", "/", "/chat/0123", "/v1/models", "/link"])(
    "%s says the same whatever credential comes along",
    async (path) => {
      const credentials: Record<string, string>[] = [
        {},
        { authorization: "Bearer x" },
        { authorization: `Bearer sov_00000000_${"A".repeat(43)}` },
        { cookie: "session=1" },
        { "x-api-key": "x" },
      ];
      const answers = await Promise.all(
        credentials.map(async (headers) => {
          const response = await fetch(`http://127.0.0.1:${relay.port}${path}`, { headers });
          expect(response.headers.get("set-cookie")).toBeNull();
          return `${response.status} ${await response.text()}`;
        }),
      );
      expect(new Set(answers).size).toBe(1);
    },
  );
});

/** Each kind of frame, with what would be of use to whoever may not send it. */
const framesOf = (): { readonly [T in Frame["type"]]: Extract<Frame, { type: T }> } => {
  const [id, doc, request] = [systemRandom(16), author.doc, 1];
  const envelope = author.next("update");
  const keys = createDeviceKeys(systemRandom);
  const bytes = systemRandom(64);
  const marks = { from: null, to: null };
  return {
    hello: { type: "hello", version: 3, vault: null, publicKey: keys.sign.publicKey, nonce: systemRandom(32) },
    welcome: { type: "welcome", version: 3, relayKey: systemRandom(32), nonce: systemRandom(32), signature: bytes },
    auth: { type: "auth", signature: bytes },
    ok: {
      ...{ type: "ok", vault: vault.id, rosterSeq: 1, rosterHead: systemRandom(32) },
      ...{ standing: "device", claimable: false },
    },
    rosterGet: { type: "rosterGet", from: 0 },
    roster: { type: "roster", vault: vault.id, from: 0, entries: vault.entries, claim: null },
    rosterCas: { type: "rosterCas", request, prevSeq: 2, entry: createTestVault().genesis, claim: null },
    rosterAck: { type: "rosterAck", request, seq: 1 },
    sub: { type: "sub", doc, cursor: 0 },
    entries: { type: "entries", doc, entries: [], head: 0, more: false, marks },
    leave: { type: "leave", doc },
    append: { type: "append", request, envelope },
    destroy: { type: "destroy", request, docs: [doc] },
    ack: { type: "ack", request, seq: 1 },
    nack: { type: "nack", request, code: "busy", expected: 0 },
    ephemeral: { type: "ephemeral", envelope: author.next("ephemeral") },
    live: { type: "live", lane: liveTagOf(keys.id), counter: 1, sealed: systemRandom(36) },
    announce: { type: "announce", announcement: announceHost(keys) },
    host: { type: "host", host: keys.id, announcement: null },
    offer: { type: "offer", doc, seq: 1, envelope },
    ping: { type: "ping" },
    pong: { type: "pong" },
    mailboxOpen: { type: "mailboxOpen", request, mailboxes: [id] },
    mailboxClose: { type: "mailboxClose", mailboxes: [id] },
    mailboxPut: { type: "mailboxPut", request, mailbox: id, message: bytes },
    mailboxTake: { type: "mailboxTake", request, mailbox: id },
    mailbox: { type: "mailbox", mailbox: id, message: bytes },
    have: { type: "have", doc, held: [] },
    recordPut: { type: "recordPut", request, id, record: bytes },
    record: { type: "record", seq: 1, record: bytes },
    recordTaken: { type: "recordTaken", seq: 1, id, isFiled: true },
    pushAsk: { type: "pushAsk" },
    pushKey: { type: "pushKey", key: null, endpoint: null },
    alarmsPut: { type: "alarmsPut", request, times: [Date.now() + 3_600_000] },
    pushPut: {
      type: "pushPut",
      request,
      subscription: {
        endpoint: "https://fcm.googleapis.com/fcm/send/x",
        publicKey: systemRandom(65),
        secret: systemRandom(16),
      },
    },
    answered: { type: "answered", doc },
    ledgerAsk: { type: "ledgerAsk", host: keys.id, asker: vault.device.id, from: 0 },
    ledgerPart: { type: "ledgerPart", host: keys.id, asker: vault.device.id, from: 0, total: 1, entries: [bytes] },
    error: { type: "error", code: "malformed", says: "x" },
  };
};
/** What a stranger may be told: no, goodbye, or that the link lives. */
const TOLD: readonly string[] = ["nack", "error", "pong"];

/** How it stands in the vault: what the owner reads back. */
async function standing(): Promise<string> {
  const link = await connectPeer(relay, vault.device, vault.id);
  links.push(link);
  link.send({ type: "sub", doc: author.doc, cursor: 0 });
  link.send({ type: "rosterGet", from: 0 });
  const [entries, roster] = [await link.next("entries"), await link.next("roster")];
  return JSON.stringify([entries.head, entries.entries.length, roster.entries.length]);
}

/** Everything that comes until the link ends or answers a ping. */
async function toldAfter(link: TestLink, frame: Frame): Promise<string[]> {
  link.send(frame);
  if (frame.type !== "ping") link.send({ type: "ping" });
  await link.next("pong").catch(() => {});
  return link.waiting.map(({ type }) => type);
}

const types = Object.keys(FORMS) as Frame["type"][];

describe("T-09, S-06: every kind of frame", () => {
  it("has a way to be sent", () => {
    expect(Object.keys(framesOf()).sort()).toEqual([...types].sort());
  });

  it("before the handshake ends the link, and changes and tells nothing", async () => {
    const before = await standing();
    for (const type of types.filter((each) => each !== "hello")) {
      const link = await openTestLink(relay.port);
      links.push(link);
      link.send(framesOf()[type]);
      await link.closed;
      expect([type, link.waiting.map((frame) => frame.type)]).toEqual([type, ["error"]]);
    }
    expect(await standing()).toBe(before);
  });

  it("of a stranger changes and tells nothing", async () => {
    const before = await standing();
    for (const type of types) {
      const link = await connectPeer(relay, createDeviceKeys(systemRandom), null);
      links.push(link);
      const told = await toldAfter(link, framesOf()[type]);
      expect([type, told.filter((each) => !TOLD.includes(each))]).toEqual([type, []]);
      link.close();
    }
    expect(await standing()).toBe(before);
  });
});
