/**
 * The host as a whole: opens the door, starts the relay, the agent and the gateway, tells each what it may know, says
 * when the app can be opened, stops them in order.
 *
 *   door: port ─┬► agent: identity ─► relay: start ─► relay: ready ─► agent: start ─► agent: ready ─► the link is shown
 *               └► gateway: start ─► gateway: ready
 *
 * With `only` one part runs here, and config says what the other machine's would have said.
 *
 * Each may die and come back at any time; the others go on, and nothing is told twice to the same life of a process.
 */
import { createAgentPart } from "./agentPart.ts";
import { openClaim, wipeClaimSeed } from "./claim.ts";
import { openDoor, type Door, type DoorPart } from "./door/door.ts";
import { systemTailnet } from "./door/tailnetSources.ts";
import type { PartName } from "./door/whose.ts";
import { HostError } from "./errors.ts";
import { createGatewayPart } from "./gatewayPart.ts";
import type { Host, HostOptions } from "./hostOptions.ts";
import { createHostFacts, type HostStatus } from "./hostStatus.ts";
import { createHttpsPart } from "./httpsPart.ts";
import { createInvitedVaults } from "./invitedVaults.ts";
import type { FromAgent, FromGateway, FromRelay, ToGateway, ToHttps, ToRelay } from "./ipc.ts";
import { appLink } from "./link/appLink.ts";
import { writeAgentKeys, type RelayPlace } from "./link/relayLink.ts";
import type { LogEvent } from "./log/events.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { createPushPart } from "./pushPart.ts";
import { createReach } from "./reach.ts";
import { createRelayPart } from "./relayPart.ts";
import { openRelaySeed } from "./relayHome.ts";
import { createSlotLender, type SlotMessage } from "./slotLender.ts";
import type { Part } from "./supervise.ts";
import { createHostBoard } from "./watch/hostBoard.ts";
import { patience } from "./watch/watchdog.ts";

