/**
 * One schedule, from its seed to its verdict: a host and devices are brought up, chaos is let loose, then everything is healed and must come to
 * rest in time, with nothing lost, nothing invented, and the same everywhere.
 */
import * as Y from "yjs";
import { createClaim, hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys, signingKeyFromSeed } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import { createAddDevice, createRemove, signJoin } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { clockSkewMs, entriesBytesMax } from "#sync/limits.ts";
import { unsentBytesMax } from "../../relay/limits.ts";
import { createAgentNode, type AgentNode } from "./agentNode.ts";
import { CATALOG, createDeviceNode, type DeviceNode } from "./deviceNode.ts";
import { createNetwork, type Network } from "./network.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { createPlan, HARMLESS, type Action, type Fault, type Plan } from "./plan.ts";
import { createPrng } from "./prng.ts";
import { createRelayNode, type RelayNode } from "./relayNode.ts";
import { CANARY, createWire, type Wire } from "./wire.ts";
import { createWorld, type SimNode, type World } from "./world.ts";
import { forgetSignatures } from "./signatures.ts";

export interface Failure {
  readonly rule: string;
  readonly what: string;
  readonly atMs: number;
}

export interface Verdict {
  readonly seed: string;
  readonly plan: Plan;
  readonly failure: Failure | null;
  readonly steps: number;
  readonly traceHash: number;
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface RunOptions {
  /** Instead of the plan that the seed draws. */
  readonly plan?: Plan;
  readonly wanted?: readonly Fault[];
  readonly isTraced?: boolean;
}

const BEGIN_MS = 1_700_000_000_000;
const setupMsMax = 60_000;
const convergeMsMax = 10_000;
/** Answers under way end by themselves within this; a grant is given again after 20 s and 40 s. */
const runsMsMax = 150_000;
/** The largest thing that anybody writes here. */
const bigMarkBytes = 240_000;
/** What may wait on a link: the limit, and one page that was begun just below it. */
const linkBytesMax = unsentBytesMax + entriesBytesMax + bigMarkBytes + 16_384;

class Broken extends Error {}

/** What lives as long as one schedule. */
interface Stage {
  readonly world: World;
  readonly network: Network;
  readonly relay: RelayNode;
  readonly agent: AgentNode;
  readonly wire: Wire;
  readonly oracle: Oracle;
  readonly devices: DeviceNode[];
  readonly clones: DeviceNode[];
  readonly createDevice: (name: string) => DeviceNode;
  readonly fail: (rule: string, what: string) => void;
  marks: number;
  hasLied: boolean;
  wasRestored: boolean;
  /** Starts the relay that is down, now instead of when it was due. */
  startRelay: (() => void) | null;
}

export async function runSchedule(seed: string, options: RunOptions = {}): Promise<Verdict> {
  await sodiumReady;
  forgetSignatures();
  const prng = createPrng(seed);
  const plan = options.plan ?? createPlan(prng, options.wanted);
  let failure: Failure | null = null;
  const world = createWorld({
    prng,
    isTraced: options.isTraced ?? false,
    beginMs: BEGIN_MS,
    indexedDb: (node) => diskOf(node).factory,
  });
  const fail = (rule: string, what: string): void => {
    if (failure !== null) return;
    failure = { rule, what, atMs: world.now() - BEGIN_MS };
    world.note(() => `BROKEN ${rule}: ${what}`);
  };
  const onReject = (error: unknown): void => {
    if (!isExpected(error)) fail("crash", describe(error));
  };
  process.on("unhandledRejection", onReject);
  process.on("uncaughtException", onReject);
  const stage = createStage(world, plan, fail);
  const diskOf = (node: SimNode) => {
    const device = [...stage.devices, ...stage.clones].find((each) => each.node === node);
    if (device === undefined) throw new Error(`${node.name} has no disk`);
    return device.disk;
  };
  const checked = (): boolean => failure !== null;
  let deleted = 0;
  try {
    await setUp(stage, plan, checked);
    await chaos(stage, plan, checked);
    await heal(stage, checked);
    await finish(stage, checked);
    const stored = stage.relay.storedEnvelopes();
    deleted = [...stage.wire.acknowledged.keys()].filter((hash) => !stored.has(hash)).length;
  } catch (error) {
    if (!(error instanceof Broken)) fail("crash", describe(error));
  } finally {
    await tearDown(stage);
    process.off("unhandledRejection", onReject);
    process.off("uncaughtException", onReject);
    // Providers of pages that crashed never took theirs off.
    process.removeAllListeners("exit");
  }
  const counts = {
    marks: stage.marks,
    attempts: stage.agent.attempts.length,
    acknowledged: stage.wire.acknowledged.size,
    snapshots: stage.wire.snapshots.size,
    /** Acknowledged once, and since in nothing but a snapshot. */
    deleted,
    docs: stage.devices[0]?.docs().length ?? 0,
  };
  return { seed, plan, failure, steps: world.steps, traceHash: world.traceHash, trace: world.trace, counts };
}

function createStage(world: World, plan: Plan, fail: Stage["fail"]): Stage {
  const random = (length: number): Uint8Array => world.prng.bytes(length);
  const host = createDeviceKeys(random);
  const relayKey = signingKeyFromSeed(random(32));
  const claim = createClaim(random);
  const wire = createWire(world, fail);
  const oracle = createOracle();
  const relay = createRelayNode({
    world,
    relayKey,
    host,
    claimKey: claim.publicKey,
    onBroken: () => restartRelay(stage, 200),
  });
  const network = createNetwork({ world, relay: relay.node, accept: (link) => relay.accept(link), tap: wire });
  const { openLinkFor } = network;
  const agent = createAgentNode({
    world,
    keys: host,
    relayKey: relayKey.publicKey,
    claimKey: claim.publicKey,
    openLinkFor,
    onCrash: network.loseNode,
  });
  agent.trouble = plan.agentTrouble;
  const createDevice = (name: string): DeviceNode =>
    createDeviceNode({
      world,
      name,
      openLinkFor,
      onLost: network.loseNode,
      oracle,
      fail,
      snapshotPace: plan.snapshotPace,
    });
  const stage: Stage = {
    world,
    network,
    relay,
    agent,
    wire,
    oracle,
    devices: [],
    clones: [],
    createDevice,
    fail,
    marks: 0,
    hasLied: false,
    wasRestored: false,
    startRelay: null,
  };
  relay.start();
  agent.start();
  const first = createDevice("d0");
  stage.devices.push(first);
  const fingerprint = hostFingerprint(host.sign.publicKey, host.box.publicKey, relayKey.publicKey);
  first
    .found({ seed: claim.seed, fingerprint })
    .catch((error: unknown) => fail("I14", `founding failed: ${describe(error)}`));
  return stage;
}

async function until(stage: Stage, checked: () => boolean, limitMs: number, isDone: () => boolean): Promise<boolean> {
  const { world } = stage;
  const end = world.now() + limitMs;
  while (!isDone()) {
    if (checked()) throw new Broken();
    if (world.now() >= end) return false;
    await world.runUntil(Math.min(end, world.now() + 100), checked);
  }
  return true;
}

async function setUp(stage: Stage, plan: Plan, checked: () => boolean): Promise<void> {
  const { world, devices, fail } = stage;
  const first = devices[0];
  if (first === undefined) return;
  if (!(await until(stage, checked, setupMsMax, () => first.vault !== null)))
    return fail("I14", "the vault was not founded");
  for (let index = 1; index < plan.devices; index++) await addDevice(stage, first);
  for (let index = 0; index < plan.chats; index++) world.after(first.node, 0, "first chats", () => first.addChat());
  const isReady = (): boolean =>
    devices.length === plan.devices &&
    devices.every((device) => device.vault?.status().link === "live" && device.docs().length === plan.chats + 1);
  if (!(await until(stage, checked, setupMsMax, isReady)))
    fail(
      "I14",
      `no start: ${devices.map((device) => `${device.node.name} ${device.vault?.status().link} ${device.docs().length}`).join(", ")}`,
    );
  if (checked()) throw new Broken();
  for (const device of devices) openSoon(stage, device);
  await world.runUntil(world.now() + 500, checked);
}

function openSoon(stage: Stage, device: DeviceNode): void {
  if (device.docs().some((doc) => device.yDoc(doc) === null))
    stage.world.after(device.node, 0, "open all", () => openAll(device));
}

function openAll(device: DeviceNode): void {
  const { vault } = device;
  if (vault === null) return;
  for (const { id } of vault.catalog.value.chats()) void device.open(id);
}

async function addDevice(stage: Stage, by: DeviceNode): Promise<void> {
  const device = stage.createDevice(`d${stage.devices.length}`);
  const keys = device.newKeys();
  const { world } = stage;
  const random = (length: number): Uint8Array => by.node.random.bytes(length);
  const casting = by.castRoster((roster, vaultKey, byKeys) =>
    createAddDevice({
      roster,
      by: byKeys,
      random,
      vaultKey,
      name: device.node.name,
      device: { signKey: keys.sign.publicKey, boxKey: keys.box.publicKey },
      joinSignature: signJoin(keys, roster.vault),
    }),
  );
  const joined = casting.then((entries) => {
    if (entries === null) return;
    stage.devices.push(device);
    return device.join(entries, keys);
  });
  let isDone = false;
  void joined.finally(() => {
    isDone = true;
  });
  if (stage.devices.length > 0 && stage.marks === 0)
    await until(
      stage,
      () => false,
      20_000,
      () => isDone,
    );
  void world;
}

/** What a person does on a device that is on and awake. */
const PERSONAL: ReadonlySet<Action["do"]> = new Set([
  "type",
  "erase",
  "newChat",
  "ask",
  "stop",
  "close",
  "open",
  "flush",
  "changeTab",
]);

async function chaos(stage: Stage, plan: Plan, checked: () => boolean): Promise<void> {
  const { world } = stage;
  const begin = world.now();
  for (const { atMs, action } of plan.steps) {
    await world.runUntil(begin + atMs, checked);
    if (checked()) throw new Broken();
    const by = PERSONAL.has(action.do) && "device" in action ? stage.devices[action.device] : undefined;
    world.after(by?.node ?? null, 0, action.do, () => {
      world.note(() => `-- ${JSON.stringify(action)}`);
      act(stage, action);
    });
  }
  await world.runUntil(begin + plan.chaosMs, checked);
  if (checked()) throw new Broken();
}

function pickDoc(device: DeviceNode, which: number): string {
  const docs = device.docs();
  // The catalog now and then, a chat mostly.
  return which % 8 === 0 || docs.length < 2 ? CATALOG : (docs[1 + (which % (docs.length - 1))] ?? CATALOG);
}

function pickChat(device: DeviceNode, which: number): DocId | null {
  const [, ...chats] = device.docs();
  return (chats[which % Math.max(1, chats.length)] as DocId | undefined) ?? null;
}

function act(stage: Stage, action: Action): void {
  const { world, network, relay, agent, wire, oracle, devices } = stage;
  const later = (delayMs: number, work: () => void): void => void world.after(null, delayMs, "later", work);
  const device = "device" in action ? devices[action.device] : undefined;
  if ("device" in action && device === undefined) return;
  switch (action.do) {
    case "type": {
      if (device === undefined || device.vault === null) return;
      stage.marks += 1;
      device.type(pickDoc(device, action.which), `‹${CANARY}-${device.node.name}.${stage.marks}›`, action.size);
      return;
    }
    case "erase":
      return void device?.erase(pickDoc(device, action.which));
    case "newChat":
      return device?.addChat();
    case "ask": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      if (device === undefined || chat === null) return;
      stage.marks += 1;
      return device.ask(chat, `‹${CANARY}-${device.node.name}.q${stage.marks}›`);
    }
    case "stop": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      const run = device === undefined || chat === null ? undefined : device.runs(chat)[0];
      if (device === undefined || device.vault === null || chat === null || run === undefined) return;
      const { vault } = device;
      return void vault.stop(chat, run).catch(() => {});
    }
    case "close": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      return chat === null ? undefined : device?.closeChat(chat);
    }
    case "open": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      return chat === null ? undefined : void device?.open(chat);
    }
    case "flush":
      if (device === undefined || device.vault === null) return;
      return void device.vault.flush().catch(() => {});
    case "changeTab":
      return device?.changeTab();
    case "addDevice": {
      const by = devices[action.by];
      return by?.vault ? void addDevice(stage, by) : undefined;
    }
    case "removeDevice":
      return removeDevice(stage, devices[action.by], device);
    case "crash":
      return crash(stage, device, action.power, action.awayMs);
    case "crashAtStorage": {
      if (device === undefined) return;
      let calls = action.bytes === 0 ? action.call : action.call % 6;
      let isCounting = action.bytes === 0;
      device.disk.onRequest = (bytes) => {
        isCounting ||= bytes >= action.bytes;
        if (!isCounting) return;
        calls -= 1;
        if (calls > 0) return;
        device.disk.onRequest = null;
        crash(stage, device, action.power, action.awayMs);
      };
      return;
    }
    case "quota":
      if (device === undefined) return;
      device.disk.isFull = true;
      return later(action.forMs, () => {
        device.disk.isFull = false;
      });
    case "suspend":
      if (device === undefined) return;
      world.suspend(device.node);
      return later(action.forMs, () => world.resume(device.node));
    case "skew":
      if (device !== undefined) device.node.skewMs = action.byMs;
      return;
    case "loseJournal": {
      if (device === undefined || device.isRemoved) return;
      // What no host has yet would be gone for good, and what is still under way would meet its own double.
      if (device.docs().some((doc) => (device.status(doc)?.pending ?? 1) > 0)) return;
      network.breakLinks(device.node, false);
      crash(stage, device, false, 300);
      const names = device.disk.databaseNames;
      const name = names[action.which % Math.max(1, names.length)];
      if (name === undefined) return;
      device.disk.deleteDatabase(name);
      device.hasLostJournal = true;
      oracle.excuse("its journal was lost", device.node.name, null, false);
      return;
    }
    case "clone":
      return clone(stage, device);
    case "weather":
      if (device === undefined) return;
      Object.assign(network.weatherOf(device.node), {
        latencyMs: action.latencyMs,
        tail: action.tail,
        bytesPerMs: action.bytesPerMs,
      });
      return;
    case "cut":
    case "deaf": {
      if (device === undefined) return;
      const what = action.do === "cut" ? "isCut" : "isDeaf";
      network.weatherOf(device.node)[what] = true;
      return later(action.forMs, () => {
        network.weatherOf(device.node)[what] = false;
      });
    }
    case "break":
      return device === undefined ? undefined : network.breakLinks(device.node, action.half);
    case "storm":
      for (let time = 0; time < action.times; time++) {
        later(time * 40, () => {
          for (const each of devices) {
            network.breakLinks(each.node, false);
            world.after(each.node, 0, "wake", () => each.vault?.wake());
          }
        });
      }
      return;
    case "relayCrash":
      return restartRelay(stage, action.awayMs);
    case "relayDisk":
      relay.disk = action.kind;
      return later(action.forMs, () => {
        relay.disk = "good";
      });
    case "backUp":
      return relay.backUp();
    case "restore":
      restartRelay(stage, action.awayMs, () => {
        if (relay.restore()) stage.wasRestored = true;
      });
      return;
    case "agentCrash":
      if (!agent.node.isUp) return;
      if (action.polite) agent.drain();
      else agent.crash();
      return later(action.awayMs + (action.polite ? 3_000 : 0), () => {
        if (!agent.node.isUp) agent.start();
      });
    case "lie":
      if (device === undefined) return;
      stage.hasLied ||= !HARMLESS.includes(action.how);
      wire.lie(device.node, action.how);
      return later(action.forMs, () => wire.lie(device.node, null));
  }
}

