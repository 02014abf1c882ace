/**
 * Who may ask next. Each backend takes a few questions at a time; the others wait in one bounded queue. When a place is free it goes to
 * the owner who was served longest ago, and of that owner's questions to the first: one device with many cannot keep out another.
 */
import type { Clock } from "#sync/ports.ts";
import { BackendError } from "./backend.ts";
import { waitingMax, waitingMs, waitingPerOwnerMax } from "./limits.ts";

export interface PlaceRequest<Seat> {
  readonly owner: string;
  /** A seat that is free now, or null. Throws when there cannot be one any more. */
  readonly find: () => Seat | null;
  readonly signal: AbortSignal;
}

export interface Places<Seat> {
  /** Resolves with a seat that is already taken (see `take`). Rejects with `BackendError`, or with the signal's reason. */
  wait(request: PlaceRequest<Seat>): Promise<Seat>;
  /** Something may have become free, or impossible. */
  look(): void;
  readonly waiting: number;
  /** For how long the oldest of them has waited; 0 where none does. */
  readonly oldestMs: number;
}

interface Waiter<Seat> extends PlaceRequest<Seat> {
  readonly sinceMs: number;
  readonly resolve: (seat: Seat) => void;
  readonly reject: (error: unknown) => void;
}

export function createPlaces<Seat>(clock: Clock, take: (seat: Seat) => void): Places<Seat> {
  let waiters: Waiter<Seat>[] = [];
  /** When each owner was last served, as a count. Only owners who wait are in here for long. */
  const served = new Map<string, number>();
  let turn = 0;

  function seat(owner: string, free: Seat): Seat {
    take(free);
    turn += 1;
    served.delete(owner);
    served.set(owner, turn);
    const oldest = served.keys().next();
    if (served.size > ownersRemembered && oldest.done === false) served.delete(oldest.value);
    return free;
  }

  /** By turns between owners, first come first served within one. */
  function inOrder(): Waiter<Seat>[] {
    return waiters
      .map((waiter, at) => ({ waiter, at, last: served.get(waiter.owner) ?? 0 }))
      .sort((a, b) => a.last - b.last || a.at - b.at)
      .map(({ waiter }) => waiter);
  }

  function leave(waiter: Waiter<Seat>): void {
    waiters = waiters.filter((other) => other !== waiter);
  }

  function look(): void {
    // After each seat the order is another one.
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      for (const waiter of inOrder()) {
        let free: Seat | null = null;
        try {
          free = waiter.find();
        } catch (error) {
          leave(waiter);
          waiter.reject(error);
          continue;
        }
        if (free === null) continue;
        leave(waiter);
        waiter.resolve(seat(waiter.owner, free));
        isMoving = true;
        break;
      }
    }
  }

  async function wait(request: PlaceRequest<Seat>): Promise<Seat> {
    request.signal.throwIfAborted();
    const free = request.find();
    if (free !== null) return seat(request.owner, free);
    const ofOwner = waiters.filter((waiter) => waiter.owner === request.owner).length;
    if (waiters.length >= waitingMax || ofOwner >= waitingPerOwnerMax) throw crowdedError();
    const { promise, resolve, reject } = Promise.withResolvers<Seat>();
    const waiter: Waiter<Seat> = { ...request, sinceMs: clock.now(), resolve, reject };
    waiters.push(waiter);
    const giveUp = (why: unknown): void => {
      leave(waiter);
      reject(why);
    };
    const onAbort = (): void => giveUp(request.signal.reason);
    request.signal.addEventListener("abort", onAbort, { once: true });
    const cancel = clock.after(waitingMs, () => giveUp(crowdedError()));
    try {
      return await promise;
    } finally {
      cancel();
      request.signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    wait,
    look,
    get waiting() {
      return waiters.length;
    },
    get oldestMs() {
      const [first] = waiters;
      return first === undefined ? 0 : Math.max(0, clock.now() - first.sinceMs);
    },
  };
}

/** More owners than have questions waiting at any time. */
const ownersRemembered = 1_024;

export function crowdedError(): BackendError {
  return new BackendError(
    "backend-busy",
    "All places at your model servers are taken and too many questions wait already. Wait a moment, then choose Try again.",
  );
}
