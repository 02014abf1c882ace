import type { Clock } from "#sync/ports.ts";

/** Aborts when it has been quiet for too long. The SDK's own bound does not know that a person is being asked. */
export interface Quiet {
  readonly signal: AbortSignal;
  begin(): void;
  stop(): void;
}

export function createQuiet(clock: Clock, quietMs: number): Quiet {
  const ended = new AbortController();
  let stop = (): void => {};
  const quiet: Quiet = {
    signal: ended.signal,
    begin: () => {
      stop();
      stop = clock.after(quietMs, () => ended.abort());
    },
    stop: () => stop(),
  };
  quiet.begin();
  return quiet;
}
