/**
 * RM3: what a removed device got to the host in time must be read before the door is shut, and before this device says where that chain ends. What is
 * typed waits for it, but a relay that does not come to the end of its log holds nobody up for long.
 */
import { removalReadMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface RemovalRead {
  /** A device was removed. */
  begin(): void;
  /** The log is read to its end, or the wait is over. */
  end(): void;
  /** Settles when it is over; `null`: nothing waits. */
  readonly underWay: Promise<void> | null;
}

export interface RemovalReadOptions {
  readonly clock: Clock;
  readonly isLinked: () => boolean;
  /** Asks for the log. */
  readonly ask: () => void;
  readonly onEnd: () => void;
}

export function createRemovalRead({ clock, isLinked, ask, onEnd }: RemovalReadOptions): RemovalRead {
  /** `null`: nothing waits. */
  let reading: PromiseWithResolvers<void> | null = null;

  function end(): void {
    if (reading === null) return;
    reading.resolve();
    reading = null;
    onEnd();
  }

  return {
    get underWay() {
      return reading?.promise ?? null;
    },
    begin: () => {
      if (!isLinked()) return;
      const mine = Promise.withResolvers<void>();
      reading ??= mine;
      clock.after(removalReadMs, () => {
        if (reading === mine) end();
      });
      ask();
    },
    end,
  };
}
