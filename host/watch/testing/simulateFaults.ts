/**
 * A part of the host and its watchdog on a clock of their own: the part starts, beats and answers as a real one does, something goes wrong with it, and what the
 * watchdog did is held against what was due. By `settings` another watchdog can be put in its place, to see that a bad one is found.
 */
import { createPrng } from "../../testing/sim/prng.ts";
import { newWatch, patience, stepWatch, watchEveryMs, type WatchEvent } from "../watchdog.ts";
import { beatEveryMs } from "../../ipc.ts";

export type Fault = "hang" | "slow" | "crash" | "flap";

export interface FaultOutcome {
  readonly kills: number;
  readonly starts: number;
  /** What a watchdog that knew everything would have done. */
  readonly dueKills: number;
  readonly dueStarts: number;
  /** From each end or kill of a process to the next life's being ready. */
  readonly recoveredMs: readonly number[];
  /** From the fault to the kill, where one was due. */
  readonly noticedMs: readonly number[];
  readonly isWell: boolean;
}

/** Assumed, from a quarter to one second: in that order of size the real parts start on two busy cores (`supervise.test.ts` and `sovereign logs` show it). Nothing below depends on the exact numbers. */
const START_MS: Readonly<Record<string, readonly [number, number]>> = {
  relay: [350, 900],
  agent: [400, 1_000],
  gateway: [350, 800],
  certificate: [350, 900],
  push: [250, 600],
};

/** One fault in one part; the same seed does the same again. */
export function simulateFault(part: string, fault: Fault, seed: number, step = stepWatch): FaultOutcome {
  const random = createPrng(`${part} ${fault} ${seed}`);
  const between = (least: number, most: number): number => least + random.below(most - least + 1);
  const [startLeast, startMost] = START_MS[part] ?? [300, 900];
  let now = 1_000;
  let state = newWatch(now);
  let [kills, starts] = [0, 0];
  const recoveredMs: number[] = [];
  const noticedMs: number[] = [];
  /** Of the process: when it is ready, when it beats next, until when its event loop is blocked, whether it lives. */
  let isAlive = false;
  let [readyAt, beatAt, blockedUntil, startAt, endAt] = [Infinity, Infinity, 0, now, Infinity];
  let [progress, isBusy] = [0, false];
  let downAt: number | null = null;
  let faultAt = Infinity;

  const tell = (event: WatchEvent): void => {
    const [next, effects] = step(state, event, now);
    state = next;
    for (const effect of effects) {
      if (effect.kind === "kill") {
        kills += 1;
        noticedMs.push(now - faultAt);
        // The system takes a moment to end it.
        endAt = now + between(1, 20);
      }
      if (effect.kind === "start") startAt = now + effect.afterMs;
    }
  };
  const run = (untilMs: number, watchSleepsUntil = 0): void => {
    for (; now < untilMs; now = nextMoment(untilMs, watchSleepsUntil)) {
      if (now >= startAt) {
        startAt = Infinity;
        starts += 1;
        isAlive = true;
        blockedUntil = 0;
        readyAt = now + between(startLeast, startMost);
        beatAt = now + between(20, 60);
        tell({ kind: "started" });
      }
      if (isAlive && now >= endAt) {
        isAlive = false;
        endAt = readyAt = beatAt = Infinity;
        downAt ??= now;
        tell({ kind: "ended" });
      }
      const isFree = isAlive && now >= blockedUntil;
      if (isFree && now >= beatAt) {
        beatAt = now + beatEveryMs;
        if (isBusy) progress += 1;
        tell({ kind: "beat", progress });
      }
      if (isFree && now >= readyAt) {
        readyAt = Infinity;
        if (downAt !== null) recoveredMs.push(now - downAt);
        downAt = null;
        tell({ kind: "ready" });
      }
      if (now % watchEveryMs === 0 && now >= watchSleepsUntil) tell({ kind: "look" });
    }
  };
  /** When anything happens next: nothing does in between. */
  const nextMoment = (untilMs: number, watchSleepsUntil: number): number => {
    const lookAt = (Math.floor(Math.max(now, watchSleepsUntil - 1) / watchEveryMs) + 1) * watchEveryMs;
    const moments = [startAt, endAt, Math.max(beatAt, blockedUntil), Math.max(readyAt, blockedUntil), lookAt];
    return Math.min(untilMs, ...moments.filter((at) => at > now));
  };
  const runOn = (ms: number, sleepMs = 0): void => run(now + ms, now + sleepMs);

  isBusy = random.below(2) === 0;
  runOn(between(70_000, 200_000));
  faultAt = now;
  let [dueKills, dueStarts] = [0, 1];
  if (fault === "hang") {
    // For ever: it never beats again.
    blockedUntil = Infinity;
    [dueKills, dueStarts] = [1, 2];
    runOn(patience.workingMs + 60_000);
  } else if (fault === "crash") {
    endAt = now;
    dueStarts = 2;
    runOn(60_000);
  } else if (fault === "flap") {
    const falls = between(5, 12);
    for (let fall = 0; fall < falls; fall += 1) {
      endAt = now;
      // Down again soon after it was ready; the pause before grows.
      const before = recoveredMs.length;
      while (recoveredMs.length === before) runOn(500);
      runOn(between(100, 5_000));
    }
    dueStarts = 1 + falls;
    runOn(120_000);
  } else {
    // Slow in one of four ways, none of which is a hang: long for one at rest, longer for one at work, a start that takes minutes, a machine that slept.
    const way = random.below(4);
    const slack = 5_000;
    if (way === 0) {
      isBusy = false;
      runOn(2 * beatEveryMs);
      blockedUntil = now + between(5_000, patience.idleMs - beatEveryMs - slack);
    } else if (way === 1) {
      isBusy = true;
      runOn(2 * beatEveryMs);
      blockedUntil = now + between(patience.idleMs, patience.workingMs - beatEveryMs - slack);
    } else if (way === 2) {
      endAt = now;
      dueStarts = 2;
      while (starts < 2) runOn(10);
      blockedUntil = now + between(60_000, patience.startingMs - slack);
    } else {
      const asleepMs = between(60_000, 3_600_000);
      blockedUntil = now + asleepMs;
      runOn(asleepMs, asleepMs);
    }
    runOn(patience.startingMs + 60_000);
  }
  return {
    ...{ kills, starts, dueKills, dueStarts, recoveredMs, noticedMs },
    isWell: isAlive && now >= blockedUntil && state.phase === "running" && downAt === null,
  };
}