function crash(stage: Stage, device: DeviceNode | undefined, isPowerLost: boolean, awayMs: number): void {
  if (device === undefined || !device.node.isUp) return;
  device.crash(isPowerLost);
  stage.world.after(null, awayMs, "restart", () => {
    if (!device.node.isUp) device.start();
  });
}

function restartRelay(stage: Stage, awayMs: number, meanwhile: () => void = () => {}): void {
  const { relay, network, world } = stage;
  if (!relay.node.isUp || stage.startRelay !== null) return;
  const start = (): void => {
    if (stage.startRelay !== start) return;
    stage.startRelay = null;
    relay.start();
    checkRelay(stage);
  };
  // Out of the relay's own call: it may be the one that says it is broken.
  stage.startRelay = start;
  world.after(null, 0, "relay down", () => {
    relay.crash();
    network.loseRelay();
    meanwhile();
    world.after(null, awayMs, "relay up", start);
  });
}

function removeDevice(stage: Stage, by: DeviceNode | undefined, device: DeviceNode | undefined): void {
  if (by === undefined || device === undefined || by === device || by.vault === null || device.vault === null) return;
  const member = device.vault.deviceId;
  const random = (length: number): Uint8Array => by.node.random.bytes(length);
  const { name } = device.node;
  void by
    .castRoster((roster, vaultKey, byKeys) =>
      createRemove({ roster, by: byKeys, random, vaultKey, newVaultKey: createVaultKey(random), member }),
    )
    .then((entries) => {
      // An answer that was lost leaves it open whether the device is still one of us.
      stage.oracle.excuse("the device was removed", name, null, entries === null);
      device.markRemoved();
    });
}

