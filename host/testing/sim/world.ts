/**
 * One simulated world: its time, its nodes, and the order in which everything happens. One event runs at a time, with all microtasks
 * that follow from it; what it starts belongs to its node, and dies with that node's life. So a crash can fall between any two awaits.
 */
import { crc32 } from "node:zlib";
import { inOwnTurn, runMicrotasks, useVirtualGlobals, type VirtualGlobals } from "./globals.ts";
import type { Prng } from "./prng.ts";

/** Something that can crash by itself. */
export interface SimNode {
  readonly name: string;
  /** Grows with each start; what an earlier life began does not run any more. */
  life: number;
  isUp: boolean;
  /** What its clock shows beside the true time. */
  skewMs: number;
  /** While it is suspended, nothing of it runs; what was due waits. */
  sleeping: (() => void)[] | null;
  readonly random: Prng;
}

export interface World {
  readonly prng: Prng;
  now(): number;
  /** Events that have run. */
  readonly steps: number;
  /** Of everything that happened, in order. */
  readonly traceHash: number;
  readonly trace: readonly string[];
  readonly current: SimNode | null;
  createNode(name: string): SimNode;
  /** Runs `work` as `node` at `delayMs` from now, unless the node's life ends before. The result takes it back. */
  after(node: SimNode | null, delayMs: number, name: string, work: () => void): () => void;
  /** For the trace; the line is only made when somebody reads it. */
  note(line: () => string, bytes?: Uint8Array): void;
  suspend(node: SimNode): void;
  /** Everything that was due meanwhile runs at once, in order. */
  resume(node: SimNode): void;
  /** Runs events until the time has come, or `isDone`. */
  runUntil(timeMs: number, isDone?: () => boolean): Promise<void>;
  /** After each event. */
  onStep: (() => void) | null;
  readonly globals: VirtualGlobals;
  end(): void;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly node: SimNode | null;
  readonly life: number;
  readonly name: string;
  work: (() => void) | null;
}

/** A schedule that spins is ended: no honest one comes near. */
const stepsMax = 100_000;
/** A schedule that hoards is ended before it takes the machine with it; what is looked at is the whole process, every so many steps. */
const grownBytesMax = 768 * 1024 * 1024;
const lookAtMemoryEvery = 2_048;

export interface WorldOptions {
  readonly prng: Prng;
  /** Keeps a readable trace beside its hash. */
  readonly isTraced: boolean;
  readonly beginMs: number;
  readonly indexedDb: (node: SimNode) => IDBFactory;
}

export function createWorld({ prng, isTraced, beginMs, indexedDb }: WorldOptions): World {
  const heap: Event[] = [];
  const trace: string[] = [];
  const idle = createIdleNode(prng);
  let nowMs = beginMs;
  let order = 0;
  let steps = 0;
  let hash = 0;
  let current: SimNode | null = null;

  const schedule = (node: SimNode | null, delayMs: number, name: string, work: () => void): Event => {
    order += 1;
    const event: Event = { atMs: nowMs + Math.max(0, delayMs), order, node, life: node?.life ?? 0, name, work };
    push(heap, event);
    return event;
  };

  const run = (event: Event): void => {
    const { node, work } = event;
    event.work = null;
    if (work === null || (node !== null && node.life !== event.life)) return;
    if (node !== null && node.sleeping !== null) {
      event.work = work;
      node.sleeping.push(() =>
        push(heap, {
          ...event,
          atMs: nowMs,
          get work() {
            return event.work;
          },
          set work(next) {
            event.work = next;
          },
        }),
      );
      return;
    }
    steps += 1;
    if (steps > stepsMax) throw new Error(`the schedule does not end: ${stepsMax} steps`);
    if (steps % lookAtMemoryEvery === 0 && heldBytes() > grownBytesMax)
      throw new Error(`the schedule holds ${Math.round(heldBytes() / 1_048_576)} MiB after ${steps} steps`);
    hash = crc32(`${nowMs}${event.name}${node?.name}`, hash);
    current = node;
    work();
    runMicrotasks();
    current = null;
    world.onStep?.();
  };

  const world: World = {
    prng,
    now: () => Math.floor(nowMs),
    get steps() {
      return steps;
    },
    get traceHash() {
      return hash;
    },
    trace,
    get current() {
      return current;
    },
    createNode: (name) => ({ name, life: 0, isUp: false, skewMs: 0, sleeping: null, random: prng.fork(name) }),
    after: (node, delayMs, name, work) => {
      const event = schedule(node, delayMs, name, work);
      return () => {
        event.work = null;
      };
    },
    note: (line, bytes) => {
      if (bytes !== undefined) hash = crc32(bytes, hash);
      if (isTraced) trace.push(`${String(nowMs - beginMs).padStart(7)} ${line()}`);
    },
    suspend: (node) => {
      node.sleeping ??= [];
    },
    resume: (node) => {
      const due = node.sleeping ?? [];
      node.sleeping = null;
      for (const push of due) push();
    },
    runUntil: (timeMs, isDone = () => false) =>
      inOwnTurn(() => {
        while (!isDone()) {
          const next = heap[0];
          if (next === undefined || next.atMs > timeMs) break;
          pop(heap);
          nowMs = Math.max(nowMs, next.atMs);
          run(next);
        }
        if (!isDone()) nowMs = Math.max(nowMs, timeMs);
      }),
    onStep: null,
    globals: {
      now: () => Math.floor(nowMs) + (current?.skewMs ?? 0),
      setTimer: (delayMs, callback, every) => {
        const node = current;
        const timer = { event: null as Event | null };
        const begin = (): void => {
          timer.event = schedule(node, Number.isFinite(delayMs) ? delayMs : 0, "timer", () => {
            if (every) begin();
            callback();
          });
        };
        begin();
        return timer;
      },
      clearTimer: (timer) => {
        const event = (timer as { event?: Event } | null | undefined)?.event;
        if (event !== undefined && event !== null) event.work = null;
      },
      // A turn of a busy event loop takes up to a few milliseconds.
      setImmediate: (callback) => schedule(current, (current ?? idle).random.below(3), "turn", callback),
      random: (length) => (current ?? idle).random.bytes(length),
      get indexedDb() {
        if (current === null) throw new Error("Storage outside of any node.");
        return indexedDb(current);
      },
    },
    end: () => {
      heap.length = 0;
      useVirtualGlobals(null);
    },
  };
  useVirtualGlobals(world.globals);
  return world;
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function createIdleNode(prng: Prng): SimNode {
  return { name: "nobody", life: 0, isUp: true, skewMs: 0, sleeping: null, random: prng.fork("nobody") };
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const [leftEvent, rightEvent] = [heap[left], heap[right]];
    if (leftEvent === undefined) break;
    const isRight = rightEvent !== undefined && isBefore(rightEvent, leftEvent);
    const child = isRight ? rightEvent : leftEvent;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = isRight ? right : left;
  }
  heap[at] = last;
}
