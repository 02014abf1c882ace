/**
 * capacity: how many streams of 50 tokens a second, with two readers each, a core sustains: by what the server's processes spend on a core for four of
 * them at once (an agent of ours answers so many). That number, unlike a delay at a limit that is searched for, is the same on a machine that is busy with
 * other things; the delay at four stands beside it. It is far below what a core sustains in the end, for all alike: the more streams, the more share a
 * waking, a read, a write and a flush. So the goals of PERFORMANCE.md, which are about that end, are not held against it.
 */
import { cpuMicros } from "./child.ts";
import { percentile } from "./collect.ts";
import type { Question } from "./question.ts";
import { startSource, subjectsOf, type Subject } from "./subjects.ts";

const tokensPerSecond = 50;
const streams = 4;
const readersEach = 2;
const metric = "streams a core, by the CPU of four";

export const question: Question = {
  asks: "how many 50-token/s streams with two readers each a core of the server sustains",
  run: async (bench) => {
    const tokens = bench.isQuick ? 25 : 250;
    const source = await startSource({ tokens, everyMs: 1_000 / tokensPerSecond });
    const subjects = (await subjectsOf(bench, source.url, 4 * tokens)).filter(({ readersMax }) => readersMax > 1);
    try {
      for (const subject of subjects) await subject.prepare?.(readersEach);
      for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 3); round++) {
        for (const subject of subjects.map((_, at) => subjects[(at + round + 1) % subjects.length] as Subject)) {
          const names = Array.from(
            { length: streams },
            (_, at) => `${subject.name} ${round} ${at} ${performance.now()}`,
          );
          for (const name of names) await subject.open(name, readersEach);
          const before = [cpuMicros(subject.serverPid), cpuMicros(subject.writerPid ?? 0)] as const;
          const came = await Promise.all(names.map((name) => subject.run(name)));
          const server = (cpuMicros(subject.serverPid) - before[0]) / tokens / streams;
          const writer = (cpuMicros(subject.writerPid ?? 0) - before[1]) / tokens / streams;
          for (const name of names) await subject.close?.(name);
          if (round < 0) continue;
          const delays: number[] = [];
          for (const [at, name] of names.entries()) {
            const written = await source.written(name);
            for (const reader of came[at] ?? [])
              delays.push(...reader.at.map((arrived, index) => arrived - (written[index] ?? NaN)));
          }
          if (Number.isFinite(server)) bench.note(subject.name, metric, 1e6 / (server * tokensPerSecond), "");
          const both = server + (Number.isFinite(writer) ? writer : 0);
          if (Number.isFinite(both))
            bench.note(subject.name, `${metric}, its writer's work too`, 1e6 / (both * tokensPerSecond), "");
          bench.note(subject.name, "delay p50 at four", percentile(delays, 0.5), "ms");
          bench.note(subject.name, "delay p99 at four", percentile(delays, 0.99), "ms");
        }
      }
      bench.compare({ metric, ours: "Sovereign", theirs: "SSE, OpenAI chunks" });
      bench.compare({ metric, ours: "Sovereign", theirs: "y-websocket" });
      bench.compare({ metric, ours: "Sovereign", theirs: "hocuspocus" });
    } finally {
      for (const subject of subjects) await subject.end();
      await source.end();
    }
  },
};
