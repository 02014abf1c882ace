import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { signWelcome, verifyAuth } from "#crypto/handshake.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createConnection, type Connection, type ConnectionEvents, type ConnectionState } from "./connection.ts";
import { decodeFrame, encodeFrame, protocolVersion, type Frame } from "./frame.ts";
import { linkSilenceMs, pingEveryMs, reconnectDelayMsMax, reconnectDelayMsMin, refusedDelayMs } from "./limits.ts";
import type { LinkEvents } from "./ports.ts";
import { createManualClock, drainMicrotasks, type ManualClock } from "./testing/manualClock.ts";

/** The other end, frame by frame. */
interface Peer {
  readonly events: LinkEvents;
  readonly sent: Frame[];
  isClosed: boolean;
}

let clock: ManualClock;
let keys: DeviceKeys;
let relay: DeviceKeys;
let peers: Peer[];
let states: ConnectionState[];
let connection: Connection;

beforeAll(() => sodiumReady);
beforeEach(() => {
  clock = createManualClock();
  keys = createDeviceKeys(systemRandom);
  relay = createDeviceKeys(systemRandom);
  peers = [];
  states = [];
});

async function connect(events: ConnectionEvents = {}): Promise<Peer> {
  connection = createConnection({
    clock,
    random: systemRandom,
    openLink: (linkEvents) => {
      const peer: Peer = { events: linkEvents, sent: [], isClosed: false };
      peers.push(peer);
      return {
        send: (frame) => peer.sent.push(decodeFrame(frame.slice())),
        close: () => {
          peer.isClosed = true;
        },
        waitingBytes: 0,
      };
    },
    keys,
    vault: null,
    isTrustedRelay: (relayKey) => Buffer.from(relayKey).equals(relay.sign.publicKey),
    events: { ...events, onState: (state) => states.push(state) },
  });
  await drainMicrotasks();
  return newest();
}

const newest = (): Peer => {
  const peer = peers.at(-1);
  if (peer === undefined) throw new Error("no link was opened");
  return peer;
};
const say = (peer: Peer, frame: Frame): void => peer.events.onFrame(encodeFrame(frame));
const phase = (): string => connection.state.phase;

function welcome(peer: Peer, by: DeviceKeys = relay): Uint8Array {
  peer.events.onOpen();
  const [hello] = peer.sent;
  if (hello?.type !== "hello") throw new Error("no hello");
  const nonce = systemRandom(32);
  const facts = { deviceNonce: hello.nonce, relayNonce: nonce, deviceKey: hello.publicKey };
  const signature = signWelcome(facts, by.sign);
  say(peer, { type: "welcome", version: protocolVersion, relayKey: by.sign.publicKey, nonce, signature });
  return nonce;
}

function accept(peer: Peer): void {
  welcome(peer);
  say(peer, {
    type: "ok",
    vault: null,
    rosterSeq: 0,
    rosterHead: new Uint8Array(32),
    standing: "host",
    claimable: false,
  });
}

const noMarks = { from: null, to: null };

