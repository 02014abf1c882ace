/** What each service's faults are played in: a clock that is turned by hand, a board over a home of its own, and numbers that the same seed draws again. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceKind } from "#crypto/serviceFacts.ts";
import type { Clock } from "#sync/ports.ts";
import type { LastBackup, Schedule } from "../../backup/schedule.ts";
import { createPrng, type Prng } from "../../testing/sim/prng.ts";
import type { ServiceStatus } from "../board.ts";
import { createHostBoard, type HostBoard } from "../hostBoard.ts";
import type { Fault } from "./simulateFaults.ts";

/** What one fault came to, held against what was due. */
export interface ServiceOutcome {
  /** What was done and nobody needed: a server left that only was slow, an address closed that stood. */
  readonly needless: number;
  /** What was due and was not done, or not shown, in its time. */
  readonly missed: number;
  /** From the service's being well to its being used again. */
  readonly recoveredMs: readonly number[];
  /** In use at the end, and shown so. */
  readonly isWell: boolean;
  /** Incidents that the board has of it. */
  readonly incidents: number;
}

export interface ServiceWorld extends Clock {
  readonly random: Prng;
  readonly home: string;
  readonly board: HostBoard;
  /** Time goes on, with all that falls due and what follows from it. */
  pass(ms: number): Promise<void>;
  /** Until `isSo`, or for `msMax`; how long that took, `null` when it did not come. */
  until(isSo: () => boolean, msMax: number, stepMs?: number): Promise<number | null>;
  sleep(ms: number): Promise<void>;
  line(kind: ServiceKind): ServiceStatus | undefined;
  incidentsOf(kind: ServiceKind): number;
  /** That are set now. */
  timers(): number;
  close(): void;
}

/** Of the chains of promises in these modules, the longest has a dozen links. */
const microtasks = 24;
const beginMs = 1_800_000_000_000;

export function createServiceWorld(
  service: string,
  fault: Fault,
  seed: number,
  backups?: () => { readonly schedule: Schedule | null; readonly last: LastBackup },
): ServiceWorld {
  const home = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sovereign-faults-"));
  const random = createPrng(`${service} ${fault} ${seed}`);
  const timers = new Map<object, { readonly atMs: number; readonly callback: () => void }>();
  let nowMs = beginMs;

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < microtasks; turn += 1) await Promise.resolve();
  };
  const clock: Clock = {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const key = {};
      timers.set(key, { atMs: nowMs + delayMs, callback });
      return () => void timers.delete(key);
    },
  };
  const pass = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    await settle();
    for (;;) {
      let [first, firstAtMs]: [object | null, number] = [null, untilMs];
      // In the order in which they were set, where they are due at the same time.
      for (const [key, { atMs }] of timers)
        if (atMs < firstAtMs || (first === null && atMs <= untilMs)) [first, firstAtMs] = [key, atMs];
      if (first === null) break;
      const callback = timers.get(first)?.callback;
      timers.delete(first);
      nowMs = Math.max(nowMs, firstAtMs);
      callback?.();
      await settle();
    }
    nowMs = untilMs;
  };
  const board = createHostBoard({
    ...{ home, clock, onFacts: () => {} },
    ...(backups === undefined ? {} : { backups }),
  });
  return {
    ...clock,
    ...{ random, home, board, pass },
    until: async (isSo, msMax, stepMs = 50) => {
      const fromMs = nowMs;
      for (; !isSo(); await pass(stepMs)) if (nowMs - fromMs > msMax) return null;
      return nowMs - fromMs;
    },
    sleep: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
    line: (kind) => board.services().find((each) => each.kind === kind),
    incidentsOf: (kind) => board.incidents().filter((each) => each.kind === kind).length,
    timers: () => timers.size,
    close: () => {
      board.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
