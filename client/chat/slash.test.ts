import { describe, expect, it } from "vitest";
import { fillTemplate, fittingItems, nextPlace, slashQuery } from "./slash.ts";

describe("a slash at the beginning of a message", () => {
  it("is a question for a command only while one word is being typed there", () => {
    expect(slashQuery("/", 1)).toBe("");
    expect(slashQuery("/Sum", 4)).toBe("sum");
    for (const words of ["", "a /b", "/a b", "/usr/bin\n", "//\n"]) expect(slashQuery(words, words.length)).toBeNull();
    expect(slashQuery("/sum", 2)).toBeNull();
  });

  it("offers what begins so before what only has it", () => {
    const items = ["resume", "sum", "new"].map((name) => ({ id: name, name, says: "" }));
    expect(fittingItems(items, "sum").map(({ name }) => name)).toEqual(["sum", "resume"]);
    expect(fittingItems(items, "")).toHaveLength(3);
    expect(fittingItems(items, "x")).toEqual([]);
  });

  it("goes from place to place in a template, and around", () => {
    const text = "Dear {{name}}, about {{matter}}.";
    expect(nextPlace(text, 0)).toEqual({ start: 5, end: 13 });
    expect(nextPlace(text, 6)).toEqual({ start: 21, end: 31 });
    expect(nextPlace(text, 30)).toEqual({ start: 5, end: 13 });
    expect(nextPlace("{{}} {{a\nb}}", 0)).toBeNull();
    expect(fillTemplate("On {{ date }}: {{x}}", "Monday")).toBe("On Monday: {{x}}");
  });
});
