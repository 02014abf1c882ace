/** What lives as long as one schedule: the world, its relay, its agent, its devices, and what is known of them. */
import { createClaim, hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys, signingKeyFromSeed } from "#crypto/device.ts";
import { createAgentNode, type AgentNode } from "./agentNode.ts";
import type { DeviceNode } from "./device.ts";
import { createDeviceNode } from "./deviceNode.ts";
import { createNetwork, type Network } from "./network.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import type { Poison } from "./poisoner.ts";
import type { SnapshotPace } from "#sync/limits.ts";
import type { Prng } from "./prng.ts";
import { createRelayNode, type RelayNode } from "./relayNode.ts";
import { createWire, type Wire } from "./wire.ts";
import type { World } from "./world.ts";

/** Something broke: what is left of the schedule says nothing any more. */
export class Broken extends Error {}

/** The keys of a host, as they lie in its home. */
export type HostKeys = ReturnType<typeof createHostKeys>;

export interface Stage {
  readonly world: World;
  readonly network: Network;
  readonly relay: RelayNode;
  readonly agent: AgentNode;
  /** The same host on a second machine, as after a disk was copied: down, but for a fault. */
  readonly twin: AgentNode;
  readonly wire: Wire;
  readonly oracle: Oracle;
  readonly hostKeys: HostKeys;
  readonly devices: DeviceNode[];
  readonly clones: DeviceNode[];
  /** Docs that a bad member wrote into, once the relay had it. */
  readonly poisoned: Map<string, Poison>;
  readonly createDevice: (name: string) => DeviceNode;
  readonly fail: (rule: string, what: string) => void;
  readonly isBroken: () => boolean;
  /** What is not known to have happened: from the end of chaos on it counts as possible. */
  readonly unsure: (() => void)[];
  /** Chats that somebody put into a project. */
  readonly sorted: Set<string>;
  marks: number;
  /** That were written into artifacts, by people or by models; and how many proposals were taken. */
  letters: number;
  taken: number;
  hasLied: boolean;
  wasRestored: boolean;
  /** Starts the relay that is down, now instead of when it was due. */
  startRelay: (() => void) | null;
}

export interface StageOptions {
  readonly world: World;
  readonly hostKeys: HostKeys;
  readonly agentTrouble: number;
  readonly snapshotPace: SnapshotPace;
  readonly fail: Stage["fail"];
  readonly isBroken: () => boolean;
  /** Asked to be started again by its supervisor. */
  readonly onRelayBroken: (stage: Stage) => void;
}

export function createHostKeys(prng: Prng) {
  const random = (length: number): Uint8Array => prng.bytes(length);
  const host = createDeviceKeys(random);
  const relayKey = signingKeyFromSeed(random(32));
  return { host, relayKey, claim: createClaim(random) };
}

export function createStage({
  world,
  hostKeys,
  agentTrouble,
  snapshotPace,
  fail,
  isBroken,
  onRelayBroken,
}: StageOptions): Stage {
  const { host, relayKey, claim } = hostKeys;
  const wire = createWire(world, fail);
  const oracle = createOracle();
  const relay = createRelayNode({
    world,
    relayKey,
    host,
    claimKey: claim.publicKey,
    onBroken: () => onRelayBroken(stage),
  });
  const network = createNetwork({ world, relay: relay.node, accept: (link) => relay.accept(link), tap: wire });
  const { openLinkFor } = network;
  const createAgent = (name: string): AgentNode => {
    const made = createAgentNode({
      world,
      name,
      keys: host,
      relayKey: relayKey.publicKey,
      claimKey: claim.publicKey,
      openLinkFor,
      onCrash: network.loseNode,
    });
    made.trouble = agentTrouble;
    return made;
  };
  const stage: Stage = {
    world,
    network,
    relay,
    agent: createAgent("agent"),
    twin: createAgent("twin"),
    wire,
    oracle,
    hostKeys,
    devices: [],
    clones: [],
    poisoned: new Map(),
    createDevice: (name) =>
      createDeviceNode({ world, name, openLinkFor, onLost: network.loseNode, oracle, fail, snapshotPace }),
    fail,
    isBroken,
    unsure: [],
    sorted: new Set(),
    marks: 0,
    letters: 0,
    taken: 0,
    hasLied: false,
    wasRestored: false,
    startRelay: null,
  };
  return stage;
}

/** What the owner is given on paper when the host is set up. */
export function claimLinkOf({ host, relayKey, claim }: HostKeys): { seed: Uint8Array; fingerprint: Uint8Array } {
  const fingerprint = hostFingerprint(host.sign.publicKey, host.box.publicKey, relayKey.publicKey);
  return { seed: claim.seed, fingerprint };
}

/** Lets the world go on until then. Throws `Broken`. */
export async function runTo({ world, isBroken }: Stage, timeMs: number): Promise<void> {
  await world.runUntil(timeMs, isBroken);
  if (isBroken()) throw new Broken();
}

const lookEveryMs = 100;

/** Whether it came true in time. Throws `Broken`. */
export async function until(stage: Stage, limitMs: number, isDone: () => boolean): Promise<boolean> {
  const { world } = stage;
  const end = world.now() + limitMs;
  while (!isDone()) {
    if (world.now() >= end) return false;
    await runTo(stage, Math.min(end, world.now() + lookEveryMs));
  }
  return true;
}

/** What y-indexeddb leaves unhandled when a disk is full; a browser prints it, and the journal tries again. */
export function isExpected(error: unknown): boolean {
  return error instanceof Error && error.message.includes("QuotaExceededError");
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 6).join(" | ") : String(error);
}