/** The same keys and the same storage on a second machine, as after a disk image was restored. */
function clone(stage: Stage, device: DeviceNode | undefined): void {
  if (device === undefined || device.vault === null || device.isCloned || stage.clones.length > 0) return;
  const twin = stage.createDevice(`${device.node.name}c`);
  stage.clones.push(twin);
  device.isCloned = true;
  twin.isCloned = true;
  device.copyTo(twin);
  stage.oracle.excuse("its device was cloned", device.node.name, null, true);
  twin.start();
  stage.world.after(twin.node, 2_000, "clone writes", () => {
    for (const doc of twin.docs()) {
      stage.marks += 1;
      twin.type(doc, `‹${CANARY}-${twin.node.name}.${stage.marks}›`, 0);
    }
    stage.oracle.excuse("its device was cloned", twin.node.name, null, true);
  });
}

/** What it acknowledged is on its disk, after any crash. */
function checkRelay(stage: Stage): void {
  if (stage.wasRestored) return;
  const stored = stage.relay.storedEnvelopes();
  for (const [hash, { node, place }] of stage.wire.acknowledged) {
    if (!stored.has(hash) && !stage.relay.isCovered(place))
      return stage.fail("I1", `the relay acknowledged an envelope of ${node.name} and lost it`);
  }
}

