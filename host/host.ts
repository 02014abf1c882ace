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
import { openClaim, wipeClaimSeed } from "./claim.ts";
import { openDoor, type Door, type DoorPart } from "./door/door.ts";
import { systemTailnet } from "./door/tailnetSources.ts";
import type { PartName } from "./door/whose.ts";
import { HostError } from "./errors.ts";
import type { Host, HostOptions } from "./hostOptions.ts";
import { createHostFacts, type HostStatus } from "./hostStatus.ts";
import { createHttpsPart } from "./httpsPart.ts";
import { createInvitedVaults } from "./invitedVaults.ts";
import type { FromAgent, FromGateway, FromRelay, ToAgent, ToGateway, ToHttps, ToRelay } from "./ipc.ts";
import { appLink } from "./link/appLink.ts";
import { writeAgentKeys, type RelayPlace } from "./link/relayLink.ts";
import type { LogEvent } from "./log/events.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { agentGraceMs, agentPlan, gatewayGraceMs, gatewayPlan, relayGraceMs, relayPlan } from "./partPlans.ts";
import { openPushKey } from "./push/pushHome.ts";
import { createPushPart } from "./pushPart.ts";
import { createReach } from "./reach.ts";
import { openRelaySeed } from "./relayHome.ts";
import { createSlotLender, type SlotMessage } from "./slotLender.ts";
import { startPart, type Part } from "./supervise.ts";
import { createHostBoard } from "./watch/hostBoard.ts";
import { patience } from "./watch/watchdog.ts";

