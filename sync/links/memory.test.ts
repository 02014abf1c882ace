import { runLinkSuite, type OpenEnd } from "../testing/linkSuite.ts";
import { createMemoryLinkPair } from "./memory.ts";

runLinkSuite("memory", () => {
  // Made when the first end is opened, since both open at the next microtask.
  let pair: ReturnType<typeof createMemoryLinkPair> | null = null;
  const end = (at: 0 | 1): OpenEnd => {
    return (events) => {
      pair ??= createMemoryLinkPair();
      pair[at].events = events;
      return pair[at].link;
    };
  };
  return Promise.resolve({ here: end(0), there: end(1) });
});