describe("the handshake", () => {
  it("LK1 signs both nonces with the device's key, and is live at OK", async () => {
    const peer = await connect();
    const relayNonce = welcome(peer);
    const [hello, auth] = peer.sent;
    if (hello?.type !== "hello" || auth?.type !== "auth") throw new Error("no hello or no auth");
    const facts = { relayKey: relay.sign.publicKey, deviceNonce: hello.nonce, relayNonce, vault: null };
    expect(verifyAuth(facts, auth.signature, keys.sign.publicKey)).toBe(true);
    expect(phase()).toBe("connecting");
    say(peer, {
      type: "ok",
      vault: null,
      rosterSeq: 3,
      rosterHead: new Uint8Array(32),
      standing: "host",
      claimable: false,
    });
    expect(connection.state).toMatchObject({ phase: "live", standing: "host", rosterSeq: 3 });
  });

  it("LK2 another relay's key, or a welcome it did not sign, is refused before anything is signed", async () => {
    const stranger = createDeviceKeys(systemRandom);
    welcome(await connect(), stranger);
    expect(connection.state).toMatchObject({ phase: "refused", code: "wrong-relay" });
    expect(newest().sent.map(({ type }) => type)).toEqual(["hello"]);
    expect(newest().isClosed).toBe(true);

    await clock.advance(refusedDelayMs);
    const peer = newest();
    peer.events.onOpen();
    const signature = systemRandom(64);
    say(peer, {
      type: "welcome",
      version: protocolVersion,
      relayKey: relay.sign.publicKey,
      nonce: systemRandom(32),
      signature,
    });
    expect(phase()).toBe("refused");
  });

  it("LK3 frames out of turn end the link", async () => {
    const peer = await connect();
    peer.events.onOpen();
    say(peer, {
      type: "ok",
      vault: null,
      rosterSeq: 0,
      rosterHead: new Uint8Array(32),
      standing: "host",
      claimable: true,
    });
    expect(phase()).toBe("offline");
    expect(peer.isClosed).toBe(true);
  });

  it("LK8 a refusal is tried again rarely, and stays on show until it ends", async () => {
    const peer = await connect();
    peer.events.onOpen();
    say(peer, { type: "error", code: "not-a-member", says: "This host belongs to another vault." });
    expect(connection.state).toEqual({
      phase: "refused",
      code: "not-a-member",
      says: "This host belongs to another vault.",
    });
    await clock.advance(refusedDelayMs - 1);
    expect(peers).toHaveLength(1);
    await clock.advance(1);
    expect(peers).toHaveLength(2);
    expect(phase()).toBe("refused");
    accept(newest());
    expect(phase()).toBe("live");
  });
});

describe("a link that breaks", () => {
  it("LK4 is opened again after growing waits with jitter, and at once when woken", async () => {
    await connect();
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn++) {
      newest().events.onClose();
      const closedAt = clock.now();
      const links = peers.length;
      while (peers.length === links) await clock.advance(5);
      waits.push(clock.now() - closedAt);
    }
    for (const [turn, wait] of waits.entries()) {
      const longest = Math.min(reconnectDelayMsMin * 2 ** turn, reconnectDelayMsMax);
      expect(wait).toBeGreaterThanOrEqual(longest / 2 - 5);
      expect(wait).toBeLessThanOrEqual(longest + 5);
    }
    newest().events.onClose();
    const links = peers.length;
    connection.wake();
    expect(peers).toHaveLength(links + 1);
  });

  it("LK5 silence ends it, pings keep it", async () => {
    const peer = await connect();
    accept(peer);
    for (let turn = 0; turn < 10; turn++) {
      await clock.advance(pingEveryMs);
      say(peer, { type: "pong" });
    }
    expect(phase()).toBe("live");
    expect(peer.sent.filter(({ type }) => type === "ping")).toHaveLength(10);
    await clock.advance(linkSilenceMs + pingEveryMs);
    expect(peer.isClosed).toBe(true);
    await clock.advance(reconnectDelayMsMax);
    expect(peers.length).toBeGreaterThan(1);
  });

  it("LK5 a link that never answers the handshake is given up too", async () => {
    const peer = await connect();
    peer.events.onOpen();
    await clock.advance(linkSilenceMs + pingEveryMs);
    expect(peer.isClosed).toBe(true);
  });

  it("LK6 answers what was asked as lost, and what is asked while there is none", async () => {
    const peer = await connect();
    accept(peer);
    const asked = connection.append(new Uint8Array(5));
    const other = connection.append(new Uint8Array(6));
    const [first] = peer.sent.filter((frame) => frame.type === "append");
    say(peer, { type: "ack", request: first?.request ?? 0, seq: 9 });
    peer.events.onClose();
    expect(await asked).toEqual({ kind: "ack", seq: 9 });
    expect(await other).toEqual({ kind: "lost" });
    expect(await connection.append(new Uint8Array(5))).toEqual({ kind: "lost" });
  });

  it("LK7 its docs are subscribed again from where they stand, and an announcement is made again", async () => {
    const doc = docIdFromBytes(systemRandom(16));
    let cursor = 4;
    let lost = 0;
    accept(await connect());
    connection.announce(Uint8Array.of(7));
    const subscription = connection.subscribe(doc, { cursor: () => cursor, onEntries: () => {}, onLost: () => lost++ });
    expect(newest().sent.at(-1)).toEqual({ type: "sub", doc, cursor: 4 });
    cursor = 11;
    newest().events.onClose();
    expect(lost).toBe(1);
    await clock.advance(reconnectDelayMsMax);
    accept(newest());
    expect(newest().sent.slice(2)).toEqual([
      { type: "announce", announcement: Uint8Array.of(7) },
      { type: "sub", doc, cursor: 11 },
    ]);
    subscription.leave();
    expect(newest().sent.at(-1)).toEqual({ type: "leave", doc });
  });

  it("LK11 of a doc that is asked for again, what was on its way is told apart from the answer, on this link alone", async () => {
    const doc = docIdFromBytes(systemRandom(16));
    const underWay: boolean[] = [];
    accept(await connect());
    const subscription = connection.subscribe(doc, {
      cursor: () => 0,
      onEntries: () => underWay.push(subscription.isUnderWay),
    });
    const show = (): void => say(newest(), { type: "entries", doc, entries: [], head: 0, more: false, marks: noMarks });
    show();
    // A ping of the link's own, whose answer is slow, and the two of the SUBs.
    await clock.advance(pingEveryMs);
    for (let times = 0; times < 2; times++) subscription.repeat();
    expect(
      newest()
        .sent.map(({ type }) => type)
        .slice(-5),
    ).toEqual(["ping", "ping", "sub", "ping", "sub"]);
    for (let pongs = 0; pongs < 3; pongs++) {
      show();
      say(newest(), { type: "pong" });
    }
    show();
    expect(underWay).toEqual([false, true, true, true, false]);
    subscription.repeat();
    newest().events.onClose();
    await clock.advance(reconnectDelayMsMax);
    accept(newest());
    show();
    expect(underWay.at(-1)).toBe(false);
  });

  it("LK9 bytes that are no frame end the link and nothing else", async () => {
    const peer = await connect();
    accept(peer);
    peer.events.onFrame(systemRandom(50));
    expect(peer.isClosed).toBe(true);
    expect(phase()).toBe("offline");
    await clock.advance(reconnectDelayMsMax);
    expect(peers).toHaveLength(2);
  });

  it("closing it leaves no timer behind", async () => {
    accept(await connect());
    connection.close();
    expect(clock.timers).toBe(0);
    expect(newest().isClosed).toBe(true);
  });
});

