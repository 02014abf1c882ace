import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Heights,
  marginPx,
  rangeAround,
  rangeAtEnd,
  rangeFor,
  rangeWithin,
  type WindowRange,
} from "./windowRange.ts";

const of = (all: readonly number[]): Heights => ({ at: (index) => all[index] ?? 0, count: all.length });
const sum = (all: readonly number[]): number => all.reduce((total, height) => total + height, 0);

describe("the laid-out part of a long chat", () => {
  const heights = fc.array(fc.integer({ min: 20, max: 3000 }), { minLength: 1, maxLength: 400 });

  it("covers what is in sight with a margin, and stands in its place", () => {
    fc.assert(
      fc.property(heights, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
        const total = sum(all);
        const viewPx = 700;
        const topPx = Math.max(0, (total - viewPx) * part);
        const range = rangeAround(of(all), topPx, viewPx);
        const insidePx = sum(all.slice(range.start, range.end));
        expect(range.abovePx).toBeCloseTo(sum(all.slice(0, range.start)));
        expect(range.abovePx + insidePx + range.belowPx).toBeCloseTo(total);
        expect(range.abovePx).toBeLessThanOrEqual(Math.max(0, topPx - marginPx) + 0.01);
        expect(range.abovePx + insidePx).toBeGreaterThanOrEqual(Math.min(total, topPx + viewPx) - 0.01);
        // And no more than that and the turns at its edges.
        expect(insidePx).toBeLessThanOrEqual(viewPx + 2 * marginPx + 2 * 3000 + marginPx);
      }),
    );
  });

  it("ends with the last turn at the end, past the end, and for a chat of nothing", () => {
    const all = Array.from({ length: 500 }, () => 100);
    expect(rangeAtEnd(of(all), 1000)).toEqual({ start: 490, end: 500, abovePx: 49_000, belowPx: 0 });
    const past: WindowRange = rangeAround(of(all), 1_000_000, 700);
    expect(past.end).toBe(500);
    expect(past.start).toBeLessThan(500);
    expect(rangeAround(of([]), 0, 700)).toEqual({ start: 0, end: 0, abovePx: 0, belowPx: 0 });
  });

  it("holds a turn that is wanted", () => {
    const all = Array.from({ length: 500 }, (_, index) => 50 + (index % 7) * 100);
    for (const index of [0, 1, 250, 498, 499]) {
      const { start, end } = rangeFor(of(all), index, 700);
      expect(start).toBeLessThanOrEqual(index);
      expect(end).toBeGreaterThan(index);
    }
  });

  it("holds the turn that is read when the guess of all heights changes under it, wherever in it the reader is", () => {
    const viewPx = 700;
    fc.assert(
      fc.property(fc.nat(4999), fc.integer({ min: 20, max: 60_000 }), fc.nat(100), (index, ownPx, percent) => {
        for (const guessPx of [96, 216, 900]) {
          const guessed: Heights = { at: (at) => (at === index ? ownPx : guessPx), count: 5000 };
          const deepPx = (ownPx * percent) / 100;
          const { start, end } = rangeWithin(guessed, index, Math.min(deepPx, ownPx - 1), viewPx);
          expect(start).toBeLessThanOrEqual(index);
          expect(end).toBeGreaterThan(index);
          // What follows it on the screen is there, too.
          if (ownPx - deepPx < viewPx && index < 4999) expect(end).toBeGreaterThan(index + 1);
        }
      }),
    );
  });
});
