/** How an answer ends, and what is then said: for a reason from outside, for a failure, or because it is whole. */
import type { RunEnd, RunMeta } from "#sync/docs/run.ts";
import { runErrorCharsMax } from "#sync/limits.ts";
import { BackendError } from "../backends/backend.ts";

/** Why an answer is ended from outside. */
export type RunEnding = "stop" | "drain" | "expired" | "revoked" | "ended" | "continued";

/** What was written of an answer so far. */
export interface Written {
  chars: number;
  /** The beginning of its text. */
  start: string;
  isFull: boolean;
  /** Its model, or that model's server, writes no more at once. */
  isCut: boolean;
  meta: Partial<RunMeta>;
}

export function describeEnd(
  ending: AbortSignal,
  failure: BackendError | null,
  written: Written,
  isContinued: boolean,
): { end: RunEnd; error: { code: string; says: string } | null } {
  if (ending.aborted) {
    const reason = ending.reason as RunEnding;
    return reason === "stop"
      ? { end: "stopped", error: null }
      : { end: "interrupted", error: { code: reason, says: ENDING_SENTENCES[reason] } };
  }
  if (failure !== null) {
    const error = { code: failure.code, says: failure.ownerSentence.slice(0, runErrorCharsMax) };
    return { end: written.chars === 0 ? "failed" : "interrupted", error };
  }
  if (written.isFull) {
    return {
      end: "interrupted",
      error: { code: "too-long", says: "The answer reached the most that one answer may hold. Ask for the rest." },
    };
  }
  // What stood already was whole: it was the end of the sentence that was missed.
  if (written.chars === 0 && isContinued) return { end: "done", error: null };
  if (written.chars === 0) {
    return {
      end: "failed",
      error: { code: "empty", says: "The model ended without saying anything. Choose Try again." },
    };
  }
  if (written.isCut) {
    return {
      end: "interrupted",
      error: {
        code: "cut",
        says: "The model reached the most that it may write at once. Choose Continue for the rest.",
      },
    };
  }
  return { end: "done", error: null };
}

const ENDING_SENTENCES: Record<Exclude<RunEnding, "stop">, string> = {
  drain: "The host was stopped while it was answering. What arrived is kept; choose Continue for the rest.",
  expired: "The permission to answer ran out before the answer was complete. What arrived is kept; choose Continue.",
  ended: "One of your devices took back the permission to answer. What arrived is kept; choose Continue for the rest.",
  continued: "The host was away for a while, so this answer was continued in its place.",
  revoked: "The device that asked was removed, so the answer was ended.",
};

export function toFailure(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  return new BackendError(
    "backend-error",
    "Something went wrong inside the host while it was answering. Choose Try again; if it happens again, please report it.",
    { cause: error },
  );
}
