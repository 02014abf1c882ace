/** What a part's beat tells of its work. */
export interface Pulse {
  /** Only ever compared: one that moves is at work. */
  readonly progress: number;
  /** What has not had its turn. */
  readonly waiting: number;
  /** For how long the oldest of it has waited. */
  readonly oldestMs: number;
}

/**
 * For a part that knows how many wait and how many were done, and keeps no time for each: since when none of them had its turn. It tells that and no progress, for
 * progress buys a part that hangs more patience (watchdog.ts), and these have nothing under way that a restart would cost.
 */
export function createAging(nowMs: () => number): (waiting: number, done: number) => Omit<Pulse, "progress"> {
  let [sinceMs, before] = [0, -1];
  return (waiting, done) => {
    if (waiting === 0 || done !== before) sinceMs = nowMs();
    before = done;
    return { waiting, oldestMs: Math.round(nowMs() - sinceMs) };
  };
}
