/**
 * search: full text over 10,000 and 100,000 messages. Ours is the app's whole index: filters, recency, snippets, and its parts written out so
 * that they can be sealed. Each engine is a process of its own and makes the same messages from the same seed.
 */
import { startChild, type Child } from "./child.ts";
import { percentile, type Row } from "./collect.ts";
import type { Bench, Plot, Question } from "./question.ts";

const SEED = 20_260_101;

interface Engine {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Of these packages; SQLite comes with Node. */
  readonly packages: readonly string[];
}

const OURS = "Sovereign";
const ENGINES: readonly Engine[] = [
  { name: OURS, file: "parts/searchOurs.ts", args: [], packages: [] },
  { name: "minisearch", file: "peers/search.mjs", args: ["minisearch"], packages: ["minisearch"] },
  { name: "Orama", file: "peers/search.mjs", args: ["orama"], packages: ["@orama/orama"] },
  { name: "FlexSearch", file: "peers/search.mjs", args: ["flexsearch"], packages: ["flexsearch"] },
  { name: "SQLite FTS5", file: "peers/search.mjs", args: ["fts5"], packages: [] },
];

/** PERFORMANCE.md's, with 10,000 messages. */
const goal = { metric: `query p99, ${(10_000).toLocaleString("en")}`, ms: 50 } as const;

export const question: Question = {
  plots: (rows) => ({
    build: plotOf(rows, "build", "ms"),
    p99: plotOf(rows, "query p99", "ms, 99 of 100 queries are quicker"),
  }),
  asks: "full text over 10,000 and 100,000 messages: build, memory, and what a query takes",
  run: async (bench) => {
    const engines = ENGINES.filter(({ name, packages }) => bench.wants(name) && bench.hasPeers(...packages));
    // Fewer of the many, of which the slowest engine takes seconds for one.
    for (const [count, rounds, queries] of bench.isQuick
      ? [[500, 1, 20] as const]
      : [[10_000, 5, 400] as const, [100_000, 3, 100] as const]) {
      for (let round = 0; round < rounds; round++) {
        bench.say(`${count.toLocaleString("en")} messages, round ${round + 1} of ${rounds}`);
        for (const at of engines.keys()) {
          const engine = engines[(at + round) % engines.length];
          if (engine !== undefined) await measure(bench, engine, { count, queries, round });
        }
      }
      const size = count.toLocaleString("en");
      for (const { name } of engines.slice(1)) {
        bench.compare({
          metric: `build, ${size}`,
          ours: OURS,
          theirs: name,
          // The goal is set by the fastest of them; which that is, the machine says.
          ...(name === "SQLite FTS5" ? {} : { atMost: 1.2 }),
        });
        bench.compare({ metric: `query p99, ${size}`, ours: OURS, theirs: name });
      }
    }
    bench.compare({ metric: goal.metric, ours: OURS, theirs: "goal", atMost: 1 });
  },
};

async function measure(
  bench: Bench,
  { name, file, args }: Engine,
  { count, queries, round }: { readonly count: number; readonly queries: number; readonly round: number },
): Promise<void> {
  const size = count.toLocaleString("en");
  const child: Child = startChild(file, { args, nodeArgs: ["--expose-gc"] });
  try {
    const { ms, mb } = await child.ask<{ ms: number; mb: number }>({ do: "build", count, seed: SEED });
    // The first queries warm up what the build has not.
    await child.ask({ do: "find", count: 50, seed: round + 1_000 });
    const { times, missed } = await child.ask<{ times: number[]; missed: number }>({
      do: "find",
      count: queries,
      seed: round,
    });
    if (missed > queries / 20)
      throw new Error(`${name} found nothing for ${missed} of ${queries} queries that are there`);
    bench.note(name, `build, ${size}`, ms, "ms");
    bench.note(name, `memory, ${size}`, mb, "MB");
    bench.note(name, `query p50, ${size}`, percentile(times, 0.5), "ms");
    bench.note(name, `query p99, ${size}`, percentile(times, 0.99), "ms");
    if (name === OURS && goal.metric.endsWith(` ${size}`)) bench.note("goal", goal.metric, goal.ms, "ms");
  } finally {
    await child.end();
  }
}

function plotOf(rows: readonly Row[], metric: string, y: string): Plot {
  const lines = ENGINES.map(({ name }) => ({
    name,
    points: [10_000, 100_000].flatMap((count): readonly (readonly [number, number])[] => {
      const row = rows.find(
        (each) => each.subject === name && each.metric === `${metric}, ${count.toLocaleString("en")}`,
      );
      return row === undefined ? [] : [[count, row.value]];
    }),
  })).filter(({ points }) => points.length > 0);
  return { title: `search: ${metric}`, x: "messages", y, isLogarithmicX: true, isLogarithmicY: true, lines };
}
