import { describe, expect, it } from "vitest";
import { fitting } from "./commands.ts";
import { createSearchIndex, type SearchHit, type SearchIndex, type SearchMessage } from "./searchIndex.ts";
import { noFilter } from "./searchQuery.ts";
import { toWords } from "./searchWords.ts";
import { toSnippet } from "./snippet.ts";

const message = (id: string, text: string, at = 1): SearchMessage => ({
  ...{ id, text, at, role: "user", by: null },
});
const find = (index: SearchIndex, words: string, hitsMax: number): readonly SearchHit[] =>
  index.search({ words, filter: noFilter, chats: null, hitsMax });
const idsOf = (hits: readonly { id: string }[]): string[] => hits.map(({ id }) => id);

describe("the search index", () => {
  it("finds every word typed, also the beginning of a word, without regard to case and accents", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "Crème brûlée wants patience"), message("2", "The crème of the crop")]);
    expect(idsOf(find(index, "CREME bru", 9))).toEqual(["1"]);
    expect(idsOf(find(index, "crème", 9)).sort()).toEqual(["1", "2"]);
    expect(find(index, "nothing such", 9)).toEqual([]);
  });

  it("says whose words they are, and what a tool asked is not from its owner", () => {
    const index = createSearchIndex();
    const asked = message("1", "Which tests fail");
    index.put("c", [
      asked,
      { ...asked, id: "2", by: "OpenCode" },
      { ...asked, id: "3", role: "assistant", by: "tiny" },
    ]);
    const again = createSearchIndex();
    again.load(index.takeChanged());
    expect(new Map(find(again, "tests", 9).map(({ id, by }) => [id, by]))).toEqual(
      new Map([
        ["1", null],
        ["2", "OpenCode"],
        ["3", "tiny"],
      ]),
    );
    const from = (role: "user" | "assistant") =>
      idsOf(again.search({ words: "tests", filter: { ...noFilter, from: role }, chats: null, hitsMax: 9 }));
    expect([from("user"), from("assistant")]).toEqual([["1"], ["3"]]);
  });

  it("forgives one wrong letter where nothing fits exactly", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "A sourdough loaf")]);
    expect(idsOf(find(index, "sourdaugh", 9))).toEqual(["1"]);
  });

  it("follows a message that grows, and forgets a chat", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "Once upon")]);
    index.put("c", [message("1", "Once upon a midnight")]);
    expect(index.size).toBe(1);
    expect(idsOf(find(index, "midnight", 9))).toEqual(["1"]);
    index.forget("c");
    expect(find(index, "once", 9)).toEqual([]);
    index.put("c", [message("1", "Once upon a midnight")]);
    expect(idsOf(find(index, "once", 9)), "an undone deletion").toEqual(["1"]);
  });

  it("finds words of scripts that write no spaces", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "東京の天気はどうですか"), message("2", "京都")]);
    expect(idsOf(find(index, "天気", 9))).toEqual(["1"]);
    expect(toWords("東京 x")).toEqual(["東京", "x"]);
  });

  it("leaves out what a chat no longer has", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "apples"), message("2", "apples too")]);
    index.put("d", [message("1", "apples elsewhere")]);
    index.retain("c", ["2"]);
    expect(
      find(index, "apples", 9)
        .map(({ chat, id }) => `${chat}${id}`)
        .sort(),
    ).toEqual(["c2", "d1"]);
    index.put("c", [message("2", "")]);
    expect(idsOf(find(index, "too", 9)), "emptied").toEqual([]);
  });

  it("is narrowed by chat, writer and time; without words, the newest come first", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "tea", 10), { ...message("2", "tea", 20), role: "assistant" }]);
    index.put("d", [message("3", "tea", 30)]);
    const ids = (question: Partial<Parameters<SearchIndex["search"]>[0]>): string[] =>
      idsOf(index.search({ words: "tea", filter: noFilter, chats: null, hitsMax: 9, ...question })).sort();
    expect(ids({ chats: ["c"] })).toEqual(["1", "2"]);
    expect(ids({ chats: [] })).toEqual([]);
    expect(ids({ filter: { ...noFilter, from: "assistant" } })).toEqual(["2"]);
    expect(ids({ filter: { ...noFilter, before: 30, after: 20 } })).toEqual(["2"]);
    expect(idsOf(index.search({ words: "", filter: noFilter, chats: null, hitsMax: 2 }))).toEqual(["3", "2"]);
  });

  const manyMessages = (count: number): SearchMessage[] => {
    const words = Array.from(
      { length: 4000 },
      (_, n) => `${"bcdfghklmnprst"[n % 14]}${"aeiou"[n % 5]}${n.toString(36)}`,
    );
    return Array.from({ length: count }, (_, n) =>
      message(`m${n}`, Array.from({ length: 30 }, (_none, w) => words[(n * 31 + w * w * 17) % 4000]).join(" "), n),
    );
  };

  it("goes to the disk in parts, and only those that changed; what comes back finds the same and goes on", () => {
    const index = createSearchIndex();
    const messages = manyMessages(4_500);
    index.put("c", messages);
    const saved = index.takeChanged();
    expect(saved.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(index.takeChanged()).toEqual([]);
    const word = messages[3_000]?.text.split(" ")[4] ?? "";
    const again = createSearchIndex();
    again.load(saved);
    expect(again.size).toBe(4_500);
    expect(idsOf(find(again, word, 99))).toEqual(idsOf(find(index, word, 99)));

    again.put("c", messages);
    expect(again.takeChanged(), "nothing is new").toEqual([]);
    again.put("c", [message("m7", "an exceptional sentence")]);
    const changed = again.takeChanged();
    expect(
      changed.map(({ id }) => id),
      "where it was, and where it is",
    ).toEqual([0, 2]);
    expect(changed[0]?.stamp).not.toBe(saved[0]?.stamp);
    const third = createSearchIndex();
    third.load([...saved.filter(({ id }) => id === 1), ...changed]);
    expect(idsOf(find(third, "exceptional", 9))).toEqual(["m7"]);
    expect(third.size).toBe(4_500);
    third.put("d", [message("x", "one more")]);
    expect(idsOf(find(third, "one more", 9))).toEqual(["x"]);
    // Thousands of messages are made into an index three times.
  }, 60_000);

  it("what was forgotten is not in what is saved, not even its words", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "rhubarb")]);
    index.put("d", [message("2", "custard")]);
    index.takeChanged();
    index.forget("c");
    const [part] = index.takeChanged();
    expect(part?.json).toContain("custard");
    expect(part?.json).not.toContain("rhubarb");
    index.forget("d");
    expect(index.takeChanged().map(({ json }) => json)).toEqual([null]);
    expect(index.takeChanged()).toEqual([]);
  });

  it("refuses what is no part of an index", () => {
    const index = createSearchIndex();
    expect(() => index.load([{ id: 0, stamp: 1, json: "{}" }])).toThrow(TypeError);
    const other = createSearchIndex();
    other.put("c", [message("1", "words")]);
    const json = other.takeChanged()[0]?.json ?? "";
    const twice = [0, 1].map((id) => ({ id, stamp: 1, json }));
    expect(() => index.load(twice)).toThrow("an index of other messages");
    expect(() => index.load([{ id: 0, stamp: 1, json: '[["c","1","user"]]' }])).toThrow("no row of an index");
  });
});

