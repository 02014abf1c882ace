/**
 * Who gets a chat's key, and when: a run that waits is granted to the life of the agent that is there now, again to the next one,
 * until a host takes it; a run under way is granted anew before its grant ends. A run that was taken by a life that is over is
 * marked as interrupted, and once a run is over the log says that its grant is. The rules are in grantRules.ts;
 * here they are carried out for one chat.
 */
import { encodeRequest, sealGrant } from "#crypto/grant.ts";
import { grantEndClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import type { AuthorId, RunId } from "#crypto/ids.ts";
import type { Member } from "#crypto/roster.ts";
import type { Chat } from "./docs/chat.ts";
import { grantLifeMs, otherDeviceWaitMs, regrantDelayMs, runBytesMax, waitingGrantLifeMs } from "./limits.ts";
import {
  decideContinuation,
  decideRun,
  pickLife,
  type HostLife,
  type InterruptionFacts,
  type RunFacts,
} from "./grantRules.ts";
import type { Clock } from "./ports.ts";
import type { Replica } from "./replicaTypes.ts";
import type { DocStatus } from "./status.ts";

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
  const waitingSince = new Map<RunId, number>();
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
    for (const id of away) firstSeen(awaySince, id, now);
  };

  /** Of a run under way, the life of its host; else who is asked next. */
  const lifeFor = (run: RunId, lives: readonly HostLife[], now: number): HostLife | null => {
    const lane = replica.laneOf(run);
    if (lane !== null) return lives.find(({ host }) => host === lane.host) ?? null;
    return pickLife(lives, grants.get(run) ?? null, now);
  };

  const factsOf = (run: RunId, now: number): RunFacts => {
    const { status } = chat.run(run);
    const lane = replica.laneOf(run);
    const request = chat.request(run);
    const open = replica.openGrants().get(run);
    return {
      isWaiting: status === "requested",
      isUnfinished: status === "requested" || status === "accepted" || status === "streaming",
      askedAt: request?.at ?? 0,
      seenAt: firstSeen(waitingSince, run, now),
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
    const seenAt = firstSeen(interruptedSince, run, now);
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
    const seenAt = firstSeen(overSince, run, now);
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
      const act = decideRun(factsOf(run, now), current, now);
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

/** A clock that jumped back begins to count anew. */
function firstSeen<Key>(seen: Map<Key, number>, key: Key, now: number): number {
  const at = Math.min(seen.get(key) ?? now, now);
  seen.set(key, at);
  return at;
}
