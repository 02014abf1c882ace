import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hunksBetween } from "#sync/artifacts/hunks.ts";
import { type DiffLine, diffParts, toLines } from "./diffRows.ts";

const text = (lines: readonly DiffLine[]): string[] => lines.map((line) => line.map((piece) => piece.text).join(""));

describe("changes as they are laid out", () => {
  it("AD1 show what was and what comes, with the words that differ, and few lines around", () => {
    const before = `${Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n")}\n`;
    const after = before.replace("line 10\n", "line ten\n");
    const parts = diffParts(before, hunksBetween(before, after));
    expect(parts).toEqual([
      { kind: "gap", lines: 7 },
      { kind: "same", lines: ["line 7", "line 8", "line 9"] },
      {
        kind: "hunk",
        index: 0,
        removed: [
          [
            { text: "line ", isChanged: false },
            { text: "10", isChanged: true },
          ],
        ],
        added: [
          [
            { text: "line ", isChanged: false },
            { text: "ten", isChanged: true },
          ],
        ],
      },
      { kind: "same", lines: ["line 11", "line 12", "line 13"] },
      { kind: "gap", lines: 6 },
    ]);
    expect(diffParts(before, [])).toEqual([]);
  });

  it("AD2 lose no line and make none up, whatever the two are", () => {
    const lines = fc.array(fc.constantFrom("", "a", "b", "a b c", "c", "  ", "\t{"), { maxLength: 30 });
    let hunks = 0;
    fc.assert(
      fc.property(lines, lines, fc.boolean(), (was, comes, isEnded) => {
        const end = isEnded ? "\n" : "";
        const [before, after] = [was.join("\n") + end, comes.join("\n") + end];
        const parts = diffParts(before, hunksBetween(before, after));
        const count = (of: (part: (typeof parts)[number]) => number): number =>
          parts.reduce((sum, part) => sum + of(part), 0);
        const stay = (part: (typeof parts)[number]): number =>
          part.kind === "same" ? part.lines.length : part.kind === "gap" ? part.lines : 0;
        if (parts.length === 0) {
          expect(before).toBe(after);
          return;
        }
        expect(count((part) => (part.kind === "hunk" ? part.removed.length : stay(part)))).toBe(toLines(before).length);
        expect(count((part) => (part.kind === "hunk" ? part.added.length : stay(part)))).toBe(toLines(after).length);
        for (const [index, { before: old, after: next }] of hunksBetween(before, after).entries()) {
          hunks += 1;
          const part = parts.find((found) => found.kind === "hunk" && found.index === index);
          if (part?.kind !== "hunk") throw new Error("a hunk is not shown");
          expect(text(part.removed)).toEqual(toLines(old));
          expect(text(part.added)).toEqual(toLines(next));
        }
      }),
    );
    expect(hunks).toBeGreaterThan(50);
  });
});
