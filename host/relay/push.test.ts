/** Who may ask to be told while it is away, who is told, and who is not: on a real relay, with a part that calls nobody in place of push services. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createClaim, claimTag, signClaim } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { createTemporaryDocId, type DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createAddDevice, signJoin } from "#crypto/rosterEntries.ts";
import { rosterEntryHash } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { PushSubscription } from "#sync/frame.ts";
import { alarmsMax } from "#sync/limits.ts";
import { until } from "#sync/testing/testDevice.ts";
import { heardWithinMs, subscriptionsMax } from "../push/limits.ts";
import type { PushJob } from "../push/subscription.ts";
import { createTestBrowser } from "../testing/pushService.ts";
import {
  claimHost,
  connectPeer,
  createDocId,
  createTestVault,
  startTestRelay,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import { openDatabase } from "./database.ts";
import { createPushDesk } from "./pushDesk.ts";
import { OWN_PLACE } from "./places.ts";
import type { Peer, Session } from "./session.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

const pushKey = Uint8Array.from({ length: 65 }, (_, at) => at);
let relay: TestRelay;
let vault: TestVault;
let desk: TestLink;
let host: TestLink;
let phone: DeviceKeys;
let links: TestLink[];
let told: PushJob[];
let forgotten: string[];
let count: number;
let request: number;

beforeAll(() => sodiumReady);
beforeEach(async () => {
  [links, told, forgotten, count, request] = [[], [], [], -1, 0];
  relay = await startTestRelay({
    push: {
      key: pushKey,
      send: (job) => told.push(job),
      forget: (endpoint) => forgotten.push(endpoint),
      onCount: (now) => {
        count = now;
      },
    },
  });
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
  desk.send({ type: "rosterCas", request: ++request, prevSeq: 2, entry: added, claim: null });
  await desk.next("rosterAck");
  vault.entries.push(added);
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

const at = (name: string): PushSubscription => {
  const { endpoint, publicKey, secret } = createTestBrowser(`https://fcm.googleapis.com/fcm/send/${name}`);
  return { endpoint, publicKey, secret };
};

async function put(link: TestLink, subscription: PushSubscription | null): Promise<string> {
  link.send({ type: "pushPut", request: ++request, subscription });
  const answer = await link.next("ack", "nack");
  return answer.type === "nack" ? answer.code : answer.type;
}

async function held(link: TestLink): Promise<{ key: Uint8Array | null; endpoint: string | null }> {
  link.send({ type: "pushAsk" });
  const { key, endpoint } = await link.next("pushKey");
  return { key, endpoint };
}

async function leave(link: TestLink): Promise<void> {
  link.close();
  await link.closed;
}

async function answered(doc: DocId = createDocId(), by = host): Promise<void> {
  by.send({ type: "answered", doc });
  by.send({ type: "ping" });
  await by.next("pong");
}

it("WP30 nobody is told before a device asks to be, and then the one that is away is told, and nobody else", async () => {
  expect(count).toBe(0);
  await answered();
  const link = await ofPhone();
  expect(await held(link)).toEqual({ key: pushKey, endpoint: null });
  const subscription = at("phone");
  expect(await put(link, subscription)).toBe("ack");
  expect([count, await held(link)]).toEqual([1, { key: pushKey, endpoint: subscription.endpoint }]);
  await leave(link);
  const doc = createDocId();
  await answered(doc);
  expect(told).toEqual([{ ...subscription, words: doc }]);
  expect((told[0]?.words ?? "").length).toBe(32);
});

it("WP31 it is kept over a restart, replaced by the next, and gone when the device says so", async () => {
  let link = await ofPhone();
  const [first, second] = [at("first"), at("second")];
  await put(link, first);
  await relay.restart();
  host = keep(await connectPeer(relay, relay.hostKeys, null));
  expect(count).toBe(1);
  await answered();
  expect(told.map(({ endpoint }) => endpoint)).toEqual([first.endpoint]);
  link = await ofPhone();
  expect(await put(link, second)).toBe("ack");
  expect(forgotten).toEqual([first.endpoint]);
  expect(await put(link, null)).toBe("ack");
  expect([count, (await held(link)).endpoint]).toEqual([0, null]);
  await leave(link);
  await relay.restart();
  host = keep(await connectPeer(relay, relay.hostKeys, null));
  await answered();
  expect([count, told.length]).toEqual([0, 1]);
});

it("WP32 what a push service knows no more is asked for anew by the device", async () => {
  const link = await ofPhone();
  const subscription = at("phone");
  await put(link, subscription);
  relay.pushGone(subscription.endpoint);
  relay.pushGone("https://fcm.googleapis.com/fcm/send/nobody");
  expect([count, (await held(link)).endpoint]).toEqual([0, null]);
});

it("WP33 a subscription that was another device's is that one's no more", async () => {
  const [link, subscription] = [await ofPhone(), at("browser")];
  await put(link, subscription);
  expect(await put(desk, subscription)).toBe("ack");
  expect([count, (await held(link)).endpoint, (await held(desk)).endpoint]).toEqual([1, null, subscription.endpoint]);
});

it("WP34 T-33 what is no browser's push service, or no browser's key, is not taken", async () => {
  const link = await ofPhone();
  const good = at("phone");
  const endpoints = [
    ...["http://fcm.googleapis.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/x"],
    ...["https://192.168.1.1/x", "https://fcm.googleapis.com:8443/x", "https://fcm.googleapis.com@evil.test/x", ""],
  ];
  for (const endpoint of endpoints)
    expect([endpoint, await put(link, { ...good, endpoint })]).toEqual([endpoint, "malformed"]);
  expect(await put(link, { ...good, publicKey: new Uint8Array(65) })).toBe("malformed");
  expect([count, (await held(link)).endpoint]).toEqual([0, null]);
});

it("WP35 T-12 only a device of the owner's vault has a say: no agent, no stranger, no guest", async () => {
  const refused = { key: null, endpoint: null };
  expect([await put(host, at("host")), await held(host)]).toEqual(["not-allowed", refused]);
  const stranger = keep(await connectPeer(relay, createDeviceKeys(systemRandom), null));
  expect(await put(stranger, at("stranger"))).toBe("not-allowed");

  const claim = createClaim(systemRandom);
  relay.invite([{ key: claim.publicKey, bytesMax: 1_000_000, endsMs: Date.now() + 60_000, isServed: true }]);
  const guests = createTestVault();
  const guest = keep(await connectPeer(relay, guests.device, claimTag(claim.publicKey)));
  const entry = guests.genesis;
  guest.send({
    type: "rosterCas",
    request: 1,
    prevSeq: 0,
    entry,
    claim: signClaim(claim.seed, rosterEntryHash(entry)),
  });
  await guest.next("rosterAck");
  expect([await put(guest, at("guest")), await held(guest)]).toEqual(["not-allowed", refused]);
  expect(count).toBe(0);
});

it("WP36 only an agent of the roster says that something was answered, and of temporary chats nobody is told", async () => {
  const link = await ofPhone();
  await put(link, at("phone"));
  await leave(link);
  await answered(createDocId(), desk);
  await answered(createTemporaryDocId(systemRandom));
  expect(told).toEqual([]);
});

interface Quiet {
  heardMs: number;
}

/** The desk by itself, with a clock turned by hand and links that are heard when the test says so. */
function createQuietWorld(quiet: readonly Quiet[]) {
  let nowMs = 1_000;
  const sent: string[] = [];
  const subscribed = { ...at("phone"), device: phone.id };
  const peer = { author: phone.id } as Peer;
  const world = createPushDesk({
    port: { key: pushKey, send: ({ words }) => sent.push(words), forget: () => {}, onCount: () => {} },
    subscriptions: { count: 1, of: () => [subscribed], alarmed: [] } as unknown as Subscriptions,
    sessions: () => quiet.map((each) => ({ peer, heardMs: each.heardMs }) as Session),
    vaultOf: () => vault.id,
    nowMs: () => nowMs,
    wallNowMs: () => 0,
  });
  const agent = { standing: "host" } as Peer;
  return {
    sent,
    answered: (doc: DocId) => world.answered(agent, doc),
    pass: (ms: number) => {
      nowMs += ms;
      world.check();
      return nowMs;
    },
  };
}