async function heal(stage: Stage, checked: () => boolean): Promise<void> {
  const { world, network, relay, agent, wire, devices } = stage;
  world.note(() => "-- heal");
  relay.disk = "good";
  for (const { node, disk } of [...devices, ...stage.clones]) {
    disk.isFull = false;
    disk.onRequest = null;
    wire.lie(node, null);
    world.resume(node);
  }
  // What a fault has just begun is done first.
  await world.runUntil(world.now() + 5, checked);
  stage.startRelay?.();
  if (!agent.node.isUp) agent.start();
  network.heal();
  // An honest relay is another process: links to the one that lied are gone.
  if (stage.hasLied) for (const { node } of devices) network.breakLinks(node, false);
  for (const device of devices) if (!device.node.isUp) device.start();
  await world.runUntil(world.now() + 500, checked);
  for (const device of devices) world.after(device.node, 0, "wake", () => device.vault?.wake());
  if (stage.hasLied) await touchAll(stage, checked);
  const active = (): DeviceNode[] => devices.filter((device) => !device.isRemoved);
  const isConverged = (): boolean => {
    // One that is only now on its way down, or that a full disk kept from opening, opens again.
    for (const device of devices) if (!device.node.isUp) device.start();
    if (!agent.node.isUp) agent.start();
    for (const device of active()) openSoon(stage, device);
    return unsettled(stage, active()) === null;
  };
  if (!(await until(stage, checked, convergeMsMax, isConverged))) {
    noteDifferences(stage, active());
    stage.fail("I14", `no rest 10 s after healing: ${unsettled(stage, active())}`);
  }
  if (checked()) throw new Broken();
}

