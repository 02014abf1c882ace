/**
 * Asking for a log again, when a page of it does not fit what was read before. Honest relays are asked a few times in a row at most, after a backup or a
 * gap; one whose pages contradict each other would be asked again with each of them, for ever (RB4).
 */
import { askEveryMs, asksMax } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface Asking {
  /** Now, or as soon as it is its turn. */
  ask(): void;
  /** What comes until then was sent before, and comes again. */
  readonly isWaiting: boolean;
  close(): void;
}

export interface AskingOptions {
  readonly clock: Clock;
  readonly repeat: () => void;
  /** One had to wait. */
  readonly onTooOften: () => void;
}

export function createAsking({ clock, repeat, onTooOften }: AskingOptions): Asking {
  let left = asksMax;
  let isWaiting = false;
  let isClosed = false;

  function ask(): void {
    if (left === 0) {
      if (!isWaiting) onTooOften();
      isWaiting = true;
      return;
    }
    left -= 1;
    clock.after(askEveryMs * (asksMax - left), () => {
      left += 1;
      if (!isWaiting || isClosed) return;
      isWaiting = false;
      ask();
    });
    repeat();
  }

  return {
    ask,
    get isWaiting() {
      return isWaiting;
    },
    close: () => {
      isClosed = true;
    },
  };
}
