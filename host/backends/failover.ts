/**
 * One question and all who could answer it. Whoever fails before its first word is passed over, and the next one is asked; after the first
 * word nobody else is, because two halves of two answers are no answer.
 */
import { BackendError, type AnswerPart, type BackendErrorCode, type Question } from "./backend.ts";
import type { Seat } from "./merge.ts";

export interface FailoverOptions {
  /** Waits for a place at somebody who was not tried. Throws `BackendError` when there is nobody. */
  readonly takeSeat: (question: Question, signal: AbortSignal, tried: ReadonlySet<string>) => Promise<Seat>;
  readonly release: (seat: Seat) => void;
  /** All who have this model were tried. */
  readonly isLast: (question: Question, tried: ReadonlySet<string>) => boolean;
  /** What is said beside an answer from there, after where it runs. */
  readonly remarkOn: (seat: Seat) => string;
}

export function createFailover(options: FailoverOptions) {
  return async function* answer(question: Question, signal: AbortSignal): AsyncGenerator<AnswerPart> {
    const tried = new Set<string>();
    let failure: BackendError | null = null;
    while (!signal.aborted) {
      const seat = await nextSeat(question, signal, tried, failure);
      if (seat === null) return;
      const { member, info } = seat;
      tried.add(member.name);
      const by = { label: member.product, where: `${member.where}${options.remarkOn(seat)}`, model: info.id };
      let hasBegun = false;
      try {
        // Somebody else who is free is asked rather than waiting for one that is busy.
        const isPatient = options.isLast(question, tried);
        for await (const part of member.answer(question, info, signal, isPatient)) {
          if (!hasBegun) question.onServedBy?.(by);
          hasBegun = true;
          yield part;
        }
        member.report(true);
        return;
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        if (sickCodes.has(error.code)) member.report(false);
        if (hasBegun || !passedOnCodes.has(error.code)) throw error;
        failure = error;
      } finally {
        options.release(seat);
      }
    }
  };

  /** `null`: whoever asked has had enough. When all were tried, the last one's failure is the answer. */
  async function nextSeat(
    question: Question,
    signal: AbortSignal,
    tried: ReadonlySet<string>,
    failure: BackendError | null,
  ): Promise<Seat | null> {
    try {
      return await options.takeSeat(question, signal, tried);
    } catch (error) {
      if (signal.aborted) return null;
      throw failure ?? error;
    }
  }
}

/** What another backend may do better. A question that one does not accept is not accepted by the next either. */
const passedOnCodes: ReadonlySet<BackendErrorCode> = new Set<BackendErrorCode>([
  "backend-away",
  "backend-silent",
  "backend-dropped",
  "backend-busy",
  "backend-key",
  "backend-model",
  "backend-error",
  "backend-redirect",
  "backend-strange",
  "backend-config",
  "backend-engine",
]);
/** What says that the backend itself is not well. */
const sickCodes: ReadonlySet<BackendErrorCode> = new Set<BackendErrorCode>([
  "backend-away",
  "backend-silent",
  "backend-dropped",
]);