/** For the trace: what each shows where they differ. */
function noteDifferences(stage: Stage, active: readonly DeviceNode[]): void {
  const [first] = active;
  for (const doc of first?.docs() ?? []) {
    if (first === undefined || active.every((device) => vector(device, doc) === vector(first, doc))) continue;
    for (const device of active) {
      const yDoc = device.yDoc(doc);
      stage.world.note(() => `${device.node.name} shows in ${doc}: ${yDoc === null ? "nothing" : rootsOf(yDoc)}`);
    }
  }
}

/**
 * A log's last envelope that was kept back can only be missed once another follows it. So everybody writes once more, everywhere.
 */
async function touchAll(stage: Stage, checked: () => boolean): Promise<void> {
  const { world, devices } = stage;
  const isOpen = (): boolean => {
    for (const device of devices) openSoon(stage, device);
    return devices.every((device) => device.isRemoved || device.docs().every((doc) => device.yDoc(doc) !== null));
  };
  await until(stage, checked, convergeMsMax, isOpen);
  for (const device of devices) {
    for (const doc of device.docs()) {
      stage.marks += 1;
      const mark = `‹${CANARY}-${device.node.name}.${stage.marks}›`;
      world.after(device.node, 0, "touch", () => device.type(doc, mark, 0));
    }
  }
  await world.runUntil(world.now() + 5, checked);
}

