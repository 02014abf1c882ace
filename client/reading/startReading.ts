/** The page's side of reading a file: a worker for each, ended when it is done, too slow, or not wanted any more. */
import { readingWorkerUrl } from "../platform/readingWorkers.ts";
import { readingMsMax } from "./limits.ts";
import type { ReadingOutcome } from "./outcome.ts";
import type { FromReader } from "./readingWorker.ts";

export interface ReadingOptions {
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** One after the other: two large files at once would be two bounds of memory. */
let last: Promise<unknown> = Promise.resolve();

/** Rejects only with the signal's reason. */
export function startReading(file: File, options: ReadingOptions = {}): Promise<ReadingOutcome> {
  const mine = last.then(() => readOne(file, options));
  last = mine.catch(() => undefined);
  return mine;
}

function readOne(file: File, { onProgress, signal }: ReadingOptions): Promise<ReadingOutcome> {
  signal?.throwIfAborted();
  const worker = new Worker(readingWorkerUrl, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<ReadingOutcome>();
  const refuse = (why: "slow" | "broken"): void => resolve({ kind: "refused", why });
  const timer = setTimeout(() => refuse("slow"), readingMsMax);
  const onAbort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort);
  worker.addEventListener("message", ({ data }: MessageEvent<FromReader>) => {
    // A parser that finds itself in a worker may speak up, too.
    if (data.kind === "outcome") resolve(data.outcome);
    else if (data.kind === "progress") onProgress?.(data.share);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    refuse("broken");
  });
  worker.postMessage({ name: file.name, type: file.type, blob: file });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  });
}
