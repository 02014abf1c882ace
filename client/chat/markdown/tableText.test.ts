import type { Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { lexMarkdown } from "./lexMarkdown.ts";
import { tableRows, toCsv, toMarkdownTable } from "./tableText.ts";

const rows = (markdown: string): string[][] => tableRows(lexMarkdown(markdown)[0] as Tokens.Table);

describe("a table as text", () => {
  const table = rows('| a | **b** |\n|---|---:|\n| 1, "2" | AT&amp;T |\n| x \\| y | `z` |');

  it("reads its cells without their marks", () => {
    expect(table).toEqual([
      ["a", "b"],
      ['1, "2"', "AT&T"],
      ["x | y", "z"],
    ]);
  });

  it("is CSV that a spreadsheet reads and does not run", () => {
    expect(toCsv(table)).toBe('a,b\r\n"1, ""2""",AT&T\r\nx | y,z');
    expect(toCsv([["=HYPERLINK(1)", "-5", "+3.2 %", "-x()", "@a", "-"]])).toBe("'=HYPERLINK(1),-5,+3.2 %,'-x(),'@a,-");
  });

  it("is Markdown with its columns in line, and reads back as the same", () => {
    expect(toMarkdownTable(table)).toBe('| a      | b    |\n| ------ | ---- |\n| 1, "2" | AT&T |\n| x \\| y | z    |');
    expect(rows(toMarkdownTable(table))).toEqual(table);
  });
});
