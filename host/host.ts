/**
 * The host as a whole: opens the door, starts the relay, the agent and the gateway, tells each what it may know, says
 * when the app can be opened, stops them in order.
 *
 *   door: port ─┬► agent: identity ─► relay: start ─► relay: ready ─► agent: start ─► agent: ready ─► the link is shown
 *               └► gateway: start ─► gateway: ready
 *
 * Each may die and come back at any time; the others go on, and nothing is told twice to the same life of a process.
 */
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";
import { openClaim, wipeClaimSeed } from "./claim.ts";
import type { HostConfig } from "./config.ts";
import { openDoor, type Door, type DoorPart } from "./door/door.ts";
import type { PartName } from "./door/whose.ts";
import { HostError } from "./errors.ts";
import {
  fromAgent,
  fromGateway,
  fromRelay,
  toAgent,
  toGateway,
  toRelay,
  type FromAgent,
  type FromRelay,
  type ToGateway,
  type ToRelay,
} from "./ipc.ts";
import { appLink } from "./link/appLink.ts";
import { openRelaySeed, relayFolder } from "./relayHome.ts";
import { silenceMsMax, startPart, type Part, type PartState } from "./supervise.ts";

/**
 * Together below the five seconds in which Ctrl-C must be done. The agent goes first: it still has to write what it was
 * saying.
 */
const agentGraceMs = 3_000;
const relayGraceMs = 1_200;
/** Beside the agent: a tool's stream cannot be kept for later, so there is nothing to wait for but open answers' ends. */
const gatewayGraceMs = 1_500;

/** A small young generation: the parts live for months and are idle for most of it. */
const SMALL = ["--max-semi-space-size=1"];
/**
 * One heap for all threads of a part: its work is on one thread, and glibc's heap for each costs 3 to 5 MB a process.
 */
const ONE_HEAP = { MALLOC_ARENA_MAX: "1" };

/** How the host is, in what its owner may see: `sovereign status` prints it as it stands. */
export interface HostStatus {
  readonly home: string;
  readonly pid: number;
  readonly upSeconds: number;
  /** `null` until the host listens. */
  readonly port: number | null;
  readonly claimed: boolean;
  readonly devicesConnected: number;
  /** What answers; `null` until the agent has looked. */
  readonly backend: Omit<Extract<FromAgent, { type: "backend" }>, "type"> | null;
  readonly parts: Readonly<Record<"relay" | "agent" | "gateway", PartState>>;
}

export interface HostOptions {
  readonly config: HostConfig;
  readonly relayEntry: string;
  readonly agentEntry: string;
  readonly gatewayEntry: string;
  readonly onReady: (port: number, seed: Uint8Array | null, fingerprint: Uint8Array) => void;
  /** The host cannot go on; it still has to be stopped. */
  readonly onFatal: (error: HostError) => void;
  readonly notify: (sentence: string) => void;
}

export interface Host {
  status(): HostStatus;
  /** The link to the app, with the claim while the host has none; `null` before it is ready. For its owner's eyes. */
  link(): string | null;
  /** Process ids of the parts that live right now. */
  pids(): {
    readonly relay: number | undefined;
    readonly agent: number | undefined;
    readonly gateway: number | undefined;
  };
  stop(): Promise<void>;
}

