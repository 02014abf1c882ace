/** What each search engine's process is asked: build an index of so many messages, then find. Its memory is what the build left in use. */
import { answer } from "./answering.mjs";
import { makeMessages, makeQueries } from "./messages.mjs";

/**
 * @param {{ build: (messages: ReturnType<typeof makeMessages>) => unknown, find: (query: string) => number | Promise<number> }} engine
 * `find`: how many of the twenty best it found.
 */
export function serveSearch({ build, find }) {
  const state = { messages: [] };
  const used = () => {
    globalThis.gc?.();
    // What the system counts, since SQLite's memory is not V8's.
    return process.memoryUsage.rss() / 1_048_576;
  };
  answer({
    build: async ({ count, seed }) => {
      state.messages = makeMessages(count, seed);
      const before = used();
      const startedAt = performance.now();
      await build(state.messages);
      const ms = performance.now() - startedAt;
      return { ms, mb: used() - before };
    },
    find: async ({ count, seed }) => {
      const queries = makeQueries(state.messages, count, seed);
      const times = [];
      let missed = 0;
      for (const query of queries) {
        const startedAt = performance.now();
        const found = await find(query);
        times.push(performance.now() - startedAt);
        if (found === 0) missed += 1;
      }
      return { times, missed };
    },
  });
}
