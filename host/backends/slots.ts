/**
 * Places at a backend that other processes of the host count too (../slotLender.ts): a question is asked when this process holds a slot for
 * it. A slot that is not needed any more is kept for the next question until it is recalled.
 */
export interface Slots {
  /** Resolves when this process may ask one question more. Rejects with the signal's reason. */
  take(backend: string, max: number, signal: AbortSignal): Promise<void>;
  give(backend: string): void;
}

/** The other end, by whatever carries it. */
export interface SlotWire {
  want(backend: string, max: number): void;
  giveBack(backend: string): void;
}

export interface LentSlots extends Slots {
  lent(backend: string): void;
  recalled(backend: string): void;
}

interface Held {
  /** Held and free. */
  idle: number;
  /** Asked back while none was free. */
  owed: number;
  waiting: (() => void)[];
  /** Asked for and not here yet; also for somebody who has gone since. */
  wanted: number;
}

export function createLentSlots(wire: SlotWire): LentSlots {
  const all = new Map<string, Held>();

  function heldOf(backend: string): Held {
    const held = all.get(backend) ?? { idle: 0, owed: 0, waiting: [], wanted: 0 };
    all.set(backend, held);
    return held;
  }

  /** One is free here. */
  function free(backend: string, held: Held): void {
    // Who waits elsewhere has waited longer than the next who comes here.
    if (held.owed > 0) {
      held.owed -= 1;
      return wire.giveBack(backend);
    }
    const next = held.waiting.shift();
    if (next === undefined) held.idle += 1;
    else next();
  }

  return {
    take: async (backend, max, signal) => {
      signal.throwIfAborted();
      const held = heldOf(backend);
      if (held.idle > 0) {
        held.idle -= 1;
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => {
        held.waiting = held.waiting.filter((other) => other !== resolve);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      held.waiting.push(resolve);
      if (held.wanted < held.waiting.length) {
        held.wanted += 1;
        wire.want(backend, max);
      }
      await promise.finally(() => signal.removeEventListener("abort", onAbort));
    },
    give: (backend) => free(backend, heldOf(backend)),
    lent: (backend) => {
      const held = heldOf(backend);
      held.wanted -= 1;
      const next = held.waiting.shift();
      // It was lent for this one: a recall is for the next that becomes free.
      if (next === undefined) free(backend, held);
      else next();
    },
    recalled: (backend) => {
      const held = heldOf(backend);
      held.owed += 1;
      if (held.idle === 0) return;
      held.idle -= 1;
      free(backend, held);
    },
  };
}
