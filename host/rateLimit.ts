/**
 * Token buckets and failure counters. Time comes in as an argument, from a clock that never jumps (SECURITY §4, clock
 * skew).
 */

export interface RateLimit {
  /** Takes one if there is one. */
  take(nowMs: number): boolean;
}

export function createRateLimit(perSecond: number, burst: number): RateLimit {
  let tokens = burst;
  let filledAtMs = 0;
  return {
    take: (nowMs) => {
      tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1_000) * perSecond);
      filledAtMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

export interface FailureLimit {
  isPaused(key: string, nowMs: number): boolean;
  noteFailure(key: string, nowMs: number): void;
}

export interface FailureLimitOptions {
  readonly failuresMax: number;
  readonly windowMs: number;
  readonly pauseMs: number;
  readonly keysMax: number;
}

export function createFailureLimit({ failuresMax, windowMs, pauseMs, keysMax }: FailureLimitOptions): FailureLimit {
  const byKey = new Map<string, { failures: number; sinceMs: number; pausedUntilMs: number }>();
  return {
    isPaused: (key, nowMs) => (byKey.get(key)?.pausedUntilMs ?? 0) > nowMs,
    noteFailure: (key, nowMs) => {
      const known = byKey.get(key);
      const isFresh = known === undefined || nowMs - known.sinceMs > windowMs;
      const entry = isFresh ? { failures: 0, sinceMs: nowMs, pausedUntilMs: 0 } : known;
      entry.failures += 1;
      if (entry.failures >= failuresMax) entry.pausedUntilMs = nowMs + pauseMs;
      byKey.delete(key);
      byKey.set(key, entry);
      const oldest = byKey.keys().next();
      if (byKey.size > keysMax && oldest.done === false) byKey.delete(oldest.value);
    },
  };
}
