import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closeHalfOpen } from "./closeHalfOpen.ts";
import { findFootnotes, type Footnotes } from "./footnotes.ts";
import { tokensToText } from "./plainText.ts";
import { createMarkdownReader, type MarkdownToken } from "./readBlocks.ts";
import { toPlainText, toSpokenText } from "./toPlainText.ts";

const read = (text: string): readonly MarkdownToken[] => createMarkdownReader().read(text, true);
const footnotes = (text: string): Footnotes => findFootnotes(read(text), true);
const said = (text: string): string[] =>
  footnotes(text).notes.map(({ number, tokens }) => `${number} ${tokensToText(tokens)}`);

describe("footnotes", () => {
  it("are numbered by where the words come to them, whatever they are called and wherever they stand", () => {
    const text = "Tea[^b] and milk[^1], and tea[^B] again.\n\n[^1]: From a cow.\n[^b]: From *Assam*.\n";
    expect(said(text)).toEqual(["1 From Assam.", "2 From a cow."]);
    expect(footnotes(text).numberOf("b")).toBe(1);
    expect(footnotes(`[^1]: Before.\n\n${"word ".repeat(20)}[^1]`).numberOf("1")).toBe(1);
  });

  it("have paragraphs further in, end where something else begins, and are found in lists, tables and quotes", () => {
    expect(read("[^1]: one\ngoes on\n\n    more\n\nnot any more").map(({ type }) => type)).toEqual([
      "footnote",
      "paragraph",
    ]);
    expect(
      footnotes("a[^1]\n\n[^1]: one\n\n    more").notes[0]?.tokens.filter(({ type }) => type !== "space"),
    ).toHaveLength(2);
    expect(read("[^1]: one\n## Next").map(({ type }) => type)).toEqual(["footnote", "heading"]);
    expect(said("- a[^1]\n\n| b[^2] |\n|---|\n| c[^3] |\n\n> d[^4]\n\n[^1]: A\n[^2]: B\n[^3]: C\n[^4]: D")).toEqual([
      "1 A",
      "2 B",
      "3 C",
      "4 D",
    ]);
  });

  it("that nothing leads to are shown all the same, and what leads to none stays words", () => {
    expect(footnotes("a\n\n[^x]: lost").notes).toMatchObject([{ number: 1, isLoose: true }]);
    const { numberOf, notes } = footnotes("a[^nobody] b[^2]\n\n[^2]: two");
    expect([numberOf("nobody"), numberOf("2"), notes.length]).toEqual([null, 1, 1]);
  });

  it("are no links, no code, no sets of letters, and need no more than a word of a name", () => {
    for (const text of ["[^1](https://example.org)", "`[^1]`", "\\[^1]", "[^]", "[^two words]", "    [^1]"])
      expect(footnotes(`${text}\n\n[^1]: one`).notes, text).toMatchObject([{ isLoose: true }]);
    expect(footnotes("[^__proto__] [^constructor]\n\n[^__proto__]: a\n[^constructor]: b").notes).toHaveLength(2);
  });

  it("lead to notes that lead to others, and the first of a name counts", () => {
    expect(said("a[^1]\n\n[^1]: see [^2]\n[^2]: two\n[^1]: late")).toEqual(["1 see ", "2 two"]);
  });

  it("stay as they are while their notes are on their way", () => {
    const text = "Tea[^1] and milk[^2].\n\n[^1]: From Assam.\n[^2]: From a cow.";
    const reader = createMarkdownReader();
    let last = 0;
    for (let end = 1; end <= text.length; end++) {
      const blocks = reader.read(text.slice(0, end), false);
      const shown = tokensToText(blocks.filter(({ type }) => type !== "footnote"));
      expect(shown, text.slice(0, end)).not.toMatch(/[[\]^:]/);
      const { notes, numberOf } = findFootnotes(blocks, false);
      expect(notes.length).toBeGreaterThanOrEqual(last);
      last = notes.length;
      if (end > 12) expect([numberOf("1"), shown.startsWith("Tea and milk".slice(0, shown.length))]).toEqual([1, true]);
    }
    expect(last).toBe(2);
  });

  it.each([
    ["tea[^", "tea"],
    ["tea[^1", "tea"],
    ["tea[^1]", "tea[^1]"],
    ["tea[^1].\n\n[^", "tea[^1].\n\n"],
    ["tea[^1].\n\n[^1]", "tea[^1].\n\n"],
    ["tea[^1].\n\n[^1]: ", "tea[^1].\n\n"],
    ["tea[^1].\n\n[^1]: *As", "tea[^1].\n\n[^1]: *As*"],
  ])("half open, %j reads as %j", (tail, shown) => {
    expect(closeHalfOpen(tail)).toBe(shown);
  });

  it.each([
    ["a rule below a note makes no heading of it", "words[^a]\n[^a]: A note.\n---\n", ["1 A note."]],
    ["a bracket is no list that ends a note", "[^a]: one\n[- two", ["1 one\n[- two"]],
  ])("%s, however it came", (_, text, shown) => {
    const reader = createMarkdownReader();
    for (let end = 1; end <= text.length; end++) reader.read(text.slice(0, end), false);
    const ended = findFootnotes(reader.read(text, true), true).notes;
    expect(said(text)).toEqual(shown);
    expect(ended.map(({ number, tokens }) => `${number} ${tokensToText(tokens)}`)).toEqual(shown);
  });

  it("are the same at the end, however they came", () => {
    const piece = fc.constantFrom(
      "[^1]",
      "[^a]",
      "[^1]: ",
      "\n[^a]: ",
      "\n\n",
      "\n",
      "    ",
      "word ",
      "- ",
      "> ",
      "`",
      "[",
      "^",
      "](",
      "|",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const reader = createMarkdownReader();
        let text = "";
        for (const part of pieces) findFootnotes(reader.read((text += part), false), false);
        const whole = (blocks: readonly MarkdownToken[]): string => JSON.stringify(findFootnotes(blocks, true).notes);
        expect(whole(reader.read(text, true))).toBe(whole(read(text)));
      }),
    );
  });

  it("of a model that lost its way are read in time, and not in themselves", () => {
    expect(read("[^1]: ".repeat(1_600))).toHaveLength(1);
    expect(footnotes("a[^1] ".repeat(300)).notes).toEqual([]);
    expect(footnotes(Array.from({ length: 3_000 }, (_, at) => `[^${at}]: n\n`).join("")).notes).toHaveLength(3_000);
  });

  it("are looked for in each paragraph alone, also where spaces stand in the line between two", () => {
    const begun = performance.now();
    expect(read("a\n \n".repeat(29_000))).toHaveLength(29_000);
    // Unbounded, it takes twelve seconds; a busy machine is slow by itself.
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  it("are looked for in a table of two hundred thousand cells", () => {
    const cell = (at: number): MarkdownToken => ({ type: "text", raw: `${at}`, tokens: [] });
    const row = Array.from({ length: 200_000 }, (_, at) => ({ tokens: [cell(at)] }));
    const table = { type: "table", raw: "", rows: [row] } as unknown as MarkdownToken;
    expect(findFootnotes([table], true).notes).toEqual([]);
  });

  it("are kept in what is copied as plain text, and their numbers are not read out", () => {
    const text = "Tea[^1] helps.\n\n[^1]: From *Assam*.";
    expect(toPlainText(text)).toBe("Tea[1] helps.\n\n[1] From Assam.");
    expect(toSpokenText(text)).toBe("Tea helps.\n\nFrom Assam.");
  });
});
