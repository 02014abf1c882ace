/**
 * Whether a backend is used, from probes and from questions that failed. Slow to say that one is gone, because a machine at full load
 * misses a probe now and then, and slow to trust one that came back, because a server that keeps crashing comes back each time.
 *
 *   new ─ first good probe ─► up      up ─ 3 misses in a row ─► down      down ─ 2 good probes in a row ─► up
 */
import { awayBrieflyMs, awayProbeMs, confirmProbeMs, goodProbesMin, missedProbesMax, probeEveryMs } from "./limits.ts";

export interface Health {
  readonly state: "new" | "up" | "down";
  /** Signs in a row that speak against the state. */
  readonly doubts: number;
}

export const newHealth: Health = { state: "new", doubts: 0 };

export function stepHealth({ state, doubts }: Health, isGood: boolean): Health {
  if (state === "new") return { state: isGood ? "up" : "new", doubts: 0 };
  if (isGood === (state === "up")) return { state, doubts: 0 };
  const needed = state === "up" ? missedProbesMax : goodProbesMin;
  if (doubts + 1 < needed) return { state, doubts: doubts + 1 };
  return { state: isGood ? "up" : "down", doubts: 0 };
}

/** Until the next look. `awayMs`: for how long it has been gone. */
export function nextLookMs(
  { state }: Health,
  { isGood, awayMs, isNear }: { readonly isGood: boolean; readonly awayMs: number; readonly isNear: boolean },
): number {
  if (state !== "down") return probeEveryMs;
  if (isGood) return confirmProbeMs;
  if (isNear || awayMs < awayBrieflyMs) return awayProbeMs;
  return Math.min(probeEveryMs, awayProbeMs * 2 ** Math.floor(awayMs / awayBrieflyMs));
}
