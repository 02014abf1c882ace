/**
 * capacity: how many streams of 50 tokens a second, with two readers each, a core sustains: by what the server's processes spend on a core for 1, 4 and
 * 12 of them at once. That number, unlike a delay at a limit that is searched for, is the same on a machine that is busy with other things; the delay
 * stands beside it. It is below what a core sustains in the end, for all alike: the more streams, the more share a waking, a read, a write and a flush.
 * So the goals of PERFORMANCE.md, which are about that end, are not held against it. An agent of ours answers four at once unless it is told otherwise.
 */
import { cpuMicros } from "./child.ts";
import { percentile, type Row } from "./collect.ts";
import type { Bench, Plot, Question } from "./question.ts";
import { startSource, subjectsOf, type Source, type Subject } from "./subjects.ts";

const tokensPerSecond = 50;
const readersEach = 2;
const many = [1, 4, 12];
const metricOf = (streams: number): string => `streams a core, by the CPU of ${streams}`;

export const question: Question = {
  asks: "how many 50-token/s streams with two readers each a core of the server sustains",
  plots: (rows) => ({ streams: plotOf(rows) }),
  run: async (bench) => {
    const tokens = bench.isQuick ? 25 : 250;
    const source = await startSource({ tokens, everyMs: 1_000 / tokensPerSecond });
    const subjects = (await subjectsOf(bench, source.url, { chars: 4 * tokens, runs: Math.max(...many) })).filter(
      ({ readersMax }) => readersMax > 1,
    );
    try {
      for (const subject of subjects) await subject.prepare?.(readersEach);
      for (const streams of bench.isQuick ? [2] : many) {
        bench.say(`${streams} at once`);
        for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 3); round++)
          for (const subject of subjects.map((_, at) => subjects[(at + round + 1) % subjects.length] as Subject))
            await measure(bench, { subject, source, streams, tokens, round });
      }
      for (const streams of many)
        for (const theirs of ["SSE, OpenAI chunks", "y-websocket", "hocuspocus"])
          bench.compare({ metric: metricOf(streams), ours: "Sovereign", theirs });
    } finally {
      for (const subject of subjects) await subject.end();
      await source.end();
    }
  },
};

interface Streams {
  readonly subject: Subject;
  readonly source: Source;
  readonly streams: number;
  readonly tokens: number;
  readonly round: number;
}

async function measure(bench: Bench, { subject, source, streams, tokens, round }: Streams): Promise<void> {
  const names = Array.from({ length: streams }, (_, at) => `${subject.name} ${round} ${at} ${performance.now()}`);
  for (const name of names) await subject.open(name, readersEach);
  const before = [cpuMicros(subject.serverPid), cpuMicros(subject.writerPid ?? 0)] as const;
  const came = await Promise.all(names.map((name) => subject.run(name)));
  const server = (cpuMicros(subject.serverPid) - before[0]) / tokens / streams;
  const writer = (cpuMicros(subject.writerPid ?? 0) - before[1]) / tokens / streams;
  for (const name of names) await subject.close?.(name);
  if (round < 0) return;
  const delays: number[] = [];
  for (const [at, name] of names.entries()) {
    const written = await source.written(name);
    for (const reader of came[at] ?? [])
      delays.push(...reader.at.map((arrived, index) => arrived - (written[index] ?? NaN)));
  }
  if (Number.isFinite(server)) bench.note(subject.name, metricOf(streams), 1e6 / (server * tokensPerSecond), "");
  const both = server + (Number.isFinite(writer) ? writer : 0);
  if (Number.isFinite(both))
    bench.note(subject.name, `${metricOf(streams)}, its writer's work too`, 1e6 / (both * tokensPerSecond), "");
  bench.note(subject.name, `delay p50 at ${streams}`, percentile(delays, 0.5), "ms");
  bench.note(subject.name, `delay p99 at ${streams}`, percentile(delays, 0.99), "ms");
}

function plotOf(rows: readonly Row[]): Plot {
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  return {
    title: "capacity: streams of 50 tokens a second, two readers each, that a core of the server sustains",
    x: "streams at once",
    y: "streams a core",
    isLogarithmicX: true,
    isLogarithmicY: true,
    lines: subjects.map((name) => ({
      name,
      points: many.flatMap((streams): readonly (readonly [number, number])[] => {
        const row = rows.find((each) => each.subject === name && each.metric === metricOf(streams));
        return row === undefined ? [] : [[streams, row.value]];
      }),
    })),
  };
}
