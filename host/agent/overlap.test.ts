import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlapCharsMin } from "./limits.ts";
import { createOverlapFilter, prefillOf, repeatedLength } from "./overlap.ts";

const through = (before: string, chunks: readonly string[]): string => {
  const filter = createOverlapFilter(before);
  return chunks.map((chunk) => filter.take(chunk)).join("") + filter.end();
};
/** Words that are all different, so that nothing repeats by chance. */
const story = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `word${from + index}`).join(" ");
const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((at, index) => text.slice(at, places[index] ?? text.length));
};
const cuts = fc.array(fc.nat(5_000), { maxLength: 30 });

describe("CN7 no word twice", () => {
  test("a backend that goes on is left as it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), cuts, (at, places) => {
        const rest = ` ${story(at, at + 40)}`;
        expect(through(story(0, at), cutAt(rest, places))).toBe(rest);
      }),
    );
  });

  test("one that says the end again, or all of it, says it once, however it is cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 150 }), fc.nat(500), cuts, (at, back, places) => {
        const before = story(0, at);
        const repeated = before.slice(-Math.max(overlapCharsMin, Math.min(back, 500)));
        const rest = ` ${story(at, at + 20)}`;
        expect(through(before, cutAt(repeated + rest, places))).toBe(rest);
        expect(through(before, cutAt(before + rest, places))).toBe(rest);
      }),
    );
  });

  test("a space that was cut off what the backend got is not said twice", () => {
    expect(prefillOf("One,\n\n")).toBe("One,");
    expect(through("One,\n\n", ["\n", "\ntwo"])).toBe("two");
    expect(through("One ", [" two"])).toBe("two");
    expect(through("One ", ["two"])).toBe("two");
    expect(through("One ", ["\n", "two"])).toBe("\ntwo");
    expect(through("Once ", ["Once two"])).toBe("two");
  });

  test("what may be meant stays: a short word twice, and an answer that is over", () => {
    expect(through("ha", ["ha"])).toBe("ha");
    expect(through("Yes. No. No.", [" No."])).toBe(" No.");
    expect(through("One", [])).toBe("");
    expect(through("", ["One", " two"])).toBe("One two");
  });

  test("how it is cut never matters, whatever it says", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n"), maxLength: 80 });
    fc.assert(
      fc.property(text, text, cuts, (before, said, places) => {
        expect(through(before, cutAt(said, places))).toBe(through(before, [said]));
      }),
      { numRuns: 2_000 },
    );
  });

  test("only an end, or all, counts as repeated", () => {
    const given = "The quick brown fox jumps over";
    expect(repeatedLength(given, "brown fox jumps over the dog")).toBe("brown fox jumps over".length);
    expect(repeatedLength(given, "The quick brown cat")).toBe(0);
    expect(repeatedLength(given, "over the dog")).toBe(0);
  });
});
