/**
 * catchup: a device that is paired now, to a vault with a year of chats (365 of 40 messages of 600 characters): how long from the second yes to the
 * vault, to the list of chats, to all of them on its own disk. Beside it the same text by peers: one document a chat, in memory (automerge-repo's on
 * a disk, without flushes); y-websocket with a connection each, as its client opens them. Ours goes through a real relay with a real agent beside it; what comes is opened, checked and committed strictly.
 */
import { sodiumReady } from "#crypto/sodium.ts";
import type { Year } from "./parts/newDevice.ts";
import type { Question } from "./question.ts";
import { OURS, PEERS, startOurs, startPeer, Y_WEBSOCKET as THEIRS, type Subject } from "./yearSubjects.ts";

/** PERFORMANCE.md's, of what was written. */
const weekBytesMax = 1.3;

export const question: Question = {
  asks: "a new device of a vault with a year of chats: paired, listed, all of it there; and one that was away for a week",
  run: async (bench) => {
    await sodiumReady;
    const year: Year = { chats: bench.isQuick ? 10 : 365, messages: 40, chars: 600 };
    const chars = year.messages * year.chars;
    const week = bench.isQuick ? 2 : 7;
    let chats = year.chats;
    const subjects: Subject[] = [];
    try {
      if (bench.wants(OURS)) subjects.push(await startOurs(bench, year));
      for (const peer of PEERS) {
        const subject = await startPeer(bench, year, peer);
        if (subject !== null) subjects.push(subject);
      }
      for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 3); round++) {
        for (const turn of subjects.map((_, at) => subjects[(at + round + 1) % subjects.length] as Subject)) {
          const { came, back } = await turn.join(round, { chats, week });
          // The round before the first only warms up.
          if (round < 0) continue;
          if (came.paired !== null) bench.note(turn.name, "second yes to the vault", came.paired, "ms");
          if (came.listed !== null) bench.note(turn.name, "list usable", came.listed, "ms");
          bench.note(turn.name, "all there", came.whole, "ms");
          bench.note(turn.name, "bytes read", came.bytes / chats / chars, "B a character");
          bench.note(turn.name, "after a week, all there", back.whole, "ms");
          if (turn.name === OURS) bench.note("goal", "after a week, bytes read", weekBytesMax, "B a character");
          bench.note(turn.name, "after a week, bytes read", back.bytes / week / chars, "B a character");
        }
        chats += week;
      }
    } finally {
      for (const subject of subjects) await subject.end();
    }
    bench.compare({ metric: "list usable", ours: OURS, theirs: THEIRS, atMost: 0.1 });
    bench.compare({ metric: "all there", ours: OURS, theirs: THEIRS, atMost: 0.5 });
    bench.compare({ metric: "bytes read", ours: OURS, theirs: THEIRS, atMost: 0.6 });
    bench.compare({ metric: "after a week, bytes read", ours: OURS, theirs: "goal", atMost: 1 });
    bench.compare({ metric: "after a week, all there", ours: OURS, theirs: THEIRS });
    bench.compare({ metric: "after a week, bytes read", ours: OURS, theirs: THEIRS });
    for (const theirs of ["hocuspocus", "automerge-repo"]) {
      bench.compare({ metric: "all there", ours: OURS, theirs });
      bench.compare({ metric: "bytes read", ours: OURS, theirs });
    }
  },
};
