import { describe, expect, test } from "vitest";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes, type DocId } from "#crypto/ids.ts";
import { offersPerDeviceMax, offersWaitingMax } from "./limits.ts";
import type { AcceptedOffer } from "./offers.ts";
import { createOfferQueue } from "./queue.ts";

const id = (n: number): Uint8Array => new Uint8Array(16).fill(n & 0xff).fill(n >> 8, 0, 1);
const run = (n: number) => runIdFromBytes(id(n));
const doc = (n: number) => docIdFromBytes(id(n));

function offer(n: number, device: number, chat = n, isWaiting = false): AcceptedOffer {
  const grant = { run: run(n), doc: doc(chat), epoch: 1, docKey: new Uint8Array(32), notAfter: 0, maxBytes: 1 };
  return {
    grant,
    request: { run: run(n), model: "", parent: "q", maxBytes: 1 },
    author: authorIdFromBytes(id(device)),
    seq: 1,
    rosterSeq: 1,
    rosterHead: new Uint8Array(8),
    isWaiting,
  };
}

const NOBODY: ReadonlySet<DocId> = new Set();

describe("questions that wait", () => {
  test("FQ1 devices take turns, whoever asked more, and the order that is shown is the one that comes", () => {
    const queue = createOfferQueue();
    for (const n of [1, 2, 3, 4]) queue.add(offer(n, 100), 0);
    for (const n of [5, 6]) queue.add(offer(n, 101), 0);
    const shown = queue.runs();
    const taken = [1, 2, 3, 4, 5, 6].map(() => queue.take(NOBODY)?.offer.grant.run);
    expect(taken).toEqual([1, 5, 2, 6, 3, 4].map(run));
    expect(shown).toEqual(taken);
    expect(queue.take(NOBODY)).toBeNull();
  });

  test("FQ1 a device that comes later does not get all the turns that it missed", () => {
    const queue = createOfferQueue();
    for (const n of [1, 2, 3, 4, 5]) queue.add(offer(n, 100), 0);
    for (let turns = 0; turns < 3; turns++) queue.take(NOBODY);
    for (const n of [6, 7, 8]) queue.add(offer(n, 101), 0);
    expect(queue.runs().slice(0, 4)).toEqual([4, 6, 5, 7].map(run));
  });

  test("FQ2 a chat's questions wait for each other, and others go past", () => {
    const queue = createOfferQueue();
    queue.add(offer(1, 100, 7), 0);
    queue.add(offer(2, 100, 8), 0);
    expect(queue.take(new Set([doc(7)]))?.offer.grant.run).toBe(run(2));
    expect(queue.take(new Set([doc(7)]))).toBeNull();
    expect(queue.take(NOBODY)?.offer.grant.run).toBe(run(1));
  });

  test("FQ3 another grant of the same run keeps its place and its time, and one to this life is the better", () => {
    const queue = createOfferQueue();
    queue.add(offer(1, 100, 1, true), 10);
    queue.add(offer(2, 100), 20);
    queue.add(offer(1, 101), 30);
    queue.add(offer(1, 100, 1, true), 40);
    expect(queue.runs()).toHaveLength(2);
    const taken = queue.take(NOBODY);
    expect(taken).toMatchObject({ offeredMs: 10, offer: { isWaiting: false } });
  });

  test("FQ4 one device cannot fill it, and all together cannot either", () => {
    const queue = createOfferQueue();
    for (let n = 0; n < offersPerDeviceMax; n++) expect(queue.add(offer(n, 100), 0)).toBe(true);
    expect(queue.add(offer(999, 100), 0)).toBe(false);
    let n = 1_000;
    while (queue.add(offer(n, 101 + (n >> 3)), 0)) n += 1;
    expect(queue.runs()).toHaveLength(offersWaitingMax);
    queue.remove(run(0));
    expect(queue.add(offer(998, 100), 0)).toBe(true);
    queue.clear();
    expect(queue.take(NOBODY)).toBeNull();
  });
});