/** Why the devices have not come to rest, or `null`. */
function unsettled(stage: Stage, active: readonly DeviceNode[]): string | null {
  const [first] = active;
  if (first === undefined) return null;
  for (const device of active) {
    const { vault, node } = device;
    if (vault === null) return `${node.name} is not open`;
    if (vault.status().link !== "live") return `${node.name} is ${vault.status().link}`;
    if (stage.clones.length === 0 && device.docs().length !== first.docs().length)
      return `${node.name} knows ${device.docs().length} docs, ${first.node.name} ${first.docs().length}`;
    for (const doc of device.docs()) {
      const status = device.status(doc);
      if (status?.phase === "quarantine" && stage.clones.length > 0) continue;
      if (status === null || status.phase !== "live")
        return `${node.name} has ${doc} ${status?.phase} (${status?.alarm?.code})`;
      if (status.pending > 0 || status.unsaved > 0)
        return `${node.name} has ${status.pending} pending and ${status.unsaved} unsaved in ${doc}`;
      if (stage.clones.length === 0 && vector(device, doc) !== vector(first, doc))
        return `${node.name} and ${first.node.name} differ in ${doc}`;
    }
  }
  return null;
}

function vector(device: DeviceNode, doc: string): string {
  const yDoc = device.yDoc(doc);
  return yDoc === null ? "closed" : Buffer.from(Y.encodeStateVector(yDoc)).toString("base64");
}

