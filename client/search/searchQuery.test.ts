import { describe, expect, it } from "vitest";
import { type FilterWords, parseSearch, quoted, withoutPiece, withValue } from "./searchQuery.ts";

const english: FilterWords = {
  keys: { in: "in", is: "is", from: "from", before: "before", after: "after" },
  states: { pinned: "pinned", archived: "archived", unread: "unread" },
  me: "me",
  assistant: "assistant",
  today: "today",
  yesterday: "yesterday",
};
const german: FilterWords = {
  keys: { in: "in", is: "ist", from: "von", before: "vor", after: "seit" },
  states: { pinned: "angeheftet", archived: "archiviert", unread: "ungelesen" },
  me: "mir",
  assistant: "assistent",
  today: "heute",
  yesterday: "gestern",
};
const now = new Date(2026, 10, 21, 15).getTime();
const parse = (text: string, words = english) => parseSearch(text, words, now);
const day = (year: number, month = 1, date = 1): number => new Date(year, month - 1, date).getTime();

describe("what is typed into the search", () => {
  it("is words and filters, in any order", () => {
    const query = parse('sour in:bread dough is:pinned from:me before:2026-03 after:2025 in:"old notes"');
    expect(query.words).toBe("sour dough");
    expect(query.places).toEqual(["bread", "old notes"]);
    expect(query.states).toEqual(["pinned"]);
    expect(query.filter).toEqual({ from: "user", before: day(2026, 3), after: day(2025) });
    expect(query.pieces.map(({ key, value }) => `${key}=${value}`)).toEqual([
      ...["in=bread", "is=pinned", "from=me", "before=2026-03", "after=2025", "in=old notes"],
    ]);
    expect(query.open).toBeNull();
  });

  it("knows days by this device's calendar", () => {
    expect(parse("after:today ").filter.after).toBe(day(2026, 11, 21));
    expect(parse("after:yesterday ").filter.after).toBe(day(2026, 11, 20));
    expect(parse("before:2026-2-9 ").filter.before).toBe(day(2026, 2, 9));
    for (const none of ["2026-02-30", "2026-13", "26", "soon", "2026-1-1-1"])
      expect(parse(`before:${none} x`), none).toMatchObject({ words: `before:${none} x`, filter: { before: null } });
  });

  it("passes nothing over: what means nothing is a word", () => {
    expect(parse("see https://example.com/a is:odd and note: this").words).toBe(
      "see https://example.com/a is:odd and note: this",
    );
    expect(parse("main:in:x").words).toBe("main:in:x");
    expect(parse("   ").words).toBe("");
  });

  it("has a filter that is being written at its end, and it is not one yet", () => {
    expect(parse("tea in:").open).toMatchObject({ key: "in", value: "", start: 4 });
    expect(parse("tea is:pin")).toMatchObject({ words: "tea", open: { key: "is", value: "pin" }, pieces: [] });
    expect(parse("tea is:pin x").words, "given up").toBe("tea is:pin x");
    expect(parse('tea in:"old no')).toMatchObject({ places: ["old no"], open: { value: "old no" } });
    expect(parse('tea in:"old notes"').open).toBeNull();
  });

  it("understands the app's language, and English always", () => {
    const query = parse("ist:angeheftet von:mir vor:heute is:unread tee", german);
    expect(query).toMatchObject({ words: "tee", states: ["pinned", "unread"], filter: { from: "user" } });
    expect(query.filter.before).toBe(day(2026, 11, 21));
    expect(parse("von:mir").words, "not in English").toBe("von:mir");
  });

  it("is edited by filter: one taken out, a value put in", () => {
    const text = "sour is:pinned dough";
    const [piece] = parse(text).pieces;
    expect(piece && withoutPiece(text, piece)).toBe("sour dough");
    expect(withValue("sour in:br", parse("sour in:br").open, 'in:"Bread and more" ')).toBe('sour in:"Bread and more" ');
    expect(withValue("sour", null, "in:")).toBe("sour in:");
    expect(withValue("", null, "in:")).toBe("in:");
    expect(quoted('a "b" c')).toBe('"a b c"');
  });
});
