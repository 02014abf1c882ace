/**
 * Brings a lane's envelopes to the relay, each exactly once and in order, over as many links as that takes: a few in flight, all
 * that is unanswered again after a break (the relay answers a repeated one like the first).
 */
import type { Reply } from "#sync/linkRequests.ts";
import type { Clock } from "#sync/ports.ts";
import { appendRetryMs, inFlightMax } from "./limits.ts";

export interface LaneSender {
  /** Resolves `true` when it is stored, `false` when it never will be. */
  push(counter: number, envelope: Uint8Array): Promise<boolean>;
  /** Where what was stored last stands in the log; `null`: unknown, since a link broke before it was said. */
  readonly storedSeq: number | null;
  /** Resolves when nothing waits any more, or nothing more can be done. */
  settled(): Promise<void>;
  /** The link is live again. */
  wake(): void;
  /** Gives up what is left. */
  close(): void;
}

export interface LaneSenderOptions {
  readonly clock: Clock;
  readonly append: (envelope: Uint8Array) => Promise<Reply>;
  /** Something of an answer has been written: for the beat, by which slow work is told from a hang. */
  readonly onPush?: () => void;
}

interface Item {
  readonly counter: number;
  readonly envelope: Uint8Array;
  settle(isStored: boolean): void;
}

export function createLaneSender({ clock, append, onPush }: LaneSenderOptions): LaneSender {
  let queue: Item[] = [];
  /** How many at the head of the queue are on their way. */
  let sent = 0;
  /** Grows whenever sending begins again from the head, so that late refusals of the attempt before are not heard. */
  let round = 0;
  let retries = 0;
  let cancelRetry: (() => void) | null = null;
  let isOver = false;
  let storedSeq: number | null = null;
  const idle = new Set<() => void>();

  function pump(): void {
    while (!isOver && cancelRetry === null && sent < Math.min(queue.length, inFlightMax)) {
      const item = queue[sent];
      if (item === undefined) return;
      sent += 1;
      const itsRound = round;
      void append(item.envelope).then((reply) => take(item, reply, itsRound));
    }
    if (queue.length === 0 || isOver) {
      for (const resolve of idle) resolve();
      idle.clear();
    }
  }

  function take(item: Item, reply: Reply, itsRound: number): void {
    if (isOver) return;
    if (reply.kind === "ack") {
      const at = queue.indexOf(item);
      if (at === -1) return;
      queue.splice(at, 1);
      if (at < sent) sent -= 1;
      retries = 0;
      storedSeq = reply.seq;
      item.settle(true);
      return pump();
    }
    if (itsRound !== round) return;
    if (reply.kind === "lost") return restart(null);
    if (reply.code === "busy" || reply.code === "full") return retryLater();
    const first = queue[0];
    const isWithin =
      first !== undefined && reply.expected > first.counter && reply.expected <= first.counter + queue.length;
    if (reply.code !== "conflict" || !isWithin) return giveUp();
    // The relay has those before; their answers were lost with a link.
    const stored = queue.filter(({ counter }) => counter < reply.expected);
    queue = queue.filter(({ counter }) => counter >= reply.expected);
    storedSeq = null;
    for (const each of stored) each.settle(true);
    restart(0);
  }

  function retryLater(): void {
    const delayMs = appendRetryMs[retries];
    if (delayMs === undefined) return giveUp();
    retries += 1;
    restart(delayMs);
  }

  /** `null`: when the link wakes us. */
  function restart(delayMs: number | null): void {
    round += 1;
    sent = 0;
    cancelRetry?.();
    cancelRetry = () => {};
    if (delayMs !== null) cancelRetry = clock.after(delayMs, resume);
  }

  function resume(): void {
    cancelRetry?.();
    cancelRetry = null;
    pump();
  }

  function giveUp(): void {
    isOver = true;
    cancelRetry?.();
    for (const item of queue) item.settle(false);
    queue = [];
    pump();
  }

  return {
    get storedSeq() {
      return storedSeq;
    },
    push: (counter, envelope) =>
      new Promise((resolve) => {
        if (isOver) return resolve(false);
        onPush?.();
        queue.push({ counter, envelope, settle: resolve });
        pump();
      }),
    settled: () =>
      new Promise((resolve) => {
        if (queue.length === 0 || isOver) resolve();
        else idle.add(resolve);
      }),
    wake: resume,
    close: giveUp,
  };
}
