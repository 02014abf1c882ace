/**
 * Group commit: a change runs at once in the transaction that is open; at the end of the turn that is committed, flushed by
 * somebody else while this thread goes on, shown to readers, and only then is anybody told that it is stored. What comes
 * during a flush gathers in the next transaction, so the busier a log is, the more share a flush.
 */
import { HostError } from "../errors.ts";

export interface GroupCommitPorts {
  begin(): void;
  /** Hands the transaction to the kernel. What it says about the disk, only the flush knows. */
  commit(): void;
  rollback(): void;
  flush(): Promise<void>;
  /** Flushes in this turn instead, when the write-ahead log has to be emptied anyway. `false`: it has not. */
  flushNow(): boolean;
  /** Readers move on to what was committed last. */
  show(): void;
  toError(cause: unknown): HostError;
  /** It is over when there is room again; anything else leaves a state that only a restart can tell. */
  isPassing(cause: unknown): boolean;
  onBroken(error: HostError): void;
}

export interface GroupCommit {
  write<T>(change: () => T): Promise<T>;
  readonly isIdle: boolean;
  /** Changes that are not on stable storage, and those that have come there since the start. */
  readonly queue: { readonly waiting: number; readonly done: number };
  /** Commits what waits. `false` when it was closed before. */
  close(): Promise<boolean>;
}

interface Waiting {
  readonly settle: () => void;
  readonly reject: (error: HostError) => void;
}

export function createGroupCommit(ports: GroupCommitPorts): GroupCommit {
  /** Of the transaction that is open. */
  let waiting: Waiting[] = [];
  let isFlushing = false;
  let [flushing, done] = [0, 0];
  let broken: HostError | null = null;
  let isOpen = true;
  let onIdle: (() => void) | null = null;

  function fail(cause: unknown, failed: readonly Waiting[]): void {
    const error = ports.toError(cause);
    try {
      ports.rollback();
    } catch {
      // reason: the error that led here is the one to report; this was only tidying up after it.
    }
    if (!ports.isPassing(cause) && broken === null) {
      broken = error;
      ports.onBroken(error);
    }
    for (const { reject } of failed) reject(error);
  }

  function takeWaiting(): Waiting[] {
    const taken = waiting;
    waiting = [];
    return taken;
  }

  function commit(): void {
    if (isFlushing || waiting.length === 0) return tellIdle();
    let isFlushed = false;
    try {
      ports.commit();
      isFlushed = ports.flushNow();
    } catch (cause) {
      fail(cause, takeWaiting());
      return tellIdle();
    }
    const committed = takeWaiting();
    if (isFlushed) return settle(committed);
    isFlushing = true;
    flushing = committed.length;
    ports.flush().then(
      () => {
        isFlushing = false;
        flushing = 0;
        settle(committed);
      },
      (cause: unknown) => {
        isFlushing = false;
        flushing = 0;
        // Nothing that came meanwhile may be built on it either.
        fail(cause, [...committed, ...takeWaiting()]);
        tellIdle();
      },
    );
  }

  function settle(stored: readonly Waiting[]): void {
    ports.show();
    done += stored.length;
    for (const each of stored) each.settle();
    commit();
  }

  function tellIdle(): void {
    if (!isFlushing && waiting.length === 0) onIdle?.();
  }

  return {
    write: (change) =>
      new Promise((resolve, reject) => {
        if (broken !== null || !isOpen) {
          reject(broken ?? new HostError("database", "The host is stopping. What was not acknowledged is sent again."));
          return;
        }
        try {
          if (waiting.length === 0) {
            ports.begin();
            if (!isFlushing) setImmediate(commit);
          }
          const result = change();
          waiting.push({ settle: () => resolve(result), reject });
        } catch (cause) {
          fail(cause, [...takeWaiting(), { settle: () => {}, reject }]);
        }
      }),
    get isIdle() {
      return !isFlushing && waiting.length === 0;
    },
    get queue() {
      return { waiting: waiting.length + flushing, done };
    },
    close: async () => {
      if (!isOpen) return false;
      isOpen = false;
      if (isFlushing || waiting.length > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      return true;
    },
  };
}
