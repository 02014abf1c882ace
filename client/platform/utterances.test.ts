import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toUtterances } from "./utterances.ts";

describe("what a voice reads in one breath", () => {
  it("is whole sentences, a few at a time, and never across a line", () => {
    expect(toUtterances("One. Two!\nThree")).toEqual(["One. Two!", "Three"]);
    const sentence = "This sentence has about forty characters.";
    expect(toUtterances(`${sentence} `.repeat(8)).map((piece) => piece.length)).toEqual([167, 167]);
  });

  it("loses no word and is never too long", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,30}[.!,]?$/), { maxLength: 80 }), (words) => {
        const pieces = toUtterances(words.join(" "));
        expect(pieces.join(" ").split(/\s+/).join(" ")).toBe(words.join(" "));
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
