import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteCharsMax, splitQuote, toQuote } from "./quotes.ts";

describe("what is quoted", () => {
  it("stands before the question, and is told from it", () => {
    const quote = toQuote("  Two lines,\n\n\n\nand a third.\n");
    expect(quote).toBe("> Two lines,\n>\n> and a third.\n\n");
    expect(splitQuote(`${quote}Is that so?`)).toEqual({
      quote: "Two lines,\n\nand a third.",
      words: "Is that so?",
    });
  });

  it("is nothing where there is no question after it, or where it comes later", () => {
    for (const text of ["> alone", "> alone\n\n", "First\n> then", "", "a > b"])
      expect(splitQuote(text)).toEqual({ quote: "", words: text });
    expect(toQuote(" \n ")).toBe("");
  });

  it("is cut where it is longer than what is talked about", () => {
    expect(toQuote("x".repeat(quoteCharsMax * 3)).length).toBeLessThan(quoteCharsMax + 10);
  });

  it("comes back as it went in, whatever it is", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ">", " ", "\n"), maxLength: 40 });
    fc.assert(
      fc.property(text, (said) => {
        const quote = toQuote(said);
        fc.pre(quote !== "");
        const { quote: back, words } = splitQuote(`${quote}So?`);
        expect(words).toBe("So?");
        expect(back).toBe(
          said
            .trim()
            .replace(/\n{3,}/g, "\n\n")
            .replace(/ +$/gm, ""),
        );
      }),
    );
  });
});
