import { describe, expect, test } from "vitest";
import { passageChars } from "./limits.ts";
import { createPassageIndex, parsePassageIndex } from "./passageIndex.ts";
import { toPassages } from "./passages.ts";

const file = (
  name: string,
  text: string,
  isPaged = false,
): Parameters<ReturnType<typeof createPassageIndex>["put"]>[0] => ({
  file: name,
  name: `${name}.pdf`,
  text,
  isPaged,
});

describe("passages", () => {
  test("PG1 stand within a page, end where a reader pauses, and can be found again by their place", () => {
    const sentence = "The lessor returns the deposit within two months of the end of the lease. ";
    const text = `${sentence.repeat(30)}\f\fShort page.\f${"x".repeat(2_000)}`;
    const passages = toPassages(text, true);
    for (const { at, text: words, page } of passages) {
      expect(words.length).toBeLessThanOrEqual(passageChars);
      expect(text.slice(at, at + words.length)).toBe(words);
      expect(text.slice(0, at).split("\f")).toHaveLength(page ?? 0);
    }
    expect(passages.filter(({ page }) => page === 1).every(({ text: words }) => words.endsWith("lease."))).toBe(true);
    expect(passages.map(({ page }) => page)).toEqual([1, 1, 1, 3, 4, 4, 4]);
    expect(
      passages
        .map(({ text: words }) => words)
        .join("")
        .replace(/\s/g, ""),
    ).toBe(text.replace(/\s/g, ""));
  });

  test("PG2 a character of two units stays whole", () => {
    for (const { text } of toPassages(`a${"🜂".repeat(2_000)}`, false)) expect(text.isWellFormed()).toBe(true);
  });
});

describe("the index of passages", () => {
  const made = () => {
    const index = createPassageIndex();
    index.put(file("lease", "The deposit is 900 euros.\fNotice is given three months ahead.\fPets: one cat.", true));
    index.put(file("car", "Oil is changed every two years.\nThe deposit for the rental car is 300 euros."));
    return index;
  };

  test("PG3 finds by words in any order and number, the best first, with file, page and place", () => {
    const index = made();
    const [first] = index.search({ words: "How many months of notice must I give?", hitsMax: 5 });
    expect(first).toEqual({
      ...{ file: "lease", name: "lease.pdf", page: 2, at: 26 },
      text: "Notice is given three months ahead.",
    });
    expect(index.search({ words: "rental deposits", hitsMax: 5 })[0]?.file).toBe("car");
    expect(index.search({ words: "what is the", hitsMax: 5 })).toEqual([]);
    expect(index.search({ words: "KATZE zebra", hitsMax: 5 })).toEqual([]);
    expect(index.search({ words: "deposit", hitsMax: 1 })).toHaveLength(1);
  });

  test("PG4 a file that the question is about is shown from its beginning where no word of it is meant", () => {
    const index = made();
    const found = index.search({ words: "Summarise this", hitsMax: 2, about: ["lease"] });
    expect(found.map(({ page }) => page)).toEqual([1, 2]);
    expect(index.search({ words: "cat", hitsMax: 9, about: ["lease"] }).map(({ page }) => page)).toEqual([3, 1, 2]);
  });

  test("PG5 what is taken out is found no more, and a file is there once", () => {
    const index = made();
    index.put(file("car", "Only tyres."));
    expect(index.search({ words: "oil", hitsMax: 5 })).toEqual([]);
    index.retain(["car"]);
    expect(index.search({ words: "deposit notice cat", hitsMax: 5 })).toEqual([]);
    expect([index.files, index.size]).toEqual([["car"], 1]);
  });

  test("PG6 comes back from what was saved, and goes on; one of another version does not", () => {
    const index = made();
    index.retain(["lease"]);
    const again = parsePassageIndex(index.toJson());
    again?.put(file("new", "The cellar key hangs in the hall."));
    expect(again?.search({ words: "cellar key", hitsMax: 3 })[0]?.file).toBe("new");
    expect(again?.search({ words: "cat", hitsMax: 3 })[0]?.page).toBe(3);
    expect(parsePassageIndex(index.toJson().replace('"version":2', '"version":0'))).toBeNull();
  });

  test("PG7 among many, words that nearly all of them have do not count beside one that few have", () => {
    const index = createPassageIndex();
    const page = (at: number): string => `kontrakt kontrakt clause ${at} ${at === 150 ? "about the boathouse" : ""}`;
    index.put(file("all", Array.from({ length: 300 }, (_, at) => page(at)).join("\f"), true));
    for (const known of [index, parsePassageIndex(index.toJson())]) {
      expect(known?.search({ words: "kontrakt clause boathouse", hitsMax: 9 }).map(({ page: on }) => on)).toEqual([
        151,
      ]);
      expect(known?.search({ words: "kontrakt", hitsMax: 9 })).toHaveLength(9);
    }
  });
});
