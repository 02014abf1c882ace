/**
 * Who gets a chat's key, and when: a run that waits is granted to the life of the agent that is there now, again to the next one,
 * until a host takes it; a run under way is granted anew before its grant ends. A run that was taken by a life that is over is
 * marked as interrupted, and once a run is over the log says that its grant is. The rule is a pure function of what the doc and
 * the link say; the rest carries it out for one chat.
 */
import { encodeRequest, sealGrant } from "#crypto/grant.ts";
import { grantEndClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import type { AuthorId, BootId, RunId } from "#crypto/ids.ts";
import type { Member } from "#crypto/roster.ts";
import type { Chat } from "./docs/chat.ts";
import {
  automaticContinuationsMax,
  continueWithinMs,
  grantLifeMs,
  otherDeviceWaitMs,
  regrantDelayMs,
  renewBeforeMs,
  runBytesMax,
  silentLaneMs,
  waitingGrantDelayMs,
  waitingGrantLifeMs,
} from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { Replica } from "./replicaTypes.ts";
import type { Lane } from "./roomState.ts";
import type { DocStatus } from "./status.ts";

/** One stretch of an agent being there, as this device saw it. */
export interface HostLife {
  readonly host: AuthorId;
  readonly boot: BootId;
  readonly bootBoxKey: Uint8Array;
  /** When it was first seen there, and again after it or the link was away: an offer made before may not have reached it. */
  readonly since: number;
}

export interface RunFacts {
  readonly isWaiting: boolean;
  readonly isUnfinished: boolean;
  readonly askedAt: number;
  readonly askedHere: boolean;
  readonly lane: Pick<Lane, "host" | "boot"> | null;
  /** Since when its host is seen away, by a device whose link is up. */
  readonly hostAwaySince: number | null;
  /** The owner lets questions be left for a host that is away. */
  readonly mayWait: boolean;
  /** Until when it is left for the host. */
  readonly waitingUntil: number;
  /** As the log says, by whichever device; `null` when nothing is lent, or GRANT_END was written. */
  readonly openGrant: { readonly notAfter: number; readonly isOutdated: boolean } | null;
  /** `since`: the stretch of the agent's life that it was given in. */
  readonly lastGrant: {
    readonly boot: BootId;
    readonly since: number;
    readonly at: number;
    readonly times: number;
  } | null;
}

/** What is known of an answer that ended in the middle, and what nobody goes on from yet. */
export interface InterruptionFacts {
  /** The host died, or was stopped, while it answered: nothing that the question or the owner did. */
  readonly isHostsDoing: boolean;
  readonly isStopped: boolean;
  readonly lane: RunFacts["lane"];
  readonly askedAt: number;
  readonly askedHere: boolean;
  /** When this device first saw it so. */
  readonly seenAt: number;
  /** Links of this answer that were asked for without the owner, and whether this is one that wrote nothing. */
  readonly automatic: number;
  readonly isBarren: boolean;
}

/** CN2: once, by the device that asked, or later by another, when there is an agent that did not have it. */
export function decideContinuation(
  facts: InterruptionFacts,
  life: HostLife | null,
  now: number,
): { readonly kind: "none" | "continue" } | { readonly kind: "wait"; readonly ms: number } {
  const { isHostsDoing, isStopped, lane, askedAt, automatic, isBarren } = facts;
  if (!isHostsDoing || isStopped || life === null) return { kind: "none" };
  if (lane !== null && lane.host === life.host && lane.boot === life.boot) return { kind: "none" };
  if (automatic >= automaticContinuationsMax || isBarren || now - askedAt > continueWithinMs) return { kind: "none" };
  const dueAt = facts.askedHere ? now : Math.min(facts.seenAt, now) + otherDeviceWaitMs;
  return dueAt <= now ? { kind: "continue" } : { kind: "wait", ms: dueAt - now };
}

export type GrantAct =
  | { readonly kind: "none" }
  | { readonly kind: "grant" }
  /** Left for a host that is away. */
  | { readonly kind: "leave" }
  | { readonly kind: "interrupt" }
  /** GRANT_END: the run is over, and what was lent for it is to be forgotten. */
  | { readonly kind: "end" }
  | { readonly kind: "wait"; readonly ms: number };

export function decideRun(run: RunFacts, life: HostLife | null, now: number): GrantAct {
  if (!run.isUnfinished) return run.openGrant === null ? { kind: "none" } : { kind: "end" };
  if (run.lane !== null && run.hostAwaySince !== null) {
    const silentUntil = run.hostAwaySince + silentLaneMs;
    return silentUntil <= now ? { kind: "interrupt" } : { kind: "wait", ms: silentUntil - now };
  }
  if (life === null) return leaveOf(run, now);
  if (run.lane !== null) {
    if (run.lane.host !== life.host) return { kind: "none" };
    return run.lane.boot === life.boot ? renewalOf(run, life, now) : { kind: "interrupt" };
  }
  if (!run.isWaiting) return { kind: "none" };
  const last = run.lastGrant;
  // A grant that seems to lie ahead was given before the clock jumped back: given once more, it counts from now.
  const dueAt =
    last === null || last.boot !== life.boot || last.since !== life.since || last.at > now
      ? run.askedHere
        ? now
        : Math.min(run.askedAt, now) + otherDeviceWaitMs
      : last.at + Math.min(regrantDelayMs * 2 ** (last.times - 1), grantLifeMs);
  return dueAt <= now ? { kind: "grant" } : { kind: "wait", ms: dueAt - now };
}

/** WG1, WG4: by the device that asked, once it is clear that the host is away; and taken back when the owner wants none. */
function leaveOf(run: RunFacts, now: number): GrantAct {
  const { isWaiting, lane, askedHere, hostAwaySince, mayWait, waitingUntil } = run;
  if (!isWaiting || lane !== null || hostAwaySince === null) return { kind: "none" };
  if (waitingUntil > now) return mayWait ? { kind: "none" } : { kind: "end" };
  if (!askedHere || !mayWait) return { kind: "none" };
  const dueAt = hostAwaySince + waitingGrantDelayMs;
  return dueAt <= now ? { kind: "leave" } : { kind: "wait", ms: dueAt - now };
}

/** TH2: a host that had its time and did not take the run is passed over for the next, in turn. */
export function pickLife(lives: readonly HostLife[], last: RunFacts["lastGrant"], now: number): HostLife | null {
  const at = last === null ? -1 : lives.findIndex(({ boot }) => boot === last.boot);
  const asked = lives[at];
  if (last === null || asked === undefined) return lives[0] ?? null;
  const hadItsTime = last.at + regrantDelayMs <= now && last.at <= now;
  return hadItsTime ? (lives[(at + 1) % lives.length] ?? null) : asked;
}

/** RG1, RG2: in time before it ends, and at once when its key belongs to an older generation. */
function renewalOf({ openGrant, askedHere, lastGrant }: RunFacts, life: HostLife, now: number): GrantAct {
  if (openGrant === null) return { kind: "none" };
  const patience = askedHere ? 0 : otherDeviceWaitMs;
  const dueAt = openGrant.isOutdated ? now : openGrant.notAfter - renewBeforeMs + patience;
  if (dueAt > now) return { kind: "wait", ms: dueAt - now };
  // The log has it at once; an agent that did not take it gets it again, but not at every look.
  const isRecent = lastGrant !== null && lastGrant.boot === life.boot && lastGrant.at + regrantDelayMs > now;
  return isRecent && !openGrant.isOutdated ? { kind: "wait", ms: regrantDelayMs } : { kind: "grant" };
}

export interface Granter {
  /** Something changed: the doc, the host, or the link. */
  check(): void;
  /** Checks if the doc has come to be read to its end, or no longer is. */
  notePhase(): void;
  close(): void;
}

export interface GranterOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  readonly replica: Replica;
  readonly chat: Chat;
  /** Agents that are there, the one to be asked first before the others. */
  readonly lives: () => readonly HostLife[];
  /** The hosts of the roster, for what is left for them. */
  readonly hosts: () => readonly Pick<Member, "id" | "boxKey">[];
  readonly mayWait: () => boolean;
  /** Asks for a run that goes on from this one. */
  readonly continueRun: (run: RunId) => void;
}

