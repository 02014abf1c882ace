/** Turns that are taken together: when so many wait for theirs, when nobody else is coming, or when the first has waited long enough. */
import type { Clock } from "./ports.ts";

export interface Gathering {
  /** Resolves with those of all who came meanwhile. */
  join(): Promise<void>;
  /** Somebody who might have come does not, or is not coming any more. */
  check(): void;
}

export interface GatheringOptions {
  readonly clock: Clock;
  readonly most: number;
  readonly delayMs: number;
  /** Whether more than those who wait may come soon. */
  readonly isExpecting: (waiting: number) => boolean;
}

export function createGathering({ clock, most, delayMs, isExpecting }: GatheringOptions): Gathering {
  let turns: (() => void)[] = [];
  let cancel: (() => void) | null = null;

  function release(): void {
    cancel?.();
    cancel = null;
    const released = turns;
    turns = [];
    for (const resolve of released) resolve();
  }

  function check(): void {
    if (turns.length === 0) return;
    if (turns.length >= most || !isExpecting(turns.length)) release();
  }

  return {
    join: () =>
      new Promise((resolve) => {
        turns.push(resolve);
        cancel ??= clock.after(delayMs, release);
        check();
      }),
    check,
  };
}
