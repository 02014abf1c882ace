/** The gateway's end: asks the supervisor for the numbers, once for all who ask meanwhile. */
import { answerWithinMs } from "./limits.ts";

export interface MetricsAsking {
  /** `null`: the supervisor has not answered in time. */
  ask(): Promise<string | null>;
  take(text: string): void;
}

export function createMetricsAsking(ask: () => void): MetricsAsking {
  let waiting: PromiseWithResolvers<string | null> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const settle = (text: string | null): void => {
    clearTimeout(timer);
    waiting?.resolve(text);
    waiting = null;
  };
  return {
    ask: () => {
      if (waiting === null) {
        waiting = Promise.withResolvers();
        timer = setTimeout(() => settle(null), answerWithinMs);
        ask();
      }
      return waiting.promise;
    },
    take: settle,
  };
}
