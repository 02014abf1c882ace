import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Reply } from "#sync/linkRequests.ts";
import type { Clock } from "#sync/ports.ts";
import { createLaneSender } from "./laneSender.ts";
import { inFlightMax } from "./limits.ts";

/** A relay that takes counters in order, on a link that a test breaks, with time that a test moves. */
function stage() {
  const stored: number[] = [];
  const calls: { counter: number; answer: (reply: Reply) => void }[] = [];
  let timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (_delayMs, callback) => {
      timers.push(callback);
      return () => {
        timers = timers.filter((timer) => timer !== callback);
      };
    },
  };
  const sender = createLaneSender({
    clock,
    append: (envelope) =>
      new Promise((resolve) => {
        calls.push({ counter: envelope[0] ?? 0, answer: resolve });
      }),
  });
  const store = (counter: number): Reply => {
    if (counter > stored.length + 1) return { kind: "nack", code: "conflict", expected: stored.length + 1 };
    if (counter === stored.length + 1) stored.push(counter);
    return { kind: "ack", seq: counter };
  };
  return {
    stored,
    calls,
    sender,
    store,
    push: (counter: number) => sender.push(counter, Uint8Array.of(counter)),
    tick: () => {
      const due = timers;
      timers = [];
      for (const timer of due) timer();
    },
    turn: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}

describe("a lane's sender", () => {
  test("keeps a few in flight, in order, and says when all are stored", async () => {
    const { calls, push, sender, store, turn } = stage();
    const pushed = Array.from({ length: 10 }, (_, index) => push(index + 1));
    expect(calls.map((call) => call.counter)).toEqual(Array.from({ length: inFlightMax }, (_, index) => index + 1));
    const settled = sender.settled();
    for (let at = 0; at < 10; at++) {
      calls[at]?.answer(store(calls[at]?.counter ?? 0));
      await turn();
    }
    expect(await Promise.all(pushed)).toEqual(Array.from({ length: 10 }, () => true));
    await settled;
  });

  test("after a break sends all that is unanswered again, from the first", async () => {
    const { calls, push, sender, store, stored, turn } = stage();
    for (const counter of [1, 2, 3]) void push(counter);
    store(1);
    for (const call of calls.splice(0)) call.answer({ kind: "lost" });
    await turn();
    expect(calls).toEqual([]);
    sender.wake();
    expect(calls.map((call) => call.counter)).toEqual([1, 2, 3]);
    for (const call of calls.splice(0)) call.answer(store(call.counter));
    await turn();
    expect([stored, sender.storedSeq]).toEqual([[1, 2, 3], 3]);
    await sender.settled();
  });

  test("waits and tries again when the relay is busy, and gives up in the end", async () => {
    const { calls, push, tick, turn } = stage();
    const pushed = push(1);
    let tries = 0;
    while (calls.length > 0) {
      tries += 1;
      for (const call of calls.splice(0)) call.answer({ kind: "nack", code: "busy", expected: 0 });
      await turn();
      tick();
    }
    expect(tries).toBeGreaterThan(4);
    expect(await pushed).toBe(false);
  });

  test("gives up at once when it may not write, and when the relay lost the lane's beginning", async () => {
    for (const reply of [
      { kind: "nack", code: "not-allowed", expected: 0 },
      { kind: "nack", code: "conflict", expected: 1 },
    ] as const) {
      const { calls, push, sender, turn } = stage();
      const pushed = [push(5), push(6)];
      calls[0]?.answer(reply);
      await turn();
      expect(await Promise.all(pushed)).toEqual([false, false]);
      expect(await push(7)).toBe(false);
      await sender.settled();
    }
  });

  test("whatever breaks, the relay ends with every envelope once and in order", async () => {
    const step = fc.constantFrom("store", "lose before", "lose after", "busy", "push", "wake", "tick");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { calls, push, sender, store, stored, tick, turn } = stage();
        let next = 1;
        let busies = 0;
        for (const what of steps) {
          if (what === "push") void push(next++);
          else if (what === "wake") sender.wake();
          else if (what === "tick") tick();
          else if (what === "busy") {
            if (busies++ < 4) calls.shift()?.answer({ kind: "nack", code: "busy", expected: 0 });
          } else if (what === "store") {
            const call = calls.shift();
            call?.answer(store(call.counter));
          } else {
            for (const call of calls.splice(0)) {
              if (what === "lose after") store(call.counter);
              call.answer({ kind: "lost" });
            }
          }
          await turn();
        }
        for (let round = 0; round < 60; round++) {
          tick();
          sender.wake();
          const call = calls.shift();
          call?.answer(store(call.counter));
          await turn();
        }
        expect(stored).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
        await sender.settled();
      }),
      { numRuns: 25 },
    );
  });
});
