/** What a backend says, on its way to the lane: asked once more when it failed before its first word, and without what it repeats. */
import type { Clock } from "#sync/ports.ts";
import { BackendError, type AnswerPart, type BackendErrorCode } from "../backends/backend.ts";
import { firstRetryMs } from "./limits.ts";
import { createOverlapFilter } from "./overlap.ts";

/** Failures that a second try may not meet, before anything was said: a server that is starting, or lost its connection. */
const RETRIED: readonly BackendErrorCode[] = ["backend-away", "backend-dropped", "backend-error"];

export async function* withFirstRetry(
  ask: () => AsyncIterable<AnswerPart>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart> {
  let hasBegun = false;
  try {
    for await (const part of ask()) {
      hasBegun ||= part.kind !== "usage";
      yield part;
    }
    return;
  } catch (error) {
    if (hasBegun || !(error instanceof BackendError) || !RETRIED.includes(error.code)) throw error;
  }
  await pause(clock, firstRetryMs, signal);
  if (signal.aborted) return;
  yield* ask();
}

/** `before`: what stands already, and the backend was asked to go on from. */
export async function* withoutRepeats(parts: AsyncIterable<AnswerPart>, before: string): AsyncGenerator<AnswerPart> {
  const filter = createOverlapFilter(before);
  for await (const part of parts) {
    const text = part.kind === "text" ? filter.take(part.text) : "";
    if (part.kind !== "text") yield part;
    else if (text !== "") yield { kind: "text", text };
  }
  const rest = filter.end();
  if (rest !== "") yield { kind: "text", text: rest };
}

/** Ends early with the answer. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