it("WP37 a device with a link is told only when nothing is heard of it after the answer: a page that sleeps", () => {
  const links: Quiet[] = [{ heardMs: 900 }, { heardMs: 999 }];
  const world = createQuietWorld(links);
  const [first, second] = [createDocId(), createDocId()];
  world.answered(first);
  world.pass(heardWithinMs);
  expect(world.sent).toEqual([]);
  world.pass(1);
  expect(world.sent).toEqual([first]);
  // The next one finds it awake, in one of its two windows.
  world.answered(second);
  links[0] = { heardMs: world.pass(5_000) };
  world.pass(heardWithinMs * 2);
  expect(world.sent).toEqual([first]);
});

it("WP38 of several answers to a device that sleeps the newest is told", () => {
  const world = createQuietWorld([{ heardMs: 900 }]);
  const docs = [createDocId(), createDocId(), createDocId()];
  for (const doc of docs) world.answered(doc);
  world.pass(heardWithinMs + 1);
  world.pass(heardWithinMs);
  expect(world.sent).toEqual(docs.slice(-1));
});

it("WP39 no vault has more of them than may be; who has one may replace it", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "sovereign-subscriptions-")), "log.sqlite");
  const database = openDatabase({ file, onBroken: () => {} });
  const subscriptions = createSubscriptions(database);
  const devices = Array.from({ length: subscriptionsMax + 1 }, () => createDeviceKeys(systemRandom).id);
  const kept = await Promise.all(devices.map((device, index) => subscriptions.put(vault.id, device, at(`${index}`))));
  expect([kept.indexOf(false), subscriptions.count]).toEqual([subscriptionsMax, subscriptionsMax]);
  expect(await subscriptions.put(vault.id, phone.id, at("one-more"))).toBe(false);
  expect(await subscriptions.put(vault.id, devices[0] ?? phone.id, at("anew"))).toBe(true);
  await database.close();
  rmSync(dirname(file), { recursive: true });
});