async function finish(stage: Stage, checked: () => boolean): Promise<void> {
  const { devices, oracle, wire, fail } = stage;
  const isForked = stage.clones.length > 0;
  const isResting = !isForked && (await awaitRuns(stage, checked));
  // A removal that was slow to reach the host counts too: it is looked at only now.
  const active = devices.filter((device) => !device.isRemoved);
  for (const { node, isRemoved } of devices)
    if (isRemoved) oracle.excuse("the device was removed", node.name, null, false);
  for (const device of active) {
    for (const doc of device.docs()) {
      const shown = device.shown(doc);
      if (shown === null) continue;
      checkShown(stage, device, doc, shown);
      if (isForked) continue;
      const [missing] = oracle.missing(doc, shown);
      if (missing !== undefined)
        fail(
          "I1",
          `${missing.text} was ${missing.state} by ${missing.device} and is missing at ${device.node.name} in ${doc}`,
        );
      const [lingering] = oracle.lingering(doc, shown);
      if (lingering !== undefined) fail("I1", `${lingering.text} was taken out and is back at ${device.node.name}`);
      checkAnswers(stage, device, doc);
    }
  }
  if (!isForked) checkSame(stage, active);
  if (!isForked) {
    const stored = stage.relay.storedEnvelopes();
    for (const [hash, { node, place }] of wire.acknowledged) {
      const device = devices.find((each) => each.node === node);
      const isExcused = device === undefined || device.isRemoved;
      if (!stored.has(hash) && !isExcused && !stage.relay.isCovered(place))
        fail("I9", `an envelope of ${node.name} that the relay had acknowledged did not come back to it`);
    }
  }
  if (stage.relay.contains(Buffer.from(CANARY))) fail("I6", "plain text in the relay's log");
  for (const { disk, node } of devices)
    if (disk.contains(Buffer.from(CANARY))) fail("I6", `plain text on the disk of ${node.name}`);
  if (stage.network.unsentBytesMax > linkBytesMax)
    fail("I13", `${stage.network.unsentBytesMax} bytes waited on one link`);
  if (isResting && !checked()) await checkFreshReader(stage, active, checked);
}

/** Nothing shows that nobody made. */
function checkShown(stage: Stage, device: DeviceNode, doc: string, shown: string): void {
  if (shown.includes(stage.wire.forgedMark)) stage.fail("I8", `${device.node.name} shows what an outsider forged`);
  const [foreign] = stage.oracle.foreign(doc, shown);
  if (foreign !== undefined) stage.fail("I8", `${device.node.name} shows ${foreign} in ${doc}, where nobody wrote it`);
}

/** Every answer is the beginning of what the backend said once; no two runs have the same. */
function checkAnswers(stage: Stage, device: DeviceNode, doc: string): void {
  const chat = device.chat(doc);
  const taken = new Map<string, string>();
  for (const run of device.runs(doc)) {
    const view = chat?.run(run);
    if (view === undefined || view.text === "") continue;
    const attempt = stage.agent.attempts.find(({ sent }) => sent.startsWith(view.text));
    if (attempt === undefined)
      return stage.fail(
        "I3",
        `${device.node.name} shows an answer that no backend gave: ${JSON.stringify(view.text.slice(0, 80))}`,
      );
    const other = taken.get(attempt.name);
    if (other !== undefined) return stage.fail("I4", `two runs hold the answer ${attempt.name}`);
    taken.set(attempt.name, run);
    if (view.status === "done" && !(attempt.isWhole && attempt.sent === view.text))
      return stage.fail("I3", `the answer ${attempt.name} is called done and is cut`);
  }
}

/** Whether everything has come to an end. */
async function awaitRuns(stage: Stage, checked: () => boolean): Promise<boolean> {
  const active = (): DeviceNode[] => stage.devices.filter((device) => !device.isRemoved);
  const ended = new Set(["done", "stopped", "failed", "interrupted", "withdrawn"]);
  const waiting = (): string | null => {
    for (const device of active()) {
      for (const doc of device.docs()) {
        for (const run of device.runs(doc)) {
          const status = device.chat(doc)?.run(run).status ?? "closed";
          if (!ended.has(status)) return `${run.slice(0, 6)} at ${device.node.name} is ${status}`;
        }
      }
    }
    return unsettled(stage, active());
  };
  if (waiting() === null) return true;
  // Known gap: with a clock that is off by more than the skew allowed, a device cannot lend a key.
  if (active().some(({ node }) => Math.abs(node.skewMs) > clockSkewMs)) return false;
  if (await until(stage, checked, runsMsMax, () => waiting() === null)) return true;
  stage.fail("I3", `a run never ends: ${waiting()}`);
  return false;
}

