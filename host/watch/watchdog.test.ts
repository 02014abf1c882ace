/** WD: the watchdog restarts what hangs or falls, and nothing else. On a clock of its own, with seeds. */
import { describe, expect, it } from "vitest";
import { simulateFault, type Fault, type FaultOutcome } from "./testing/simulateFaults.ts";
import {
  healthyMs,
  newWatch,
  patience,
  restartMsMax,
  restartMsMin,
  stepWatch,
  type WatchEvent,
  type WatchState,
} from "./watchdog.ts";

const PARTS = ["relay", "agent", "gateway", "certificate", "push"];
const FAULTS: readonly Fault[] = ["hang", "slow", "crash", "flap"];
const each = 100;

const simulate = (fault: Fault, step = stepWatch): readonly FaultOutcome[] =>
  PARTS.flatMap((part) => Array.from({ length: each }, (_, seed) => simulateFault(part, fault, seed, step)));
/** Of the watchdog as it is: looked at by several tests. */
const done = new Map<Fault, readonly FaultOutcome[]>();
const runAll = (fault: Fault): readonly FaultOutcome[] => {
  const outcomes = done.get(fault) ?? simulate(fault);
  done.set(fault, outcomes);
  return outcomes;
};

const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

describe("100 of each fault in each part", () => {
  it.each(FAULTS)("WD1 %s: as many restarts as were due, none that was needless, and all is well again", (fault) => {
    const outcomes = runAll(fault);
    expect(outcomes).toHaveLength(PARTS.length * each);
    const needless = outcomes.filter(({ kills, dueKills }) => kills > dueKills);
    const missed = outcomes.filter(
      ({ kills, dueKills, starts, dueStarts }) => kills < dueKills || starts !== dueStarts,
    );
    expect({ needless, missed }).toEqual({ needless: [], missed: [] });
    expect(outcomes.every(({ isWell }) => isWell)).toBe(true);
  });

  it("WD2 a part that hung or fell is ready again within 1.5 s of its end, 95 times of 100", () => {
    for (const fault of ["hang", "crash"] as const) {
      const recovered = runAll(fault).flatMap(({ recoveredMs }) => recoveredMs);
      expect(recovered).toHaveLength(PARTS.length * each);
      expect(p95(recovered), fault).toBeLessThanOrEqual(1_500);
    }
  });

  it("WD3 one that keeps falling waits longer each time, and never longer than half a minute", () => {
    for (const { recoveredMs } of runAll("flap")) {
      expect(Math.max(...recoveredMs)).toBeLessThanOrEqual(restartMsMax + 1_100);
      expect(recoveredMs.at(-1) ?? 0, "the last pause is longer than the first").toBeGreaterThan(recoveredMs[0] ?? 0);
    }
  });

  it("WD4 a hang is noticed after the patience for what it was doing and three looks", () => {
    const noticed = runAll("hang").flatMap(({ noticedMs }) => noticedMs);
    expect(Math.max(...noticed)).toBeLessThanOrEqual(patience.workingMs + 4_000);
    expect(Math.min(...noticed)).toBeGreaterThan(patience.idleMs - 6_000);
  });

  it("WD5 the same faults show a watchdog without patience, and one that does not look", () => {
    const eager: typeof stepWatch = (state, event, nowMs) =>
      stepWatch(state, event, nowMs, { idleMs: 6_000, workingMs: 6_000, startingMs: 6_000 });
    expect(simulate("slow", eager).filter(({ kills }) => kills > 0).length).toBeGreaterThan(100);
    const blind: typeof stepWatch = (state, event, nowMs) =>
      event.kind === "look" ? [state, []] : stepWatch(state, event, nowMs);
    expect(simulate("hang", blind).every(({ kills, isWell }) => kills === 0 && !isWell)).toBe(true);
  });
});

describe("the step", () => {
  const feed = (state: WatchState, ...events: readonly (readonly [WatchEvent, number])[]) =>
    events.reduce<ReturnType<typeof stepWatch>>(([now], [event, at]) => stepWatch(now, event, at), [state, []]);
  const running = feed(newWatch(0), [{ kind: "started" }, 0], [{ kind: "ready" }, 500])[0];

  it("WD6 a single look that finds it silent is not enough, and a beat between two begins anew", () => {
    const late = patience.idleMs + 1_000;
    let state = running;
    for (let at = 1_000; at < late; at += 1_000) [state] = stepWatch(state, { kind: "look" }, at);
    const twice = feed(state, [{ kind: "look" }, late], [{ kind: "look" }, late + 1_000]);
    expect(twice[1]).toEqual([]);
    expect(feed(twice[0], [{ kind: "look" }, late + 2_000])[1]).toMatchObject([{ kind: "kill" }]);
    expect(feed(twice[0], [{ kind: "beat", progress: 0 }, late + 1_500], [{ kind: "look" }, late + 2_000])[1]).toEqual(
      [],
    );
  });

  it("WD7 a life of a minute makes the next pause short again", () => {
    const fall = (state: WatchState, atMs: number) =>
      stepWatch(
        feed(state, [{ kind: "started" }, atMs], [{ kind: "ready" }, atMs + 1])[0],
        { kind: "ended" },
        atMs + 2,
      );
    const pauses: number[] = [];
    let state = newWatch(0);
    for (let at = 0; at < 9_000; at += 1_000) {
      const [next, effects] = fall(state, at);
      state = next;
      pauses.push(...effects.flatMap((effect) => (effect.kind === "start" ? effect.afterMs : [])));
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    const [started] = feed(state, [{ kind: "started" }, 20_000], [{ kind: "ready" }, 20_001]);
    expect(stepWatch(started, { kind: "ended" }, 20_000 + healthyMs + 1)[1]).toEqual([
      { kind: "start", afterMs: restartMsMin },
    ]);
  });

  it("WD8 one that was never ready is given up after four tries, and one that was is tried for ever", () => {
    let state = newWatch(0);
    const ends: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const [next, [effect]] = feed(state, [{ kind: "started" }, at], [{ kind: "ended" }, at]);
      state = next;
      ends.push(effect?.kind ?? "");
    }
    expect(ends).toEqual(["start", "start", "start", "giveUp"]);
    let known = running;
    for (let at = 0; at < 50; at += 1) {
      const [next, effects] = feed(known, [{ kind: "ended" }, at], [{ kind: "started" }, at]);
      known = next;
      expect(effects).toEqual([]);
    }
    expect(stepWatch(known, { kind: "ended" }, 60)[1]).toMatchObject([{ kind: "start" }]);
  });

  it("WD9 what it is about to be killed for is not done twice, and a last word of it changes nothing", () => {
    const killed = { ...running, phase: "ending" as const };
    const [after, effects] = feed(
      killed,
      [{ kind: "ready" }, 90_000],
      [{ kind: "look" }, 91_000],
      [{ kind: "look" }, 400_000],
    );
    expect(effects).toEqual([]);
    expect(after.phase).toBe("ending");
  });
});