const hourMs = 3_600_000;

/** On a real file, with a clock turned by hand; nobody has a link. */
function createAlarmWorld(folder: string) {
  const database = openDatabase({ file: join(folder, "log.sqlite"), onBroken: () => {} });
  const subscriptions = createSubscriptions(database);
  const sent: string[] = [];
  let nowMs = 1_000_000;
  const desk = createPushDesk({
    port: { key: pushKey, send: ({ words }) => sent.push(words), forget: () => {}, onCount: () => {} },
    ...{ subscriptions, sessions: () => [], vaultOf: () => vault.id, nowMs: () => 5, wallNowMs: () => nowMs },
  });
  const device = { standing: "device", author: phone.id, place: OWN_PLACE } as Peer;
  return {
    ...{ sent, subscriptions, desk, device, database },
    pass: (ms: number) => {
      nowMs += ms;
      desk.check();
    },
    putAlarms: (...times: number[]) => desk.putAlarms(device, times),
  };
}

it("WP44 when a device said that it would be time, the others are told once, of nothing more than that, also after a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-alarms-"));
  let world = createAlarmWorld(folder);
  await world.putAlarms(1_000_000 + hourMs);
  expect(world.subscriptions.alarmed).toEqual([]);
  await world.desk.put(world.device, at("phone"));
  // What has passed already is nobody's to be told.
  await world.putAlarms(999_999, 1_000_000 + 2 * hourMs, 1_000_000 + hourMs);
  world.pass(hourMs - 1);
  expect(world.sent).toEqual([]);
  world.pass(1);
  world.pass(1);
  expect(world.sent).toEqual(["0".repeat(32)]);
  expect(world.sent[0]?.length).toBe(createDocId().length);
  await world.database.close();
  world = createAlarmWorld(folder);
  world.pass(hourMs);
  expect(world.sent).toEqual([]);
  world.pass(hourMs);
  expect(world.sent).toHaveLength(1);
  await world.database.close();
  rmSync(folder, { recursive: true });
});

it("WP45 what a device says takes the place of all that was said before; a day too late nobody is told; with the last subscription they are gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-alarms-"));
  const world = createAlarmWorld(folder);
  await world.desk.put(world.device, at("phone"));
  await world.putAlarms(1_000_000 + hourMs);
  await world.putAlarms(1_000_000 + 2 * hourMs, 1_000_000 + 2 * hourMs);
  world.pass(hourMs);
  expect([world.sent, world.subscriptions.alarmsOf(vault.id)]).toEqual([[], [1_000_000 + 2 * hourMs]]);
  world.pass(26 * hourMs);
  expect([world.sent, world.subscriptions.alarmed]).toEqual([[], []]);
  await world.putAlarms(1_000_000 + 100 * hourMs);
  expect(world.subscriptions.alarmed).toEqual([vault.id]);
  await world.desk.put(world.device, null);
  expect(world.subscriptions.alarmed).toEqual([]);
  await world.database.close();
  rmSync(folder, { recursive: true });
});

it("WP44 the relay goes by the clock on the wall: a phone that is away is told when it is time", async () => {
  const link = await ofPhone();
  await put(link, at("phone"));
  await leave(link);
  desk.send({ type: "alarmsPut", request: ++request, times: [Date.now() + 300] });
  await desk.next("ack");
  await until(() => told.length > 0, "the phone is told");
  expect(told.map(({ words }) => words)).toEqual(["0".repeat(32)]);
});

it("WP46 T-12 only a device of the owner's vault says when: no agent, no stranger; more than may be is no such word", async () => {
  await put(desk, at("desk"));
  const say = async (link: TestLink, times: readonly number[]): Promise<string> => {
    link.send({ type: "alarmsPut", request: ++request, times });
    const answer = await link.next("ack", "nack", "error");
    return answer.type === "ack" ? "ack" : answer.code;
  };
  const soon = Date.now() + hourMs;
  expect(await say(host, [soon])).toBe("not-allowed");
  const stranger = keep(await connectPeer(relay, createDeviceKeys(systemRandom), null));
  expect(await say(stranger, [soon])).toBe("not-allowed");
  expect(await say(desk, [soon])).toBe("ack");
  const most = Array.from({ length: alarmsMax + 1 }, (_, index) => soon + index);
  expect(await say(desk, most)).toBe("malformed");
});