function checkSame(stage: Stage, active: readonly DeviceNode[]): void {
  const [first, ...others] = active;
  if (first === undefined) return;
  for (const device of others) {
    for (const doc of first.docs()) {
      const [a, b] = [first.yDoc(doc), device.yDoc(doc)];
      if (a === null || b === null) continue;
      const isSame = vector(first, doc) === vector(device, doc) && rootsOf(a) === rootsOf(b);
      if (!isSame) stage.fail("I2", `${first.node.name} and ${device.node.name} show different things in ${doc}`);
    }
  }
}

/** Whatever is in a doc, by the kinds of root that chats and catalogs have. */
function rootsOf(yDoc: Y.Doc): string {
  const roots = [...yDoc.share.keys()].sort().filter((name) => !name.startsWith("meta/") || yDoc.getMap(name).size > 0);
  const read = (name: string): unknown => {
    if (name === "draft" || name.startsWith("gen/") || name.startsWith("think/")) return yDoc.getText(name).toString();
    return name.startsWith("steps/") ? yDoc.getArray(name).toJSON() : yDoc.getMap(name).toJSON();
  };
  return JSON.stringify(
    roots.map((name) => [name, sortKeys(read(name))]).filter(([, value]) => JSON.stringify(value).length > 2),
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sortKeys(each)]),
  );
}

/** A device that has its keys and nothing else reads everything from the host. */
async function checkFreshReader(stage: Stage, active: readonly DeviceNode[], checked: () => boolean): Promise<void> {
  const first = active.at(-1);
  if (first === undefined || stage.world.prng.fork("fresh").chance(0.6)) return;
  // One that joined at the very end has not opened everything.
  if (first.vault === null || first.docs().some((doc) => first.yDoc(doc) === null)) return;
  const wanted = new Map(first.docs().map((doc) => [doc, rootsOf(first.yDoc(doc) ?? new Y.Doc())]));
  first.crash(false);
  first.hasLostJournal = true;
  for (const name of first.disk.databaseNames) first.disk.deleteDatabase(name);
  stage.oracle.excuse("read anew", first.node.name, null, true);
  first.start();
  const isSame = (): boolean => {
    openSoon(stage, first);
    return (
      first.vault !== null &&
      [...wanted].every(([doc, content]) => {
        const yDoc = first.yDoc(doc);
        return yDoc !== null && rootsOf(yDoc) === content;
      })
    );
  };
  if (await until(stage, checked, convergeMsMax, isSame)) return;
  const [different] = [...wanted]
    .filter(([doc, content]) => rootsOf(first.yDoc(doc) ?? new Y.Doc()) !== content)
    .map(([doc]) => doc);
  stage.world.note(
    () => `wanted ${wanted.get(different ?? "")} and got ${rootsOf(first.yDoc(different ?? "") ?? new Y.Doc())}`,
  );
  stage.fail(
    "I2",
    `${first.node.name}, read anew from the host, is not what it was in ${different} (${first.vault === null ? "closed" : first.status(different ?? "")?.phase})`,
  );
}

async function tearDown(stage: Stage): Promise<void> {
  const { world, devices, clones, agent, relay } = stage;
  for (const device of [...devices, ...clones]) if (device.node.isUp) device.crash(false);
  if (agent.node.isUp) agent.crash();
  relay.end();
  await world.runUntil(world.now() + 1);
  world.end();
}

/** What y-indexeddb leaves unhandled when a disk is full; a browser prints it, and the journal tries again. */
function isExpected(error: unknown): boolean {
  return error instanceof Error && error.message.includes("QuotaExceededError");
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 6).join(" | ") : String(error);
}
