import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beforeHalfCitation, citedNumbers, splitCitations } from "./cited.ts";

const has = (number: number): boolean => number >= 1 && number <= 3;
const shown = (text: string): string =>
  splitCitations(text, has)
    .map((part) => (part.kind === "text" ? part.text : `<${part.number}>`))
    .join("");

describe("citations", () => {
  test("CI1 are the numbers of sources that there are, in any of the forms that models write", () => {
    expect(shown("900 euros [1]. Pets [2][3], [1, 2].")).toBe("900 euros <1>. Pets <2><3>, <1><2>.");
    expect(shown("So 【2】 and 【3†L4-L7】.")).toBe("So <2> and <3>.");
    expect(shown("a[4] b[0] c[1,9] d[x] [12345] 【9】")).toBe("a[4] b[0] c[1,9] d[x] [12345] 【9】");
    expect(citedNumbers("[2] then [1, 2] and 【3】")).toEqual([2, 1, 3]);
  });

  test("CI2 nothing of a text is lost beside them", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          splitCitations(text, () => false)
            .map((part) => (part.kind === "text" ? part.text : ""))
            .join(""),
        ).toBe(text);
      }),
    );
  });

  test("CI3 one that is half there waits for the rest", () => {
    expect(["a [", "a [1", "a [1, 2", "a 【2†L", "a [1]", "a [x"].map(beforeHalfCitation)).toEqual([
      ...["a ", "a ", "a ", "a ", "a [1]", "a [x"],
    ]);
  });
});