export function startHost(options: HostOptions): Host {
  const {
    config,
    relayEntry,
    agentEntry,
    gatewayEntry,
    httpsEntry = null,
    pushEntry = null,
    onReady,
    onFatal,
  } = options;
  const metrics = createMetrics();
  const log = (event: LogEvent): void => {
    metrics.take(event);
    options.log?.(event);
  };
  const { home, appDir, backend, only } = config;
  if (only !== "agent") openRelaySeed(home);
  let claim = openClaim(home);
  let identity: Extract<FromAgent, { type: "identity" }> | null = null;
  let listening: Extract<FromRelay, { type: "ready" }> | null = null;
  let isAgentWaiting = false;
  let isRelayWaiting = false;
  let isGatewayWaiting = false;
  let isShown = false;
  let isStopping = false;
  let door: Door | null = null;
  const isUp: Record<PartName, boolean> = { relay: false, gateway: false, https: false };
  let socketCount = 0;
  let relay: Part<ToRelay> | null = null;
  let agent: Part<ToAgent> | null = null;
  let gateway: Part<ToGateway> | null = null;
  let fingerprint: Uint8Array | null = null;
  let recipients: Extract<FromAgent, { type: "recipients" }>["devices"] = [];
  const facts = createHostFacts();
  const lender = createSlotLender();
  const board = createHostBoard({
    home,
    ...(options.backups === undefined ? {} : { backups: options.backups }),
    onFacts: ({ services, incidents }) => agent?.send({ type: "services", services, incidents }),
  });
  const reach = createReach({
    toRelay: () => (isUp.relay && relay !== null ? relay.send : null),
    onHttps: (state) => {
      board.setCertificate(state);
      options.onHttps?.(state);
    },
    alone: () =>
      only !== "relay" || listening === null || door === null
        ? null
        : { port: door.port, relayKey: listening.relayKey, claimKey: claim.publicKey },
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
    toRelay: (message) => relay?.send(message),
  });
  const startRelay = () =>
    startPart({
      ...shared,
      ...relayPlan(config, relayEntry),
      board: board.entry("relay"),
      onStarted: () => {
        facts.takeDevices(0);
        isRelayWaiting = true;
        advance();
      },
      onStopped: () => {
        isUp.relay = false;
      },
      onMessage: (message) => {
        takeCommon("relay", message);
        if (message.type === "claimed") {
          claim = wipeClaimSeed(home, claim);
          log({ type: "vault-claimed" });
        }
        if (message.type === "invited") invited.setCome(message.keys);
        if (message.type === "devices") takeDevices(message.count);
        push.take(message);
        if (message.type !== "ready") return;
        listening = message;
        relay?.markReady();
        setUp("relay");
        if (message.claimed) claim = wipeClaimSeed(home, claim);
        if (only === "relay") show(message.fingerprint);
        advance();
      },
    });
  const startAgent = () =>
    startPart({
      ...shared,
      ...agentPlan(config, agentEntry),
      board: board.entry("agent"),
      // It waits for nothing yet: in each life it says first who it is.
      onStarted: () => {
        isAgentWaiting = false;
      },
      onStopped: () => sendSlots(lender.forget("agent")),
      onMessage: (message) => {
        takeCommon("agent", message);
        if (message.type === "identity") {
          identity = message;
          isAgentWaiting = true;
          if (only === "agent") options.onAgentKeys?.(writeAgentKeys(message), config.relay === null);
          advance();
        }
        if (message.type === "recipients") {
          recipients = message.devices;
          gateway?.send({ type: "recipients", devices: recipients });
        }
        if (message.type === "backend") takeBackend(message);
        if (message.type === "backends") board.setBackends(message.backends);
        if (message.type !== "ready") return;
        agent?.markReady();
        board.tellAgain();
        show(message.fingerprint);
      },
    });

  const startGateway = () =>
    startPart({
      ...shared,
      ...gatewayPlan(config, gatewayEntry),
      board: board.entry("gateway"),
      onStarted: () => {
        isGatewayWaiting = true;
        advance();
      },
      onStopped: () => {
        isUp.gateway = false;
        sendSlots(lender.forget("gateway"));
      },
      onMessage: (message) => {
        takeCommon("gateway", message);
        if (message.type === "metricsAsked") gateway?.send({ type: "metrics", text: metrics.text(status()) });
        if (message.type === "recorded") agent?.send({ type: "recorded" });
        if (message.type !== "ready") return;
        gateway?.markReady();
        setUp("gateway");
      },
    });
  const https = createHttpsPart({
    ...{ config, entry: httpsEntry, shared, board: board.entry("certificate") },
    door: () => door,
    onState: reach.setHttps,
    onUp: (now) => (now ? setUp("https") : (isUp.https = false)),
  });
  if (only !== "agent") relay = startRelay();
  if (only !== "relay") agent = startAgent();
  if (only === null) gateway = startGateway();
  const parts = [relay, agent, gateway].filter((part) => part !== null);
  const invited = createInvitedVaults({ home, isWhole: only === null, onChange: tellInvited, notify });
  if (relay !== null) {
    openDoor({
      port: config.port,
      parts: {
        relay: behindDoor("relay", () => relay),
        gateway: gateway === null ? null : behindDoor("gateway", () => gateway),
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

  /** What any part may say. */
  function takeCommon(name: "relay" | "agent" | "gateway", message: FromRelay | FromAgent | FromGateway): void {
    if (message.type === "logged") log(message.event);
    if (message.type === "failed") onFatal(new HostError("child", message.says));
    if (message.type === "notice") notify(message.says);
    if (message.type === "called" && name !== "relay") options.onCalls?.(name, message.calls);
    if (message.type === "slotWanted") sendSlots(lender.want(name, message.backend, message.max));
    if (message.type === "slotBack") sendSlots(lender.giveBack(name, message.backend));
  }

  function takeDevices(devices: number): void {
    facts.takeDevices(devices);
    log({ type: "devices-connected", devices });
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
      (to === "agent" ? agent : gateway)?.send({ type, backend: name });
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
    if (isGatewayWaiting && gateway !== null && door !== null) {
      isGatewayWaiting = false;
      const { gatewayPort, isGatewayPortSet: isWanted } = config;
      gateway.send({ type: "recipients", devices: recipients });
      gateway.send({ type: "start", home, backend, gatewayPort, isWanted, ownPorts: [door.port] });
    }
    https.advance();
    const agentKeys = config.agent ?? identity;
    if (isRelayWaiting && relay !== null && door !== null && agentKeys !== null) {
      isRelayWaiting = false;
      const { signKey: hostSignKey, boxKey: hostBoxKey } = agentKeys;
      relay.send({ type: "invitations", invitations: invited.all });
      const { publicKey: pushKey } = openPushKey(home);
      relay.send({ type: "start", home, appDir, hostSignKey, hostBoxKey, claimKey: claim.publicKey, pushKey });
    }
    const place = config.relay ?? ownRelay();
    if (isAgentWaiting && agent !== null && place !== null) {
      isAgentWaiting = false;
      const { url: relayUrl, relayKey, claimKey } = place;
      const ownPorts = door === null ? [] : [door.port];
      agent.send({ type: "invitations", keys: invited.servedKeys() });
      agent.send({ type: "start", home, relayUrl, relayKey, claimKey, backend, ownPorts });
    }
  }

  function tellInvited(): void {
    if (isUp.relay) relay?.send({ type: "invitations", invitations: invited.all });
    if (fingerprint !== null) agent?.send({ type: "invitations", keys: invited.servedKeys() });
  }

  function ownRelay(): RelayPlace | null {
    if (listening === null || door === null) return null;
    return {
      url: `ws://127.0.0.1:${door.port}/link`,
      relayKey: listening.relayKey,
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
        relay: relay?.state() ?? null,
        agent: agent?.state() ?? null,
        gateway: gateway?.state() ?? null,
        https: https.state(),
        push: push.state(),
      },
      services: board.services(),
      incidents: board.incidents(),
    });
  }

  return {
    status,
    link: () => (door === null || fingerprint === null ? null : appLink(door.port, claim.seed, fingerprint)),
    pids: () => ({ relay: relay?.pid, agent: agent?.pid, gateway: gateway?.pid }),
    health: () => ({
      isWell: parts.every((part) => part.isBeating()),
      says: parts.map((part) => `${part.name}: ${part.isBeating() ? "running" : "not running"}`).join(", "),
    }),
    stop: async () => {
      isStopping = true;
      invited.close();
      await Promise.all([
        agent?.stop({ type: "drain" }, agentGraceMs),
        gateway?.stop({ type: "drain" }, gatewayGraceMs),
        https.stop(),
        push.stop(),
      ]);
      // Until here it was open for an agent that had to come back with its last words.
      door?.close();
      await relay?.stop({ type: "drain" }, relayGraceMs);
      board.close();
    },
  };
}