describe("a snippet", () => {
  it("is a line around the first hit, with the hits apart, and without Markdown", () => {
    const text = `${"Much comes before. ".repeat(10)}**Bake** the [loaf](https://x.y) until\n\nit is \`dark\`. ${"And after. ".repeat(40)}`;
    const parts = toSnippet(text, ["loaf"]);
    const line = parts.map((part) => part.text).join("");
    expect(line).toContain("Bake the loaf until it is dark.");
    expect(line.startsWith("… ")).toBe(true);
    expect(line.endsWith(" …")).toBe(true);
    expect(line.length).toBeLessThan(200);
    expect(parts.filter(({ isHit }) => isHit)).toEqual([{ text: "loaf", isHit: true }]);
  });

  it("marks what begins with a word, in the text's own spelling", () => {
    expect(toSnippet("Crème brûlée", ["brulee", "cre"]).filter(({ isHit }) => isHit)).toEqual([
      { text: "Crème", isHit: true },
      { text: "brûlée", isHit: true },
    ]);
  });
});

describe("commands", () => {
  it("fit by the beginnings of their words, the best first", () => {
    const items = ["Theme: dark", "New chat", "A new theme"].map((label) => ({ label }));
    expect(fitting(items, "the").map(({ label }) => label)).toEqual(["Theme: dark", "A new theme"]);
    expect(fitting(items, "dar the").map(({ label }) => label)).toEqual(["Theme: dark"]);
    expect(fitting(items, "")).toHaveLength(3);
  });
});
