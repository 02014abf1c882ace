/** Strict commits, one at a time: whatever is stored while one runs goes into the next, and a failed one is tried again. */
import { retryAfterMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface CommitLoop {
  /** Resolves when all stored so far is committed. Rejects when that fails now; it goes on being tried. */
  run(): Promise<void>;
  /** The last commit failed, and is tried again. */
  readonly isFailing: boolean;
  stop(): void;
}

export interface CommitLoopOptions {
  readonly clock: Clock;
  readonly commit: () => Promise<void>;
  /** Something was stored while the last commit ran, and nobody asked since. */
  readonly isBehind: () => boolean;
  /** It failed now. */
  readonly onFailed?: () => void;
}

export function createCommitLoop({ clock, commit, isBehind, onFailed }: CommitLoopOptions): CommitLoop {
  let running: Promise<void> | null = null;
  let isStopped = false;
  let isFailing = false;
  /** Somebody asked while a commit ran, which may have begun before what they mean was stored. */
  let isAskedAgain = false;

  async function commitAll(): Promise<void> {
    try {
      do {
        isAskedAgain = false;
        await commit();
        isFailing = false;
      } while (isAskedAgain || isBehind());
    } catch (cause) {
      isFailing = true;
      onFailed?.();
      if (!isStopped) clock.after(retryAfterMs, () => void run());
      throw cause;
    } finally {
      // In the same turn as the last look: what is stored after this begins a run of its own.
      running = null;
    }
  }

  function run(): Promise<void> {
    if (running !== null) isAskedAgain = true;
    running ??= commitAll();
    // Who waits for it is told; to all others a failure shows as `unsaved` in the status.
    running.catch(() => {});
    return running;
  }

  return {
    run,
    get isFailing() {
      return isFailing;
    },
    stop: () => {
      isStopped = true;
    },
  };
}
