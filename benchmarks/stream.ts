/**
 * stream: from the model server's byte to the text in a reader's view. Every subject gets the same tokens from the same source process, over a
 * process that writes (our agent; a writer with the peer's library; for SSE the server itself) and a server (our relay; the peer's), to readers
 * in a process of their own. So ours and the CRDT peers' have three hops, SSE has two, and "SSE, straight" has one: nobody but the model server.
 */
import { performance } from "node:perf_hooks";
import { cpuMicros, residentMb } from "./child.ts";
import { percentile, type Row } from "./collect.ts";
import type { Bench, Plot, Question } from "./question.ts";
import { startSource, subjectsOf, type Came, type Subject } from "./subjects.ts";

const OURS = "Sovereign";
const SSE = "SSE, OpenAI chunks";
const WEBSOCKET = "y-websocket";

export const question: Question = {
  plots: (rows) => ({
    p50: plotOf(rows, "delay p50", "ms, half of the tokens are quicker"),
    p99: plotOf(rows, "delay p99", "ms, 99 of 100 tokens are quicker"),
    cpu: plotOf(rows, "server CPU a token", "µs of a core"),
  }),
  asks: "a token from the model server to each reader's text: delay, bytes, CPU",
  run: async (bench) => {
    const tokens = bench.isQuick ? 40 : 400;
    const rounds = bench.isQuick ? 1 : 3;
    const source = await startSource({ tokens, everyMs: 10 });
    const subjects = await subjectsOf(bench, source.url, { chars: 4 * tokens, runs: 1 });
    try {
      for (const readers of bench.isQuick ? [1, 2] : [1, 10, 100]) {
        bench.say(`${readers} ${readers === 1 ? "reader" : "readers"}`);
        for (const subject of subjects) await subject.prepare?.(readers);
        for (let round = bench.isQuick ? 0 : -1; round < rounds; round++) {
          // Another one begins each round, and the round before the first only warms up.
          for (const subject of subjects.map((_, at) => subjects[(at + round + 1) % subjects.length] as Subject)) {
            if (readers > subject.readersMax) continue;
            const name = `${subject.name} ${readers} ${round} ${performance.now()}`;
            await subject.open(name, readers);
            const before = [cpuMicros(subject.serverPid), cpuMicros(subject.writerPid ?? 0)] as const;
            const came = await subject.run(name);
            const spent = [
              cpuMicros(subject.serverPid) - before[0],
              cpuMicros(subject.writerPid ?? 0) - before[1],
            ] as const;
            await subject.close?.(name);
            if (round >= 0) await note(bench, subject, readers, came, await source.written(name), spent, tokens);
          }
        }
      }
      compare(bench);
    } finally {
      for (const subject of subjects) await subject.end();
      await source.end();
    }
  },
};

async function note(
  bench: Bench,
  subject: Subject,
  readers: number,
  came: readonly Came[],
  written: readonly number[],
  [serverMicros, writerMicros]: readonly [number, number],
  tokens: number,
): Promise<void> {
  const expected = Array.from({ length: tokens }, (_, at) => `${String(at % 1000).padStart(3, "0")} `).join("");
  for (const { text } of came)
    if (text !== expected) throw new Error(`${subject.name} lost or changed words: ${text.slice(0, 80)}`);
  const delays = came.flatMap(({ at }) => at.map((arrived, index) => arrived - (written[index] ?? NaN)));
  const who = `${readers} ${readers === 1 ? "reader" : "readers"}`;
  bench.note(subject.name, `delay p50, ${who}`, percentile(delays, 0.5), "ms");
  bench.note(subject.name, `delay p99, ${who}`, percentile(delays, 0.99), "ms");
  bench.note(
    subject.name,
    `bytes a token a reader, ${who}`,
    came.reduce((sum, { bytes }) => sum + bytes, 0) / came.length / tokens,
    "B",
  );
  if (Number.isFinite(serverMicros))
    bench.note(subject.name, `server CPU a token, ${who}`, serverMicros / tokens, "µs");
  if (Number.isFinite(writerMicros))
    bench.note(subject.name, `writer CPU a token, ${who}`, writerMicros / tokens, "µs");
  const memory = residentMb(subject.serverPid);
  if (Number.isFinite(memory)) bench.note(subject.name, `server memory, ${who}`, memory, "MB");
}

function compare(bench: Bench): void {
  for (const [who, p99] of [
    ["1 reader", 1.2],
    ["10 readers", 1.2],
    ["100 readers", 1.5],
  ] as const) {
    const against = { ours: OURS, theirs: SSE };
    bench.compare({ ...against, metric: `delay p50, ${who}`, ...(who === "100 readers" ? {} : { atMost: 1 }) });
    bench.compare({ ...against, metric: `delay p99, ${who}`, atMost: p99 });
    bench.compare({ ...against, metric: `bytes a token a reader, ${who}`, atMost: 0.25 });
    bench.compare({ ours: OURS, theirs: WEBSOCKET, metric: `server CPU a token, ${who}`, atMost: 1 });
    bench.compare({ ours: OURS, theirs: WEBSOCKET, metric: `delay p50, ${who}` });
    bench.compare({ ours: OURS, theirs: "SSE, straight", metric: `delay p50, ${who}` });
  }
}

function plotOf(rows: readonly Row[], metric: string, y: string): Plot {
  const subjects = [...new Set(rows.map(({ subject }) => subject))].filter((subject) => subject !== "SSE, straight");
  const lines = subjects.map((name) => ({
    name,
    points: [1, 10, 100].flatMap((readers): readonly (readonly [number, number])[] => {
      const who = `${metric}, ${readers} ${readers === 1 ? "reader" : "readers"}`;
      const row = rows.find((each) => each.subject === name && each.metric === who);
      return row === undefined ? [] : [[readers, row.value]];
    }),
  }));
  return { title: `stream: ${metric}`, x: "readers", y, isLogarithmicX: true, isLogarithmicY: true, lines };
}
