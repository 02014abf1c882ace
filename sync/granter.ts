/**
 * Who gets a chat's key, and when: a run that waits is granted to the life of the agent that is there now, again to the next one,
 * until a host takes it; a run under way is granted anew before its grant ends. A run that was taken by a life that is over is
 * marked as interrupted, and once a run is over the log says that its grant is. The rule is a pure function of what the doc and
 * the link say; the rest carries it out for one chat.
 */
import { encodeRequest, sealGrant } from "#crypto/grant.ts";
import { grantEndClear } from "#crypto/grantHeader.ts";
import type { AuthorId, BootId, RunId } from "#crypto/ids.ts";
import type { Chat } from "./docs/chat.ts";
import { grantLifeMs, otherDeviceWaitMs, regrantDelayMs, renewBeforeMs, runBytesMax } from "./limits.ts";
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

export type GrantAct =
  | { readonly kind: "none" }
  | { readonly kind: "grant" }
  | { readonly kind: "interrupt" }
  /** GRANT_END: the run is over, and what was lent for it is to be forgotten. */
  | { readonly kind: "end" }
  | { readonly kind: "wait"; readonly ms: number };

export function decideRun(run: RunFacts, life: HostLife | null, now: number): GrantAct {
  if (!run.isUnfinished) return run.openGrant === null ? { kind: "none" } : { kind: "end" };
  if (life === null) return { kind: "none" };
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
  readonly life: () => HostLife | null;
}

export function createGranter({ clock, device, replica, chat, life }: GranterOptions): Granter {
  const grants = new Map<RunId, NonNullable<RunFacts["lastGrant"]>>();
  const overSince = new Map<RunId, number>();
  let cancelCheck: (() => void) | null = null;
  let isScheduled = false;
  let lastPhase: DocStatus["phase"] = "loading";
  let isClosed = false;

  const factsOf = (run: RunId): RunFacts => {
    const { status } = chat.run(run);
    const request = chat.request(run);
    const open = replica.openGrants().get(run);
    return {
      isWaiting: status === "requested",
      isUnfinished: status === "requested" || status === "accepted" || status === "streaming",
      askedAt: request?.at ?? 0,
      askedHere: request?.device === device,
      lane: replica.laneOf(run),
      openGrant:
        open === undefined ? null : { notAfter: open.notAfter, isOutdated: replica.isEpochOutdated(open.epoch) },
      lastGrant: grants.get(run) ?? null,
    };
  };

  const grant = (run: RunId, to: HostLife, now: number): void => {
    const request = chat.request(run);
    const key = request === null ? null : replica.keyToLend();
    if (key === null || request === null) return;
    const notAfter = now + grantLifeMs;
    const clear = sealGrant({
      grant: { run, doc: replica.doc, ...key, notAfter, maxBytes: runBytesMax },
      host: to.host,
      boot: to.boot,
      bootBoxKey: to.bootBoxKey,
    });
    // An empty model leaves the choice to the host.
    const body = encodeRequest({ run, model: request.model ?? "", parent: request.question, maxBytes: runBytesMax });
    replica.write("grant", clear, body);
    const last = grants.get(run);
    grants.set(run, { boot: to.boot, since: to.since, at: now, times: last?.boot === to.boot ? last.times + 1 : 1 });
  };

  /** Whoever asked or granted says at once that it is over; others wait for it, in case that one sleeps. */
  const end = (run: RunId, now: number): number => {
    const isOurs = grants.has(run) || chat.request(run)?.device === device;
    const seenAt = overSince.get(run) ?? now;
    overSince.set(run, seenAt);
    const waitMs = isOurs ? 0 : seenAt + otherDeviceWaitMs - now;
    if (waitMs > 0) return waitMs;
    replica.write("grantEnd", grantEndClear(run), new Uint8Array(0));
    grants.delete(run);
    overSince.delete(run);
    return Infinity;
  };

  const look = (): void => {
    isScheduled = false;
    cancelCheck?.();
    cancelCheck = null;
    // Only what was read to its end can be judged: an answer may be waiting in the log.
    if (isClosed || replica.status().phase !== "live" || !replica.isWritable) return;
    const now = clock.now();
    const current = life();
    let nextMs = Infinity;
    const runs = new Set([...chat.pendingRuns(), ...chat.activeRuns(), ...replica.openGrants().keys()]);
    for (const run of runs) {
      const act = decideRun(factsOf(run), current, now);
      if (act.kind === "grant" && current !== null) {
        grant(run, current, now);
        nextMs = Math.min(nextMs, regrantDelayMs);
      } else if (act.kind === "interrupt") chat.markInterrupted(run, now);
      else if (act.kind === "end") nextMs = Math.min(nextMs, end(run, now));
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
