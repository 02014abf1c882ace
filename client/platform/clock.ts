/** The browser's own clock and timers, for `sync/`. */
import type { Clock } from "#sync/ports.ts";

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
