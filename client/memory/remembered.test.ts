import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitRemembered } from "./remembered.ts";

describe("what a model proposes to remember", () => {
  test("MR1 stands at the end of an answer, on lines of its own, and is no part of its words", () => {
    expect(
      splitRemembered("Enjoy.\n\n<remember>Is vegetarian.</remember>\n<remember> Lives in Kiel </remember>\n", false),
    ).toEqual({
      words: "Enjoy.\n",
      facts: ["Is vegetarian.", "Lives in Kiel"],
    });
    expect(splitRemembered("<remember>Only this</remember>", false)).toEqual({ words: "", facts: ["Only this"] });
  });

  test("MR2 anywhere else, or half there for good, it is text like the rest", () => {
    for (const text of [
      "Write <remember>x</remember> to remember.",
      "```\n<remember>x</remember>\n```",
      "a\n<remember>no end",
      "a\n<remember><b>x</b></remember>",
    ])
      expect(splitRemembered(text, false)).toEqual({ words: text, facts: [] });
    expect(splitRemembered("a\n<remember>  </remember>", false)).toEqual({ words: "a", facts: [] });
  });

  test("MR3 is not seen while it arrives, letter by letter, and no other word is held back for good", () => {
    const answer = "Enjoy.\n<remember>Is vegetarian.</remember>";
    for (let end = 9; end <= answer.length; end++)
      expect(splitRemembered(answer.slice(0, end), true).words).toBe("Enjoy.");
    expect(splitRemembered("if a\n<ruby", true).words).toBe("if a\n<ruby");
    fc.assert(
      fc.property(fc.string(), (text) => text.includes("<remember>") || splitRemembered(text, false).words === text),
    );
  });
});
