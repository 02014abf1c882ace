import { beforeAll, beforeEach, expect, it } from "vitest";
import { createDeviceKeys, authorIdOf, type DeviceKeys } from "#crypto/device.ts";
import { bootIdFromBytes } from "#crypto/ids.ts";
import { signAuth, signWelcome } from "#crypto/handshake.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { decodeFrame, encodeFrame, protocolVersion, type Frame } from "#sync/frame.ts";
import { linkSilenceMs } from "#sync/limits.ts";
import { createMemoryLogStore } from "#sync/testing/memoryLogStore.ts";
import * as limits from "./limits.ts";
import { createPlaces } from "./places.ts";
import { createRelay, type Relay } from "./relay.ts";
import type { ServerLink, ServerLinkEvents } from "./server.ts";

let nowMs: number;
let relay: Relay;
let relayKeys: DeviceKeys;
let hostKeys: DeviceKeys;

beforeAll(() => sodiumReady);
beforeEach(() => {
  nowMs = 1_000;
  relayKeys = createDeviceKeys(systemRandom);
  hostKeys = createDeviceKeys(systemRandom);
  relay = createRelay({
    log: {
      ...{ ...createMemoryLogStore(), envelopeOf: () => null, rekeysOf: () => [], usageOf: () => new Map() },
      destroyed: { has: () => false, destroy: async () => true },
    },
    rosters: { of: () => null, placeOf: () => null, taken: () => [], append: async () => ({ kind: "refused" }) },
    handshake: {
      relayKey: relayKeys.sign.publicKey,
      makeNonce: () => systemRandom(32),
      signWelcome: (deviceNonce, relayNonce, deviceKey) =>
        signWelcome({ deviceNonce, relayNonce, deviceKey }, relayKeys.sign),
    },
    hostSignKey: hostKeys.sign.publicKey,
    hostId: hostKeys.id,
    authorIdOf,
    bootOf: (bytes) => bootIdFromBytes(bytes),
    places: createPlaces(relayKeys.sign.publicKey, () => 0),
    onClaimed: () => {},
    nowMs: () => nowMs,
    wallNowMs: () => 0,
    waiting: { keep: async () => {}, drop: () => {}, of: () => [] },
    records: { put: async () => null, after: () => null, drop: () => {} },
    subscriptions: {
      ...{ count: 0, of: () => [], find: () => undefined, at: () => undefined },
      ...{ put: async () => false, drop: async () => {} },
      ...{ alarmsOf: () => [], putAlarms: async () => {}, alarmed: [] },
    },
    push: null,
  });
});

/** A link without a socket, whose unread bytes a test sets. */
interface FakeLink {
  readonly frames: Frame[];
  readonly events: ServerLinkEvents;
  unsentBytes: number;
  end: "open" | "closed" | "terminated";
  receive(frame: Frame): void;
}

function open(): FakeLink {
  const frames: Frame[] = [];
  const link: ServerLink & { unsentBytes: number } = {
    send: (bytes) => frames.push(decodeFrame(bytes.slice())),
    close: () => (fake.end = "closed"),
    terminate: () => (fake.end = "terminated"),
    unsentBytes: 0,
  };
  const events = relay.accept(link);
  if (events === null) throw new Error("The relay takes no link.");
  const fake: FakeLink = {
    frames,
    events,
    get unsentBytes() {
      return link.unsentBytes;
    },
    set unsentBytes(bytes) {
      link.unsentBytes = bytes;
    },
    end: "open",
    receive: (frame) => events.onFrame(encodeFrame(frame)),
  };
  return fake;
}

function connect(keys: DeviceKeys): FakeLink {
  const link = open();
  const nonce = systemRandom(32);
  link.receive({ type: "hello", version: protocolVersion, vault: null, publicKey: keys.sign.publicKey, nonce });
  const welcome = link.frames.find((frame) => frame.type === "welcome");
  if (welcome === undefined) throw new Error("The relay did not welcome.");
  const facts = { relayKey: relayKeys.sign.publicKey, deviceNonce: nonce, relayNonce: welcome.nonce, vault: null };
  link.receive({ type: "auth", signature: signAuth(facts, keys.sign) });
  return link;
}

function passMs(ms: number): void {
  nowMs += ms;
  relay.check();
}

it("drops a link that has not shaken hands in its time", () => {
  const idle = open();
  const half = open();
  half.receive({
    type: "hello",
    version: protocolVersion,
    vault: null,
    publicKey: systemRandom(32),
    nonce: systemRandom(32),
  });
  passMs(limits.handshakeMsMax);
  expect([idle.end, half.end]).toEqual(["open", "open"]);
  passMs(1);
  expect([idle.end, half.end]).toEqual(["terminated", "terminated"]);
});

