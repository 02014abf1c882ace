/**
 * The host as a whole: starts the relay and the agent, tells each what it may know, says when both are ready, stops
 * them in order.
 *
 *   agent: identity ─► relay: start ─► relay: ready ─► agent: start ─► agent: ready ─► the link is shown
 *
 * Either may die and come back at any time; the other goes on, and nothing is told twice to the same life of a process.
 */
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";
import { openClaim, wipeClaimSeed } from "./claim.ts";
import type { HostConfig } from "./config.ts";
import { HostError } from "./errors.ts";
import { fromAgent, fromRelay, toAgent, toRelay, type FromAgent, type FromRelay } from "./ipc.ts";
import { appLink } from "./link/appLink.ts";
import { openRelaySeed, relayFolder } from "./relayHome.ts";
import { silenceMsMax, startPart, type PartState } from "./supervise.ts";

/**
 * Together below the five seconds in which Ctrl-C must be done. The agent goes first: it still has to write what it was
 * saying.
 */
const agentGraceMs = 3_000;
const relayGraceMs = 1_200;

/** A small young generation: both parts live for months and are idle for most of it. */
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
  /** `null` until the relay listens. */
  readonly port: number | null;
  readonly claimed: boolean;
  readonly devicesConnected: number;
  /** What answers; `null` until the agent has looked. */
  readonly backend: Omit<Extract<FromAgent, { type: "backend" }>, "type"> | null;
  readonly parts: { readonly relay: PartState; readonly agent: PartState };
}

export interface HostOptions {
  readonly config: HostConfig;
  readonly relayEntry: string;
  readonly agentEntry: string;
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
  pids(): { readonly relay: number | undefined; readonly agent: number | undefined };
  stop(): Promise<void>;
}

export function startHost({ config, relayEntry, agentEntry, onReady, onFatal, notify }: HostOptions): Host {
  const { home, appDir, backend } = config;
  openRelaySeed(home);
  let claim = openClaim(home);
  let identity: Extract<FromAgent, { type: "identity" }> | null = null;
  let listening: Extract<FromRelay, { type: "ready" }> | null = null;
  let isAgentWaiting = false;
  let isRelayWaiting = false;
  let isShown = false;
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
    onMessage: (message) => {
      if (message.type === "failed") onFatal(new HostError("child", message.says));
      if (message.type === "claimed") claim = wipeClaimSeed(home, claim);
      if (message.type === "devices") devicesConnected = message.count;
      if (message.type !== "ready") return;
      listening = message;
      relay.markReady();
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
      if (!isShown && listening !== null) onReady(listening.port, claim.seed, message.fingerprint);
      isShown = true;
    },
  });

  /** Tells each part what it waits for, as soon as it is known. */
  function advance(): void {
    if (identity === null) return;
    if (isRelayWaiting) {
      isRelayWaiting = false;
      // After a restart the port is the one that the agent and every open page already know.
      const port = listening?.port ?? config.port;
      const { signKey: hostSignKey, boxKey: hostBoxKey } = identity;
      relay.send({ type: "start", port, home, appDir, hostSignKey, hostBoxKey, claimKey: claim.publicKey });
    }
    if (listening !== null && isAgentWaiting) {
      isAgentWaiting = false;
      const { port, relayKey } = listening;
      const relayUrl = `ws://127.0.0.1:${port}/link`;
      agent.send({ type: "start", home, relayUrl, relayKey, claimKey: claim.publicKey, backend, ownPorts: [port] });
    }
  }

  return {
    status: () => ({
      home,
      pid: process.pid,
      upSeconds: Math.floor((performance.now() - startedMs) / 1_000),
      port: listening?.port ?? null,
      claimed: claim.seed === null,
      devicesConnected,
      backend: backendNow,
      parts: { relay: relay.state(), agent: agent.state() },
    }),
    link: () => (listening === null || fingerprint === null ? null : appLink(listening.port, claim.seed, fingerprint)),
    pids: () => ({ relay: relay.pid, agent: agent.pid }),
    stop: async () => {
      await agent.stop({ type: "drain" }, agentGraceMs);
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