export function createGranter(options: GranterOptions): Granter {
  const { clock, device, replica, chat } = options;
  const grants = new Map<RunId, NonNullable<RunFacts["lastGrant"]>>();
  const overSince = new Map<RunId, number>();
  const interruptedSince = new Map<RunId, number>();
  /** Since when each host, and any host at all, is seen away. */
  const awaySince = new Map<AuthorId | "all", number>();
  let cancelCheck: (() => void) | null = null;
  let isScheduled = false;
  let lastPhase: DocStatus["phase"] = "loading";
  let isClosed = false;

  const noteAway = (lives: readonly HostLife[], now: number): void => {
    const hosts = options.hosts().map(({ id }) => id);
    const away = new Set<AuthorId | "all">(hosts.filter((id) => !lives.some((life) => life.host === id)));
    if (lives.length === 0) away.add("all");
    for (const id of awaySince.keys()) if (!away.has(id)) awaySince.delete(id);
    for (const id of away) if (!awaySince.has(id)) awaySince.set(id, now);
  };

  /** Of a run under way, the life of its host; else who is asked next. */
  const lifeFor = (run: RunId, lives: readonly HostLife[], now: number): HostLife | null => {
    const lane = replica.laneOf(run);
    if (lane !== null) return lives.find(({ host }) => host === lane.host) ?? null;
    return pickLife(lives, grants.get(run) ?? null, now);
  };

  const factsOf = (run: RunId): RunFacts => {
    const { status } = chat.run(run);
    const lane = replica.laneOf(run);
    const request = chat.request(run);
    const open = replica.openGrants().get(run);
    return {
      isWaiting: status === "requested",
      isUnfinished: status === "requested" || status === "accepted" || status === "streaming",
      askedAt: request?.at ?? 0,
      askedHere: request?.device === device,
      lane,
      hostAwaySince: awaySince.get(lane === null ? "all" : lane.host) ?? null,
      mayWait: options.mayWait(),
      waitingUntil: request?.waitingUntil ?? 0,
      openGrant:
        open === undefined ? null : { notAfter: open.notAfter, isOutdated: replica.isEpochOutdated(open.epoch) },
      lastGrant: grants.get(run) ?? null,
    };
  };

  const interruptionOf = (run: RunId, now: number): InterruptionFacts => {
    const request = chat.request(run);
    const view = chat.run(run);
    const links = chat.links(run).map((link) => chat.request(link));
    const seenAt = interruptedSince.get(run) ?? now;
    interruptedSince.set(run, seenAt);
    return {
      isHostsDoing: view.error?.code === "drain" || (view.error === null && request?.interruptedAt !== null),
      isStopped: request?.stopAt !== null,
      lane: replica.laneOf(run),
      askedAt: request?.at ?? 0,
      askedHere: request?.device === device,
      seenAt,
      automatic: links.filter((link) => link?.isAutomatic === true).length,
      isBarren: request?.isAutomatic === true && view.text === "" && view.thinking === "",
    };
  };

  const writeGrant = (run: RunId, to: Pick<HostLife, "host" | "boot" | "bootBoxKey">, notAfter: number): boolean => {
    const request = chat.request(run);
    const key = request === null ? null : replica.keyToLend();
    if (key === null || request === null) return false;
    const grant = { run, doc: replica.doc, ...key, notAfter, maxBytes: runBytesMax };
    const clear = sealGrant({ grant, host: to.host, boot: to.boot, bootBoxKey: to.bootBoxKey });
    // An empty model leaves the choice to the host.
    const body = encodeRequest({ run, model: request.model ?? "", parent: request.question, maxBytes: runBytesMax });
    replica.write("grant", clear, body);
    return true;
  };

  const grant = (run: RunId, to: HostLife, now: number): void => {
    if (!writeGrant(run, to, now + grantLifeMs)) return;
    const last = grants.get(run);
    grants.set(run, { boot: to.boot, since: to.since, at: now, times: last?.boot === to.boot ? last.times + 1 : 1 });
  };

  /** One for each host: whichever comes first takes the run, and no other can. */
  const leave = (run: RunId, now: number): void => {
    const notAfter = now + waitingGrantLifeMs;
    const left = options.hosts().map(({ id, boxKey }) => {
      return writeGrant(run, { host: id, boot: WAITING_BOOT, bootBoxKey: boxKey }, notAfter);
    });
    if (left.some((isLeft) => isLeft)) chat.markWaiting(run, notAfter);
  };

  /** Whoever asked or granted says at once that it is over; others wait for it, in case that one sleeps. */
  const end = (run: RunId, now: number): number => {
    const isOurs = grants.has(run) || chat.request(run)?.device === device;
    const seenAt = overSince.get(run) ?? now;
    overSince.set(run, seenAt);
    const waitMs = isOurs ? 0 : seenAt + otherDeviceWaitMs - now;
    if (waitMs > 0) return waitMs;
    replica.write("grantEnd", grantEndClear(run), new Uint8Array(0));
    if ((chat.request(run)?.waitingUntil ?? 0) > now && chat.run(run).status === "requested") chat.markWaiting(run, 0);
    grants.delete(run);
    overSince.delete(run);
    return Infinity;
  };

  const look = (): void => {
    isScheduled = false;
    cancelCheck?.();
    cancelCheck = null;
    // Only what was read to its end can be judged: an answer may be waiting in the log.
    if (isClosed || replica.status().phase !== "live" || !replica.isWritable) {
      awaySince.clear();
      return;
    }
    const now = clock.now();
    const lives = options.lives();
    noteAway(lives, now);
    let nextMs = Infinity;
    const runs = new Set([...chat.pendingRuns(), ...chat.activeRuns(), ...replica.openGrants().keys()]);
    for (const run of runs) {
      const current = lifeFor(run, lives, now);
      const act = decideRun(factsOf(run), current, now);
      if (act.kind === "grant" && current !== null) {
        grant(run, current, now);
        nextMs = Math.min(nextMs, regrantDelayMs);
      } else if (act.kind === "leave") leave(run, now);
      else if (act.kind === "interrupt") chat.markInterrupted(run, now);
      else if (act.kind === "end") nextMs = Math.min(nextMs, end(run, now));
      else if (act.kind === "wait") nextMs = Math.min(nextMs, act.ms);
    }
    for (const run of chat.interruptedRuns()) {
      const facts = interruptionOf(run, now);
      const fresh = lives.find(({ host, boot }) => host !== facts.lane?.host || boot !== facts.lane.boot) ?? null;
      const act = decideContinuation(facts, fresh, now);
      if (act.kind === "continue") options.continueRun(run);
      else if (act.kind === "wait") nextMs = Math.min(nextMs, act.ms);
    }
    if (nextMs < Infinity) cancelCheck = clock.after(nextMs, look);
  };

  /** Out of the transaction or step that reported the change, and once for many of them. */
  function check(): void {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    queueMicrotask(look);
  }

  return {
    check,
    notePhase: () => {
      const { phase } = replica.status();
      if (phase !== lastPhase) check();
      lastPhase = phase;
    },
    close: () => {
      isClosed = true;
      cancelCheck?.();
    },
  };
}
