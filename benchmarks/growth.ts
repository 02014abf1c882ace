/**
 * growth: what ten times the work costs. Each work is done once and ten times as large, by turns; time and bytes may grow with it, not faster. Each is
 * a part of another question, which says what it is beside its peers.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as Y from "yjs";
import { sodiumReady } from "#crypto/sodium.ts";
import { startChild } from "./child.ts";
import { prepareLongChat } from "./journal.ts";
import type { Bench, Question } from "./question.ts";
import { createRandom, makeIndex } from "./retrieval.ts";
import { appendAtOnce, openOurs } from "./store.ts";
import { startOurs } from "./yearSubjects.ts";

const [ONCE, TEN_TIMES] = ["once", "ten times"];
/** A fifth more than what was asked for: PERFORMANCE.md. */
const timesMost = 12;

interface Cost {
  readonly ms: number;
  readonly bytes?: number;
}

interface Work {
  readonly name: string;
  readonly rounds: number;
  /** Not ours: it stands there to be compared with, and nothing is asked of it. */
  readonly isOthers?: boolean;
  /** So much of it. */
  do(times: number, round: number): Promise<Cost>;
}

export const question: Question = {
  asks: "time and bytes of ten times the work",
  run: async (bench) => {
    await sodiumReady;
    for (const work of worksOf(bench)) {
      const { name } = work;
      bench.say(name);
      for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : work.rounds); round++)
        for (const times of round % 2 === 0 ? [1, 10] : [10, 1]) {
          const { ms, bytes } = await work.do(times, round);
          if (round < 0) continue;
          const subject = times === 1 ? ONCE : TEN_TIMES;
          bench.note(subject, `${name}, time`, ms, "ms");
          if (bytes !== undefined) bench.note(subject, `${name}, bytes`, bytes / 1_024, "KiB");
        }
      for (const what of ["time", "bytes"])
        bench.compare({
          metric: `${name}, ${what}`,
          ours: TEN_TIMES,
          theirs: ONCE,
          ...(work.isOthers === true ? {} : { atMost: timesMost }),
        });
    }
  },
};

function worksOf(bench: Bench): readonly Work[] {
  const small = (full: number, quick: number): number => (bench.isQuick ? quick : full);
  return [
    {
      name: `${small(20_000, 64)} durable appends`,
      rounds: 5,
      do: async (times, round) => {
        const file = join(bench.folder, `log ${times} ${round}`);
        const store = await openOurs(file);
        const startedAt = performance.now();
        await appendAtOnce(store, Math.ceil((times * small(20_000, 64)) / 64));
        const ms = performance.now() - startedAt;
        await store.close();
        return { ms, bytes: statSync(file).size };
      },
    },
    {
      name: `a chat of ${small(2_000, 50)} messages from its journal`,
      rounds: 3,
      do: async (times, round) => {
        const folder = join(bench.folder, `chat ${times} ${round}`);
        const { open, bytes } = await prepareLongChat(folder, times * small(2_000, 50));
        const startedAt = performance.now();
        const replica = await open();
        const ms = performance.now() - startedAt;
        await replica.close();
        return { ms, bytes: bytes() };
      },
    },
    {
      // What of that is Yjs's own.
      name: `a chat of ${small(2_000, 50)} messages by Yjs alone`,
      rounds: 3,
      isOthers: true,
      do: async (times, round) => {
        const { state } = await prepareLongChat(join(bench.folder, `yjs ${times} ${round}`), times * small(2_000, 50));
        const startedAt = performance.now();
        Y.applyUpdate(new Y.Doc(), state);
        return { ms: performance.now() - startedAt, bytes: state.length };
      },
    },
    {
      name: `an answer of ${small(400, 40)} tokens, sealed`,
      rounds: 5,
      do: (times) => typing({ do: "stream", tokens: times * small(400, 40) }),
    },
    {
      name: `an artifact typed in ${small(1_000, 30)} runs`,
      rounds: 3,
      do: (times) => typing({ do: "edit", runs: times * small(1_000, 30) }),
    },
    {
      name: `${small(10_000, 300)} messages made searchable`,
      rounds: 3,
      do: async (times) => {
        const child = startChild("parts/searchOurs.ts", { nodeArgs: ["--expose-gc"] });
        try {
          return {
            ms: (await child.ask<{ ms: number }>({ do: "build", count: times * small(10_000, 300), seed: 1 })).ms,
          };
        } finally {
          await child.end();
        }
      },
    },
    {
      name: `${small(10, 1)} files of passages, their index`,
      rounds: 3,
      do: async (times, round) => {
        const startedAt = performance.now();
        const index = await makeIndex(times * small(10, 1), createRandom(round + 2));
        return { ms: performance.now() - startedAt, bytes: index.toJson().length };
      },
    },
    {
      name: `a new device with ${small(36, 2)} chats`,
      rounds: 3,
      do: async (times, round) => {
        const year = { chats: times * small(36, 2), messages: 40, chars: 600 };
        const subject = await startOurs(bench, year, `vault ${times} ${round}`);
        try {
          const { came } = await subject.join(0, { chats: year.chats, week: 1 });
          return { ms: came.whole, bytes: came.bytes };
        } finally {
          await subject.end();
        }
      },
    },
  ];
}

async function typing(message: Readonly<Record<string, unknown>> & { readonly do: string }): Promise<Cost> {
  const child = startChild("parts/typingOurs.ts");
  try {
    const { ms, bytes } = await child.ask<{ ms: number; bytes: number }>(message);
    return { ms, bytes };
  } finally {
    await child.end();
  }
}
