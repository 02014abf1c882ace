import { describe, expect, it } from "vitest";
import { mentionAt, namedSo, withoutMention } from "./mention.ts";

describe("a sign for who answers, or for what goes with the question", () => {
  const at = (words: string): string | null => {
    const caret = words.indexOf("|");
    const found = mentionAt(words.replace("|", ""), caret);
    return found === null ? null : `${found.sign}${found.query} at ${found.start}`;
  };

  it("is one at the beginning or after a space, as long as its word is being typed", () => {
    expect(at("#|")).toBe("# at 0");
    expect(at("Look at #Let|")).toBe("#let at 8");
    expect(at("Look at #Let| and say")).toBe("#let at 8");
    expect(at("two\n@qwen3:8b|")).toBe("@qwen3:8b at 4");
    expect(at("#Größe|")).toBe("#größe at 0");
  });

  it("is none in a word, in a heading, or behind the caret", () => {
    for (const words of ["C#|", "me@home|", "# Heading|", "#one two|", "##|", "a |#b", `#${"x".repeat(41)}|`])
      expect(at(words), words).toBeNull();
  });

  it("finds names by how one of their words begins", () => {
    const items = ["Taxes 2024", "A letter about taxes", "Syntaxes"].map((name) => ({ name }));
    expect(namedSo(items, "tax").map(({ name }) => name)).toEqual(["Taxes 2024", "A letter about taxes"]);
    expect(namedSo(items, "2").map(({ name }) => name)).toEqual(["Taxes 2024"]);
    expect(namedSo(items, "")).toHaveLength(3);
  });

  it("leaves the words that stood around it", () => {
    const left = (words: string): string => {
      const caret = words.indexOf("|");
      const text = words.replace("|", "");
      const found = mentionAt(text, caret);
      return found === null ? "none" : withoutMention(text, found, caret);
    };
    expect(left("#let|")).toBe("");
    expect(left("Read #let| for me")).toBe("Read for me");
    expect(left("Read #let|")).toBe("Read ");
  });
});
