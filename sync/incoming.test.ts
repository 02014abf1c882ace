import { describe, expect, it } from "vitest";
import { createIncoming, type Page } from "./incoming.ts";

const SNAPSHOT = Uint8Array.of(1, 2);
const UPDATE = Uint8Array.of(1, 1);

const pageOf = (seqs: readonly number[], changes: Partial<Page> = {}): Page => ({
  type: "entries",
  entries: seqs.map((seq) => ({ seq, envelope: seq % 10 === 0 ? SNAPSHOT : UPDATE })),
  head: 99,
  more: false,
  marks: { from: null, to: null },
  mayBegin: true,
  ...changes,
});

describe("pages of a log", () => {
  it("CV1 are cut behind each snapshot, and what follows waits until it was opened", async () => {
    const taken: number[][] = [];
    let ends = 0;
    const opened = Promise.withResolvers<void>();
    const incoming = createIncoming({
      onPage: ({ entries }) => {
        taken.push(entries.map(({ seq }) => seq));
        if (entries.at(-1)?.seq === 10) incoming.holdUntil(opened.promise);
        return false;
      },
      onEnd: () => (ends += 1),
    });
    incoming.add(pageOf([9, 10, 11]));
    incoming.take();
    expect([taken, ends]).toEqual([[[9, 10]], 0]);
    opened.resolve();
    await opened.promise;
    await Promise.resolve();
    expect([taken, ends]).toEqual([[[9, 10], [11]], 1]);
  });

  it("RB1 when one of them has the log asked for anew, the others come again, and it was not the end", () => {
    const taken: number[][] = [];
    let ends = 0;
    const incoming = createIncoming({
      onPage: ({ entries }) => {
        taken.push(entries.map(({ seq }) => seq));
        return taken.length === 1;
      },
      onEnd: () => (ends += 1),
    });
    incoming.add(pageOf([9, 10, 11]));
    incoming.take();
    expect([taken, ends]).toEqual([[[9, 10]], 0]);
    incoming.add(pageOf([1]));
    incoming.take();
    expect([taken, ends]).toEqual([[[9, 10], [1]], 1]);
  });
});
