import { describe, expect, it } from "vitest";
import { fitting } from "./commands.ts";
import { createSearchIndex, toWords, type SearchMessage } from "./searchIndex.ts";
import { toSnippet } from "./snippet.ts";

const message = (id: string, text: string, at = 1): SearchMessage => ({ id, text, at, role: "user" });
const idsOf = (hits: readonly { id: string }[]): string[] => hits.map(({ id }) => id);

describe("the search index", () => {
  it("finds every word typed, also the beginning of a word, without regard to case and accents", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "Crème brûlée wants patience"), message("2", "The crème of the crop")]);
    expect(idsOf(index.search("CREME bru", 9))).toEqual(["1"]);
    expect(idsOf(index.search("crème", 9)).sort()).toEqual(["1", "2"]);
    expect(index.search("   ", 9)).toEqual([]);
    expect(index.search("nothing such", 9)).toEqual([]);
  });

  it("forgives one wrong letter where nothing fits exactly", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "A sourdough loaf")]);
    expect(idsOf(index.search("sourdaugh", 9))).toEqual(["1"]);
  });

  it("follows a message that grows, and forgets a chat", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "Once upon")]);
    index.put("c", [message("1", "Once upon a midnight")]);
    expect(index.size).toBe(1);
    expect(idsOf(index.search("midnight", 9))).toEqual(["1"]);
    index.forget("c");
    expect(index.search("once", 9)).toEqual([]);
    index.put("c", [message("1", "Once upon a midnight")]);
    expect(idsOf(index.search("once", 9)), "an undone deletion").toEqual(["1"]);
  });

  it("finds words of scripts that write no spaces", () => {
    const index = createSearchIndex();
    index.put("c", [message("1", "東京の天気はどうですか"), message("2", "京都")]);
    expect(idsOf(index.search("天気", 9))).toEqual(["1"]);
    expect(toWords("東京 x")).toEqual(["東京", "x"]);
  });

  it("answers within 50 ms over 10,000 messages", () => {
    const index = createSearchIndex();
    const words = Array.from(
      { length: 4000 },
      (_, n) => `${"bcdfghklmnprst"[n % 14]}${"aeiou"[n % 5]}${n.toString(36)}`,
    );
    const messages = Array.from({ length: 10_000 }, (_, n) =>
      message(String(n), Array.from({ length: 60 }, (_none, w) => words[(n * 31 + w * w * 17) % 4000]).join(" "), n),
    );
    index.put("c", messages);
    const times = ["ba", "ba1", `${words[7]} ${words[24]}`, "so", words[99] ?? ""].map((query) => {
      const start = performance.now();
      index.search(query, 30);
      return performance.now() - start;
    });
    const median = times.sort((a, b) => a - b)[2] ?? 0;
    expect(median).toBeLessThan(50);
    // Building it takes its time on a busy machine; that is not what is measured.
  }, 60_000);
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