export function startHost(options: HostOptions): Host {
  const { config, httpsEntry = null, pushEntry = null, onReady, onFatal } = options;
  const metrics = createMetrics();
  const log = (event: LogEvent): void => {
    metrics.take(event);
    options.log?.(event);
  };
  const { home, only } = config;
  if (only !== "agent") openRelaySeed(home);
  let claim = openClaim(home);
  let isShown = false;
  let isStopping = false;
  let door: Door | null = null;
  const isUp: Record<PartName, boolean> = { relay: false, gateway: false, https: false };
  let socketCount = 0;
  let fingerprint: Uint8Array | null = null;
  const facts = createHostFacts();
  const lender = createSlotLender();
  const board = createHostBoard({
    home,
    ...(options.backups === undefined ? {} : { backups: options.backups }),
    onFacts: (told) => agent.part?.send({ type: "services", ...told }),
  });
  const reach = createReach({
    toRelay: () => (isUp.relay && relay.part !== null ? relay.part.send : null),
    onHttps: (state) => {
      board.setCertificate(state);
      options.onHttps?.(state);
    },
    alone: () =>
      only !== "relay" || relay.listening === null || door === null
        ? null
        : { port: door.port, relayKey: relay.listening.relayKey, claimKey: claim.publicKey },
    onRelayPlace: options.onRelayPlace,
  });
  const notify = (says: string): void => {
    facts.takeNotice(says);
    options.notify(says);
  };

  const shared = { showsErrors: config.isDebug, patience, notify, onFatal, log };
  const push = createPushPart({
    ...{ config, entry: pushEntry, shared, board: board.entry("push") },
    onCalls: (calls) => options.onCalls?.("push", calls),
    toRelay: (message) => relay.part?.send(message),
  });
  const relay = createRelayPart({
    ...{ config, shared, entry: only === "agent" ? null : options.relayEntry },
    board: () => board.entry("relay"),
    door: () => door,
    agentKeys: () => config.agent ?? agent.keys,
    claimKey: () => claim.publicKey,
    invitations: () => invited.all,
    onStarted: () => facts.takeDevices(0),
    onStopped: () => (isUp.relay = false),
    onMessage: takeRelay,
  });
  const agent = createAgentPart({
    ...{ config, shared, entry: only === "relay" ? null : options.agentEntry },
    board: () => board.entry("agent"),
    place: () => {
      const place = config.relay ?? ownRelay();
      return place === null ? null : { ...place, ownPorts: door === null ? [] : [door.port] };
    },
    served: () => invited.servedKeys(),
    onStopped: () => sendSlots(lender.forget("agent")),
    onMessage: takeAgent,
  });
  const gateway = createGatewayPart({
    ...{ config, shared, entry: only === null ? options.gatewayEntry : null },
    board: () => board.entry("gateway"),
    door: () => door,
    onMessage: (message) => {
      takeCommon("gateway", message);
      if (message.type === "recorded") agent.part?.send({ type: "recorded" });
    },
    numbers: (form) => metrics[form](status()),
    onUp: (now) => {
      if (now) return setUp("gateway");
      isUp.gateway = false;
      sendSlots(lender.forget("gateway"));
    },
  });
  const https = createHttpsPart({
    ...{ config, entry: httpsEntry, shared, board: board.entry("certificate") },
    door: () => door,
    onState: reach.setHttps,
    onUp: (now) => (now ? setUp("https") : (isUp.https = false)),
  });
  const parts = [relay.part, agent.part, gateway.part].filter((part) => part !== null);
  const invited = createInvitedVaults({ home, isWhole: only === null, onChange: tellInvited, notify });
  if (relay.part !== null) {
    openDoor({
      port: config.port,
      parts: {
        relay: behindDoor("relay", () => relay.part),
        gateway: gateway.part === null ? null : behindDoor("gateway", () => gateway.part),
        https: httpsEntry === null ? null : behindDoor("https", () => https.part),
      },
      tailnet: {
        sources: options.tailnet ?? systemTailnet,
        wireguardName: config.wireguard,
        onPlaces: (now) => {
          reach.setPlaces(now);
          board.setTailnet(now.length);
          log({ type: "tailnet-addresses", addresses: now.length });
          if (!isStopping) https.setPlaces(now);
          if (now.length === 0) reach.setHttps(null);
          reach.tell();
        },
        notify,
      },
    }).then((opened) => {
      if (isStopping) return opened.close();
      door = opened;
      advance();
    }, onFatal);
  }

  function takeRelay(message: FromRelay): void {
    takeCommon("relay", message);
    if (message.type === "claimed") {
      claim = wipeClaimSeed(home, claim);
      log({ type: "vault-claimed" });
    }
    if (message.type === "invited") invited.setCome(message.keys);
    if (message.type === "devices") {
      facts.takeDevices(message.count);
      log({ type: "devices-connected", devices: message.count });
    }
    if (message.type === "share") board.setShare(message.share);
    push.take(message);
    if (message.type !== "ready") return;
    setUp("relay");
    if (message.claimed) claim = wipeClaimSeed(home, claim);
    if (only === "relay") show(message.fingerprint);
    advance();
  }

  function takeAgent(message: FromAgent): void {
    takeCommon("agent", message);
    if (message.type === "identity") {
      if (only === "agent") options.onAgentKeys?.(writeAgentKeys(message), config.relay === null);
      advance();
    }
    if (message.type === "recipients") gateway.setRecipients(message.devices);
    if (message.type === "backend") takeBackend(message);
    if (message.type === "backends") board.setBackends(message.backends);
    if (message.type !== "ready") return;
    board.tellAgain();
    show(message.fingerprint);
  }

  /** What any part may say. */
  function takeCommon(name: "relay" | "agent" | "gateway", message: FromRelay | FromAgent | FromGateway): void {
    if (message.type === "logged") log(message.event);
    if (message.type === "failed") onFatal(new HostError("child", message.says));
    if (message.type === "notice") notify(message.says);
    if (message.type === "called" && name !== "relay") options.onCalls?.(name, message.calls);
    if (message.type === "slotWanted") sendSlots(lender.want(name, message.backend, message.max));
    if (message.type === "slotBack") sendSlots(lender.giveBack(name, message.backend));
  }

  function takeBackend(message: Extract<FromAgent, { type: "backend" }>): void {
    facts.takeBackend(message);
    log({
      type: "backend-changed",
      kind: message.kind === "model" ? "model" : "guide",
      models: message.models.length,
    });
  }

  function sendSlots(messages: readonly SlotMessage[]): void {
    for (const { to, type, backend: name } of messages)
      (to === "agent" ? agent : gateway).part?.send({ type, backend: name });
  }

  function behindDoor(name: PartName, part: () => Part<ToRelay> | Part<ToGateway> | Part<ToHttps> | null): DoorPart {
    return {
      get isReady() {
        return isUp[name];
      },
      handOver: (socket, came, settle) =>
        part()?.sendSocket({ type: "socket", id: ++socketCount, ...came }, socket, settle),
    };
  }

  function show(shown: Uint8Array): void {
    fingerprint = shown;
    if (isShown) return;
    isShown = true;
    if (door !== null) onReady(door.port, claim.seed, shown);
    options.onRunning?.();
  }

  function setUp(name: PartName): void {
    isUp[name] = true;
    door?.wake(name);
    if (name === "relay") reach.tell();
  }

  /** Tells each part what it waits for, as soon as it is known. */
  function advance(): void {
    gateway.advance();
    https.advance();
    relay.advance();
    agent.advance();
  }

  function tellInvited(): void {
    if (isUp.relay) relay.part?.send({ type: "invitations", invitations: invited.all });
    if (fingerprint !== null) agent.part?.send({ type: "invitations", keys: invited.servedKeys() });
  }

  function ownRelay(): RelayPlace | null {
    if (relay.listening === null || door === null) return null;
    return {
      url: `ws://127.0.0.1:${door.port}/link`,
      relayKey: relay.listening.relayKey,
      claimKey: claim.publicKey,
    };
  }

  function status(): HostStatus {
    return facts.status({
      home,
      port: door?.port ?? null,
      claimed: claim.seed === null,
      invited: invited.status(),
      tailnet: reach.places.map(({ address }) => address),
      https: reach.https,
      parts: {
        relay: relay.part?.state() ?? null,
        agent: agent.part?.state() ?? null,
        gateway: gateway.part?.state() ?? null,
        https: https.state(),
        push: push.state(),
      },
      share: board.share,
      services: board.services(),
      incidents: board.incidents(),
    });
  }

  return {
    status,
    link: () => (door === null || fingerprint === null ? null : appLink(door.port, claim.seed, fingerprint)),
    pids: () => ({ relay: relay.part?.pid, agent: agent.part?.pid, gateway: gateway.part?.pid }),
    health: () => ({
      isWell: parts.every((part) => part.isBeating()),
      says: parts.map((part) => `${part.name}: ${part.isBeating() ? "running" : "not running"}`).join(", "),
    }),
    stop: async () => {
      isStopping = true;
      invited.close();
      await Promise.all([agent.stop(), gateway.stop(), https.stop(), push.stop()]);
      // Until here it was open for an agent that had to come back with its last words.
      door?.close();
      await relay.stop();
      board.close();
    },
  };
}
