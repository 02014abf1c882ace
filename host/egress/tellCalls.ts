/** A part's own: tells the supervisor what went out, now and then and at the end. */
import { tellEveryMs } from "./limits.ts";
import type { Calls } from "./calls.ts";
import { takeCalls } from "./wayOut.ts";

export interface Telling {
  /** The last time. */
  close(): void;
}

export function tellCalls(tell: (calls: readonly Calls[]) => void): Telling {
  const told = (): void => {
    const calls = takeCalls();
    if (calls.length > 0) tell(calls);
  };
  const timer = setInterval(told, tellEveryMs).unref();
  return {
    close: () => {
      clearInterval(timer);
      told();
    },
  };
}
