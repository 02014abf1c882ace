import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCodePieces, wholeCodeCharsMax } from "./codePieces.ts";

describe("long code in pieces", () => {
  const longCode = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 60 })), {
      minLength: 30,
      maxLength: 60,
    })
    .map((lines) =>
      lines
        .map(([chars, times]) => `${"x".repeat(chars)}\n`.repeat(times))
        .join("")
        .repeat(8),
    )
    .filter(({ length }) => length > wholeCodeCharsMax + 1);

  it("is the code, whole, each piece ending with a line", () => {
    fc.assert(
      fc.property(longCode, (code) => {
        const pieces = toCodePieces(code);
        expect(pieces.join("")).toBe(code);
        for (const piece of pieces.slice(0, -1)) expect(piece.endsWith("\n")).toBe(true);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(8_000);
      }),
      { numRuns: 40 },
    );
  });

  it("grows at its end alone: what is added changes the last piece, and none before it", () => {
    fc.assert(
      fc.property(longCode, fc.integer({ min: 1, max: 4_000 }), (code, arrivedChars) => {
        const before = toCodePieces(code.slice(0, -arrivedChars));
        if (before.length < 2) return;
        const after = toCodePieces(code);
        expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      }),
      { numRuns: 40 },
    );
  });

  it("cuts a line that no screen holds, and leaves short code one text", () => {
    const pieces = toCodePieces("y".repeat(600_000));
    expect(pieces.length).toBe(75);
    expect(toCodePieces("short\ncode")).toEqual(["short\ncode"]);
    expect(toCodePieces("")).toEqual([""]);
  });
});
