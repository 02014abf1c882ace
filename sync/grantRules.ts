/** When a run is granted, granted anew, interrupted, ended, or gone on with: pure functions of what the doc and the link say. */
import type { AuthorId, BootId } from "#crypto/ids.ts";
import {
  automaticContinuationsMax,
  continueWithinMs,
  grantLifeMs,
  otherDeviceWaitMs,
  regrantDelayMs,
  renewBeforeMs,
  silentLaneMs,
  waitingGrantDelayMs,
} from "./limits.ts";
import type { Lane } from "./roomState.ts";

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
  /** When this device first saw it wait: the clock that says `askedAt` may be years ahead. */
  readonly seenAt: number;
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
  const dueAt = facts.askedHere ? now : facts.seenAt + otherDeviceWaitMs;
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
        : Math.min(run.askedAt, run.seenAt) + otherDeviceWaitMs
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
