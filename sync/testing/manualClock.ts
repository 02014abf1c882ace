/** A clock that a test turns by hand. */
import type { Clock } from "../ports.ts";

export interface ManualClock extends Clock {
  /** Turns it on, running what falls due in its order; what that causes in microtasks happens in between. */
  advance(ms: number): Promise<void>;
  readonly timers: number;
}

export function createManualClock(startMs = 1_000_000): ManualClock {
  let now = startMs;
  let nextId = 0;
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  return {
    now: () => now,
    after: (delayMs, callback) => {
      const id = nextId++;
      timers.set(id, { at: now + delayMs, callback });
      return () => timers.delete(id);
    },
    advance: async (ms) => {
      const until = now + ms;
      for (;;) {
        await drainMicrotasks();
        const [first] = [...timers]
          .filter(([, timer]) => timer.at <= until)
          .sort(([a, x], [b, y]) => x.at - y.at || a - b);
        if (first === undefined) break;
        const [id, timer] = first;
        timers.delete(id);
        now = Math.max(now, timer.at);
        timer.callback();
      }
      now = until;
      await drainMicrotasks();
    },
    get timers() {
      return timers.size;
    },
  };
}

/** Enough turns for any chain of promises in this folder to settle. */
export async function drainMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