describe("many docs on one link", () => {
  it("LK10 each gets its own entries and presence, and a stray frame reaches nobody", async () => {
    const [a, b] = [docIdFromBytes(systemRandom(16)), docIdFromBytes(systemRandom(16))];
    const got: string[] = [];
    accept(await connect());
    for (const [name, doc] of [
      ["a", a],
      ["b", b],
    ] as const) {
      connection.subscribe(doc, {
        cursor: () => 0,
        onEntries: (entries) => got.push(`${name} entries ${entries.length}`),
        onEphemeral: () => got.push(`${name} ephemeral`),
      });
    }
    const peer = newest();
    say(peer, {
      type: "entries",
      doc: b,
      entries: [{ seq: 1, envelope: new Uint8Array(3) }],
      head: 1,
      more: false,
      marks: noMarks,
    });
    say(peer, { type: "ephemeral", envelope: Uint8Array.of(1, 6, ...Buffer.from(a, "hex"), 0, 0) });
    say(peer, { type: "ephemeral", envelope: new Uint8Array(4) });
    say(peer, {
      type: "entries",
      doc: docIdFromBytes(systemRandom(16)),
      entries: [],
      head: 0,
      more: false,
      marks: noMarks,
    });
    expect(got).toEqual(["b entries 1", "a ephemeral"]);
    expect(phase()).toBe("live");
  });

  it("passes on rosters, hosts and offers", async () => {
    const got: string[] = [];
    const doc = docIdFromBytes(systemRandom(16));
    accept(
      await connect({
        onHost: (host, announcement) => got.push(`host ${host === keys.id} ${announcement === null}`),
        onOffer: (of, seq) => got.push(`offer ${of === doc} ${seq}`),
      }),
    );
    say(newest(), { type: "host", host: keys.id, announcement: null });
    say(newest(), { type: "offer", doc, seq: 5, envelope: new Uint8Array(1) });
    expect(got).toEqual(["host true true", "offer true 5"]);
  });
});
