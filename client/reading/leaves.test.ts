import { describe, expect, test } from "vitest";
import { leafAt, toLeaves } from "./leaves.ts";

describe("the leaves of a file", () => {
  test("LF1 are its pages, and a place is on one of them", () => {
    const leaves = toLeaves("one\f\ftwo", true);
    expect(leaves).toEqual([
      { start: 0, text: "one" },
      { start: 4, text: "" },
      { start: 5, text: "two" },
    ]);
    expect([0, 3, 4, 5, 99].map((at) => leafAt(leaves, at))).toEqual([0, 0, 1, 2, 2]);
    expect(leafAt([], 5)).toBe(0);
  });

  test("LF2 without pages, all of it in parts that end with a line where there is one", () => {
    for (const text of ["", "short", "word ".repeat(9_000), "line\n".repeat(9_000)]) {
      const leaves = toLeaves(text, false);
      expect(leaves.map((leaf) => leaf.text).join("")).toBe(text);
      for (const { start, text: part } of leaves) expect(text.slice(start, start + part.length)).toBe(part);
    }
    expect(toLeaves("line\n".repeat(9_000), false).every(({ text }) => text.endsWith("\n"))).toBe(true);
  });
});
