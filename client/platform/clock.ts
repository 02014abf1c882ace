/** The browser's own clock, timers and time zone, for `sync/`. */
import type { Clock } from "#sync/ports.ts";

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Asked each time: its owner may have travelled. */
export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
