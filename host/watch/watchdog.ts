/**
 * Whether a part of the host is to be started again, as a pure step: what happened and when goes in, what to do comes out. Killing costs whatever the part was
 * about to finish, so it needs three looks in a row that find it silent, longer where its last beats told of progress, and longest while it starts; and one that
 * keeps falling down is started after pauses that double.
 *
 *   starting ─ ready ─► running ─ silent ─► ending (killed) ─ ended ─► pausing ─ started ─► starting
 *
 * A part that beats and gets nothing done is never killed: what it waits for is usually somebody else (a model that reads a long prompt). The board says that it
 * stands still (board.ts), and its owner decides.
 */
import { beatEveryMs } from "../ipc.ts";

/** How long a part may be silent before it is taken for hung. */
export interface Patience {
  readonly idleMs: number;
  /** For one whose last beats told of progress: tokens flowed a moment ago, and they are what a kill would cost. */
  readonly workingMs: number;
  /** For one that is not ready yet: the relay reads its whole log first, and says nothing while it does. */
  readonly startingMs: number;
}

export const patience: Patience = {
  // Six missed beats: a slow disk or a busy machine is not a hang.
  idleMs: 6 * beatEveryMs,
  // A model that is loaded into the last of the memory makes everything else wait for its pages.
  workingMs: 24 * beatEveryMs,
  // A log of 64 GiB, at 250 MB/s.
  startingMs: 300_000,
};
export const watchEveryMs = 1_000;
/** Looks in a row that have to find a part silent for too long: a single one may itself come from a machine in trouble. */
const suspectLooksMin = 3;
export const restartMsMin = 250;
export const restartMsMax = 30_000;
/** A part that lived this long had recovered: the next pause is short again. */
export const healthyMs = 60_000;
/** Tries to become ready before the owner is told; a part that was ready once is tried for ever. */
const startsMax = 4;

export interface WatchState {
  readonly phase: "pausing" | "starting" | "running" | "ending" | "over";
  readonly startedMs: number;
  readonly heardMs: number;
  /** What the last beat counted, and whether that was more than the one before. */
  readonly progress: number;
  readonly isWorking: boolean;
  readonly suspectLooks: number;
  readonly lookedMs: number;
  readonly pauseMs: number;
  readonly startsLeft: number;
  readonly wasReady: boolean;
}

export type WatchEvent =
  | { readonly kind: "started" | "ready" | "heard" | "look" | "ended" }
  | { readonly kind: "beat"; readonly progress: number };

export type WatchEffect =
  | { readonly kind: "kill"; readonly silentMs: number }
  | { readonly kind: "start"; readonly afterMs: number }
  /** It was never ready in all its tries. */
  | { readonly kind: "giveUp" };

export const newWatch = (nowMs: number): WatchState => ({
  phase: "pausing",
  startedMs: nowMs,
  heardMs: nowMs,
  progress: 0,
  isWorking: false,
  suspectLooks: 0,
  lookedMs: nowMs,
  pauseMs: restartMsMin,
  startsLeft: startsMax,
  wasReady: false,
});

export function stepWatch(
  state: WatchState,
  event: WatchEvent,
  nowMs: number,
  patient: Patience = patience,
): readonly [WatchState, readonly WatchEffect[]] {
  switch (event.kind) {
    case "started":
      return [begin(state, nowMs), []];
    case "ready":
      // One that says so while it is being killed is not running for that.
      if (state.phase !== "starting") return [{ ...state, heardMs: nowMs }, []];
      return [{ ...state, phase: "running", wasReady: true, heardMs: nowMs }, []];
    case "heard":
      return [{ ...state, heardMs: nowMs }, []];
    case "beat":
      return [{ ...state, heardMs: nowMs, isWorking: event.progress !== state.progress, progress: event.progress }, []];
    case "look":
      return look(state, nowMs, patient);
    case "ended":
      return end(state, nowMs);
  }
}

export function isSilent({ phase, heardMs, isWorking }: WatchState, nowMs: number, patient: Patience): boolean {
  const { idleMs, workingMs, startingMs } = patient;
  return nowMs - heardMs > (phase === "running" ? (isWorking ? workingMs : idleMs) : startingMs);
}

function begin(state: WatchState, nowMs: number): WatchState {
  return {
    ...state,
    phase: "starting",
    startedMs: nowMs,
    heardMs: nowMs,
    progress: 0,
    isWorking: false,
    suspectLooks: 0,
    startsLeft: state.startsLeft - 1,
  };
}

function look(state: WatchState, nowMs: number, patient: Patience): readonly [WatchState, readonly WatchEffect[]] {
  // A watch that is late itself (the laptop slept) says nothing about the part.
  const heardMs = nowMs - state.lookedMs > 2 * watchEveryMs ? nowMs : state.heardMs;
  const seen = { ...state, heardMs, lookedMs: nowMs };
  const isThere = state.phase === "starting" || state.phase === "running";
  const suspectLooks = isThere && isSilent(seen, nowMs, patient) ? state.suspectLooks + 1 : 0;
  if (suspectLooks < suspectLooksMin) return [{ ...seen, suspectLooks }, []];
  return [{ ...seen, suspectLooks: 0, phase: "ending" }, [{ kind: "kill", silentMs: nowMs - heardMs }]];
}

function end(state: WatchState, nowMs: number): readonly [WatchState, readonly WatchEffect[]] {
  if (!state.wasReady && state.startsLeft <= 0) return [{ ...state, phase: "over" }, [{ kind: "giveUp" }]];
  const pauseMs = nowMs - state.startedMs > healthyMs ? restartMsMin : state.pauseMs;
  const next = { ...state, phase: "pausing" as const, isWorking: false, suspectLooks: 0 };
  return [{ ...next, pauseMs: Math.min(pauseMs * 2, restartMsMax) }, [{ kind: "start", afterMs: pauseMs }]];
}
