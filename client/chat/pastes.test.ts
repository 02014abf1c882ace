import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countLines, isLongPaste, joinPastes, splitPastes } from "./pastes.ts";

describe("long pastes", () => {
  it("come back as they went, whatever is in them", () => {
    const text = fc
      .array(fc.constantFrom("~~~~~~", "~", "a", "\n", " pasted", "~~~~~~ pasted\n", "\n\n"))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(fc.constantFrom("", "words", "two\n\nlines"), fc.array(text, { maxLength: 3 }), (words, pastes) => {
        expect(splitPastes(joinPastes({ words, pastes }))).toEqual({ words, pastes });
      }),
    );
  });

  it("are one with no words around them, as a question of nothing else is sent", () => {
    for (const pastes of [["a\nb"], ["a", "~~~~~~ pasted\nb"]])
      expect(splitPastes(joinPastes({ words: "", pastes }).trim())).toEqual({ words: "", pastes });
  });

  it("leave alone what is not one, and what was changed by hand", () => {
    for (const text of [
      "",
      "words",
      "~~~ pasted\nx\n~~~",
      "a\n\n~~~~~~ pasted\nx",
      "a\n\n~~~~~~ pasted\nx\n~~~~~~ and then",
    ])
      expect(splitPastes(text)).toEqual({ words: text, pastes: [] });
  });

  it("are long in characters or in lines", () => {
    expect(isLongPaste("x".repeat(2999))).toBe(false);
    expect(isLongPaste("x".repeat(3000))).toBe(true);
    expect(isLongPaste("x\n".repeat(50))).toBe(true);
    expect(countLines("a\nb\n")).toBe(3);
  });
});