export function startHost(options: HostOptions): Host {
  const { config, relayEntry, agentEntry, gatewayEntry, onReady, onFatal, notify } = options;
  const { home, appDir, backend } = config;
  openRelaySeed(home);
  let claim = openClaim(home);
  let identity: Extract<FromAgent, { type: "identity" }> | null = null;
  let listening: Extract<FromRelay, { type: "ready" }> | null = null;
  let isAgentWaiting = false;
  let isRelayWaiting = false;
  let isGatewayWaiting = false;
  let isShown = false;
  let isStopping = false;
  let door: Door | null = null;
  const isUp: Record<PartName, boolean> = { relay: false, gateway: false };
  let socketCount = 0;
  let backendNow: HostStatus["backend"] = null;
  let fingerprint: Uint8Array | null = null;
  let devicesConnected = 0;
  const startedMs = performance.now();

  const shared = { showsErrors: config.isDebug, silenceMsMax, notify, onFatal };
  const relay = startPart({
    ...shared,
    name: "relay",
    entry: relayEntry,
    execArgv: [...SMALL, ...relayPermissions(config)],
    // It needs nothing of the owner's environment, where keys of other services may stand. Its cache of compiled code
    // is its own, since whoever writes such a cache chooses what runs.
    environment: {
      ...pick(process.env, ["PATH", "SystemRoot"]),
      ...ONE_HEAP,
      NODE_COMPILE_CACHE: join(relayFolder(home), "cache"),
    },
    incoming: fromRelay,
    outgoing: toRelay,
    onStarted: () => {
      devicesConnected = 0;
      isRelayWaiting = true;
      advance();
    },
    onStopped: () => {
      isUp.relay = false;
    },
    onMessage: (message) => {
      if (message.type === "failed") onFatal(new HostError("child", message.says));
      if (message.type === "claimed") claim = wipeClaimSeed(home, claim);
      if (message.type === "devices") devicesConnected = message.count;
      if (message.type !== "ready") return;
      listening = message;
      relay.markReady();
      setUp("relay");
      if (message.claimed) claim = wipeClaimSeed(home, claim);
      advance();
    },
  });
  const agent = startPart({
    ...shared,
    name: "agent",
    entry: agentEntry,
    execArgv: SMALL,
    environment: { ...process.env, ...ONE_HEAP, SOVEREIGN_HOME: home, NODE_COMPILE_CACHE: getCompileCacheDir() },
    incoming: fromAgent,
    outgoing: toAgent,
    // It waits for nothing yet: in each life it says first who it is.
    onStarted: () => {
      isAgentWaiting = false;
    },
    onMessage: (message) => {
      if (message.type === "failed") onFatal(new HostError("child", message.says));
      if (message.type === "identity") {
        identity = message;
        isAgentWaiting = true;
        advance();
      }
      if (message.type === "backend") {
        const { kind, label, models, defaultModel } = message;
        backendNow = { kind, label, models, defaultModel };
      }
      if (message.type !== "ready") return;
      agent.markReady();
      fingerprint = message.fingerprint;
      if (!isShown && door !== null) onReady(door.port, claim.seed, message.fingerprint);
      isShown = true;
    },
  });

  const gateway = startPart({
    ...shared,
    name: "gateway",
    entry: gatewayEntry,
    execArgv: SMALL,
    environment: { ...process.env, ...ONE_HEAP, SOVEREIGN_HOME: home, NODE_COMPILE_CACHE: getCompileCacheDir() },
    incoming: fromGateway,
    outgoing: toGateway,
    onStarted: () => {
      isGatewayWaiting = true;
      advance();
    },
    onStopped: () => {
      isUp.gateway = false;
    },
    onMessage: (message) => {
      if (message.type === "failed") onFatal(new HostError("child", message.says));
      if (message.type === "notice") notify(message.says);
      if (message.type !== "ready") return;
      gateway.markReady();
      setUp("gateway");
    },
  });
  openDoor({
    port: config.port,
    parts: { relay: behindDoor("relay", relay), gateway: behindDoor("gateway", gateway) },
  }).then((opened) => {
    if (isStopping) return opened.close();
    door = opened;
    advance();
  }, onFatal);

  function behindDoor(name: PartName, part: Part<ToRelay> | Part<ToGateway>): DoorPart {
    return {
      get isReady() {
        return isUp[name];
      },
      handOver: (socket, head, settle) => part.sendSocket({ type: "socket", id: ++socketCount, head }, socket, settle),
    };
  }

  function setUp(name: PartName): void {
    isUp[name] = true;
    door?.wake(name);
  }

  /** Tells each part what it waits for, as soon as it is known. */
  function advance(): void {
    if (door === null) return;
    const { port } = door;
    if (isGatewayWaiting) {
      isGatewayWaiting = false;
      const { gatewayPort, isGatewayPortSet: isWanted } = config;
      gateway.send({ type: "start", home, backend, gatewayPort, isWanted, ownPorts: [port] });
    }
    if (identity === null) return;
    if (isRelayWaiting) {
      isRelayWaiting = false;
      const { signKey: hostSignKey, boxKey: hostBoxKey } = identity;
      relay.send({ type: "start", home, appDir, hostSignKey, hostBoxKey, claimKey: claim.publicKey });
    }
    if (listening !== null && isAgentWaiting) {
      isAgentWaiting = false;
      const { relayKey } = listening;
      const relayUrl = `ws://127.0.0.1:${port}/link`;
      agent.send({ type: "start", home, relayUrl, relayKey, claimKey: claim.publicKey, backend, ownPorts: [port] });
    }
  }

  return {
    status: () => ({
      home,
      pid: process.pid,
      upSeconds: Math.floor((performance.now() - startedMs) / 1_000),
      port: door?.port ?? null,
      claimed: claim.seed === null,
      devicesConnected,
      backend: backendNow,
      parts: { relay: relay.state(), agent: agent.state(), gateway: gateway.state() },
    }),
    link: () => (door === null || fingerprint === null ? null : appLink(door.port, claim.seed, fingerprint)),
    pids: () => ({ relay: relay.pid, agent: agent.pid, gateway: gateway.pid }),
    stop: async () => {
      isStopping = true;
      await Promise.all([agent.stop({ type: "drain" }, agentGraceMs), gateway.stop({ type: "drain" }, gatewayGraceMs)]);
      // Until here it was open for an agent that had to come back with its last words.
      door?.close();
      await relay.stop({ type: "drain" }, relayGraceMs);
    },
  };
}

/**
 * The relay may read the program, the app and its own folder, write that folder, and start nothing. So it cannot read
 * the agent's keys even if somebody makes it want to: "the relay never sees a key" does not rest on its own good
 * behaviour.
 */
export function relayPermissions({ home, appDir }: Pick<HostConfig, "home" | "appDir">): readonly string[] {
  const allow = (flag: string, folder: string): readonly string[] => [
    `${flag}=${folder}`,
    `${flag}=${join(folder, "*")}`,
  ];
  const readable = [join(import.meta.dirname, ".."), appDir, relayFolder(home)].flatMap((folder) =>
    allow("--allow-fs-read", folder),
  );
  return ["--permission", ...readable, ...allow("--allow-fs-write", relayFolder(home))];
}

function pick<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
