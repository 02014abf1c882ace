import { describe, expect, it } from "vitest";
import { wrapText } from "./wrapText.ts";

const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(" ");

describe("text for a terminal", () => {
  it("stays within its columns, cut between words, with every word in its order", () => {
    for (const columns of [40, 72, 80, 120]) {
      const wrapped = wrapText(words(60), columns);
      for (const line of wrapped.split("\n")) expect(line.length).toBeLessThan(columns);
      expect(wrapped.split(/\s+/).join(" ")).toBe(words(60));
    }
  });

  it("hangs a list's line behind its name, and joins what the source had cut there", () => {
    const first = `  --drill          ${words(14)}`;
    const next = `                   and on`;
    const lines = wrapText(`${first}\n${next}\n  --off            no more`, 60).split("\n");
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^ {19}\S/);
    expect(lines.at(-1)).toBe("  --off            no more");
    expect(lines.at(-2)).toMatch(/and on$/);
    expect(lines.join(" ").replaceAll(/\s+/g, " ").trim()).toBe(`--drill ${words(14)} and on --off no more`);
  });

  it("leaves a word that is longer than the line whole, short lines as they are, and everything where there is no terminal", () => {
    const link = `http://localhost:4242/link#${"k".repeat(90)}`;
    expect(wrapText(`Open ${link} now`, 60)).toBe(`Open\n${link}\nnow`);
    expect(wrapText("one\ntwo\n\nthree", 60)).toBe("one\ntwo\n\nthree");
    expect(wrapText(words(60), undefined)).toBe(words(60));
    expect(wrapText(words(60), 20)).toBe(words(60));
  });
});
