import { describe, expect, it } from "vitest";
import { lettersIn, marksOf, type PlacedText } from "./drawnPage.ts";

/** A page of 100 × 100, its measure from below as a PDF's is. */
const view = { width: 100, height: 100, toView: (x: number, y: number) => [x, 100 - y] };
const line = (text: string, y: number): PlacedText => ({ text, at: [10, y], along: [80, 0], up: [0, 10] });

describe("a passage on a drawn page", () => {
  it("PD1 is marked where its letters stand, however reading has tidied what lies between them", () => {
    const lines = [line("The de-", 80), line("", 80), line("posit of 1300", 60), line("euros.", 40)];
    const read = "The deposit of 1300\neuros.";
    const from = lettersIn(read.slice(0, read.indexOf("deposit")));
    const marks = marksOf(lines, { from, to: from + lettersIn("deposit of 1300") }, view);
    expect(marks.map(({ left, width }) => [left, width].map((part) => Number(part.toFixed(3))))).toEqual([
      [0.1 + 0.8 * 0.6, 0.8 * 0.4].map((part) => Number(part.toFixed(3))),
      [0.1, 0.8],
    ]);
    // The line at 60 from below reaches from a little under it to its capitals' height.
    expect(marks[1]?.top).toBeCloseTo(1 - 0.69);
    expect(marks[1]?.height).toBeCloseTo(0.112);
  });

  it("PD1 one that is turned is marked as the box around it, and no passage is no mark", () => {
    const up: PlacedText = { text: "upwards", at: [50, 10], along: [0, 60], up: [-10, 0] };
    const [mark] = marksOf([up], { from: 0, to: 7 }, view);
    expect(mark?.height).toBeCloseTo(0.6);
    expect(mark?.width).toBeCloseTo(0.112);
    expect(marksOf([up], { from: 0, to: 0 }, view)).toEqual([]);
  });
});
