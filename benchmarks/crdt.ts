/**
 * crdt: what documents cost: a text of 4,000 tokens that streams in, and a paper that was typed and edited letter by letter (259,778 operations of a
 * published trace, `parts/paperEdits.mjs`). Ours are sealed, signed and chained; the engines beside it are bare.
 */
import { startChild } from "./child.ts";
import type { Bench, Question } from "./question.ts";

interface Engine {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly packages: readonly string[];
}

interface Typed {
  readonly ms: number;
  readonly sent: number;
  readonly bytes: number;
  readonly loadMs: number;
  readonly chars: number;
}

const OURS = "Sovereign";
const ENGINES: readonly Engine[] = [
  { name: OURS, file: "parts/typingOurs.ts", args: [], packages: [] },
  { name: "Yjs", file: "peers/typing.mjs", args: ["yjs"], packages: ["yjs"] },
  { name: "Automerge", file: "peers/typing.mjs", args: ["automerge"], packages: ["@automerge/automerge"] },
  { name: "Loro", file: "peers/typing.mjs", args: ["loro"], packages: ["loro-crdt"] },
];

export const question: Question = {
  asks: "a text that streams in and a paper that is typed: time, bytes sent and stored, loading",
  run: async (bench) => {
    const engines = ENGINES.filter(({ name, packages }) => bench.wants(name) && bench.hasPeers(...packages));
    const works = [
      {
        work: "streamed",
        message: { do: "stream", tokens: bench.isQuick ? 200 : 4_000 },
        rounds: bench.isQuick ? 1 : 5,
      },
      { work: "typed", message: { do: "edit", runs: bench.isQuick ? 300 : Infinity }, rounds: bench.isQuick ? 1 : 3 },
    ] as const;
    for (const { work, message, rounds } of works) {
      for (let round = 0; round < rounds; round++) {
        bench.say(`${work}, round ${round + 1} of ${rounds}`);
        for (const at of engines.keys()) {
          const engine = engines[(at + round) % engines.length];
          if (engine !== undefined) await measure(bench, engine, work, message);
        }
      }
      for (const theirs of ["Yjs", "Automerge"]) {
        bench.compare({ metric: `${work}: writing`, ours: OURS, theirs });
        bench.compare({ metric: `${work}: stored`, ours: OURS, theirs });
        bench.compare({ metric: `${work}: loading`, ours: OURS, theirs });
      }
    }
  },
};

async function measure(
  bench: Bench,
  { name, file, args }: Engine,
  work: string,
  message: Readonly<Record<string, unknown>> & { readonly do: string },
): Promise<void> {
  const child = startChild(file, { args });
  try {
    const { ms, sent, bytes, loadMs, chars } = await child.ask<Typed>(message);
    bench.note(name, `${work}: writing`, ms, "ms");
    bench.note(name, `${work}: sent`, sent / chars, "B a character");
    bench.note(name, `${work}: stored`, bytes / chars, "B a character");
    bench.note(name, `${work}: loading`, loadMs, "ms");
  } finally {
    await child.end();
  }
}