it("drops a stranger after its time, however lively", () => {
  const stranger = connect(createDeviceKeys(systemRandom));
  for (let passed = 0; passed <= limits.strangerMsMax; passed += 10_000) {
    expect(stranger.end).toBe("open");
    stranger.receive({ type: "ping" });
    passMs(10_000);
  }
  expect(stranger.end).toBe("terminated");
});

it("drops a silent link, and keeps one that pings", () => {
  const [silent, lively] = [connect(hostKeys), connect(createDeviceKeys(systemRandom))];
  for (let passed = 0; passed <= linkSilenceMs; passed += 10_000) {
    lively.receive({ type: "ping" });
    passMs(10_000);
  }
  expect(silent.end).toBe("terminated");
  expect(lively.end).toBe("open");
});

it("keeps a second agent of one identity out while the first is heard, and takes a newer link of one life at once", () => {
  const announce = (link: FakeLink, boot: number): void =>
    link.receive({ type: "announce", announcement: new Uint8Array(16).fill(boot) });
  const errorOf = ({ frames }: FakeLink): unknown => frames.find((frame) => frame.type === "error");
  const first = connect(hostKeys);
  announce(first, 1);
  passMs(limits.agentAliveMs - 1);
  const other = connect(hostKeys);
  announce(other, 2);
  expect([first.end, other.end]).toEqual(["open", "closed"]);
  expect(errorOf(other)).toMatchObject({ code: "duplicate" });
  const newer = connect(hostKeys);
  announce(newer, 1);
  expect([first.end, newer.end]).toEqual(["closed", "open"]);
  // Silent for so long, it is what a life that is over left behind.
  passMs(limits.agentAliveMs);
  const next = connect(hostKeys);
  announce(next, 2);
  expect([newer.end, next.end]).toEqual(["closed", "open"]);
});

it("drops a link that leaves its bytes unread, and keeps one that reads slowly", () => {
  const [stuck, slow] = [connect(createDeviceKeys(systemRandom)), connect(createDeviceKeys(systemRandom))];
  stuck.unsentBytes = slow.unsentBytes = 1;
  for (let passed = 0; passed <= limits.unreadMsMax; passed += 10_000) {
    stuck.receive({ type: "ping" });
    slow.receive({ type: "ping" });
    slow.events.onDrain();
    passMs(10_000);
  }
  expect(stuck.end).toBe("terminated");
  expect(slow.end).toBe("open");
});

it("takes no more than so many handshakes at once, and new links only so fast", () => {
  for (let count = 0; count < limits.handshakesMax; count++) open();
  expect(open).toThrow("takes no link");
  passMs(limits.handshakeMsMax + 1);
  for (let count = 0; count < limits.linksBurst; count++) open().events.onClose();
  expect(open).toThrow("takes no link");
  passMs(1_000);
  for (let count = 0; count < limits.linksPerSecond; count++) open().events.onClose();
  expect(open).toThrow("takes no link");
});

it("ends the oldest link of a key that has too many", () => {
  const keys = createDeviceKeys(systemRandom);
  const links = Array.from({ length: limits.linksPerKeyMax }, () => {
    passMs(200);
    return connect(keys);
  });
  expect(links.every((link) => link.end === "open")).toBe(true);
  connect(keys);
  expect(links.filter((link) => link.end !== "open")).toEqual([links[0]]);
});

it("tells every link that it drains", () => {
  const links = [open(), connect(createDeviceKeys(systemRandom)), connect(hostKeys)];
  relay.drain();
  for (const link of links) {
    expect(link.frames.at(-1)).toMatchObject({ type: "error", code: "draining" });
    expect(link.end).toBe("closed");
  }
});

it("answers nothing after it has closed a link", () => {
  const link = open();
  link.receive({ type: "ping" });
  const answered = link.frames.length;
  link.receive({
    type: "hello",
    version: protocolVersion,
    vault: null,
    publicKey: systemRandom(32),
    nonce: systemRandom(32),
  });
  expect(link.frames).toHaveLength(answered);
});

it.each(["welcome", "ok", "entries", "ack"] as const)("takes no %s from a peer", (type) => {
  const link = connect(createDeviceKeys(systemRandom));
  const frames: Record<typeof type, Frame> = {
    welcome: {
      type: "welcome",
      version: 1,
      relayKey: systemRandom(32),
      nonce: systemRandom(32),
      signature: systemRandom(64),
    },
    ok: { type: "ok", vault: null, rosterSeq: 0, rosterHead: systemRandom(32), standing: "host", claimable: true },
    entries: {
      type: "entries",
      doc: "00".repeat(16) as Extract<Frame, { type: "entries" }>["doc"],
      entries: [],
      head: 0,
      more: false,
      marks: { from: null, to: null },
    },
    ack: { type: "ack", request: 1, seq: 1 },
  };
  link.receive(frames[type]);
  expect(link.frames.at(-1)).toMatchObject({ type: "error", code: "malformed" });
});
