import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWordIndex, type WordIndex, type WordQuery } from "./wordIndex.ts";

const query = (terms: readonly string[], more: Partial<WordQuery> = {}): WordQuery => ({
  ...{ terms, combine: "all", hitsMax: 1_000, weigh: () => 1 },
  ...{ isBeginning: () => false, isForgiving: () => false },
  ...more,
});
const slotsOf = (index: WordIndex, asked: WordQuery): number[] => index.search(asked).hits.map(({ slot }) => slot);

/** Letters few enough that words meet, begin with each other and are a letter apart. */
const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 5 });

/** One letter more, less or another, by trying all of them. */
const isNear = (one: string, other: string): boolean =>
  Array.from({ length: other.length + 1 }, (_, at) => [
    other.slice(0, at) + other.slice(at + 1),
    ...["a", "b", "c"].flatMap((letter) => [
      other.slice(0, at) + letter + other.slice(at),
      other.slice(0, at) + letter + other.slice(at + 1),
    ]),
  ])
    .flat()
    .some((each) => each === one && one !== other);

describe("the index of words", () => {
  test("WI1 finds what a look through all texts finds, whatever came, went and was swept out", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(word, { maxLength: 6 }), fc.boolean()), { maxLength: 30 }),
        // So many that come and go in between that their words are swept out and their slots given again.
        fc.nat(600),
        fc.array(fc.tuple(fc.array(word, { maxLength: 6 }), fc.boolean()), { maxLength: 10 }),
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.constantFrom<"all" | "any">("all", "any"),
        fc.constantFrom("exact", "beginning", "forgiving"),
        (before, passing, after, terms, combine, how) => {
          const index = createWordIndex();
          const there = new Map<number, readonly string[]>();
          const take = (texts: typeof before): void => {
            const gone = texts.flatMap(([text, stays]) => {
              const slot = index.add(text);
              expect(there.has(slot), "a slot is one text's").toBe(false);
              there.set(slot, text);
              return stays ? [] : [slot];
            });
            for (const slot of gone) {
              index.remove(slot);
              there.delete(slot);
            }
          };
          take(before);
          take(Array.from({ length: passing }, (_, at) => [["abc", `c${"ab"[at % 2]}`], false]));
          take(after);
          const fits = (term: string, each: string): boolean =>
            each === term ||
            (how === "beginning" && each.startsWith(term)) ||
            (how === "forgiving" && isNear(term, each));
          const wanted = [...there].filter(([, text]) => {
            const has = (term: string): boolean => text.some((each) => fits(term, each));
            return combine === "all" ? terms.every(has) : terms.some(has);
          });
          const asked = query(terms, {
            ...{ combine, isBeginning: () => how === "beginning", isForgiving: () => how === "forgiving" },
          });
          expect(slotsOf(index, asked).sort((a, b) => a - b)).toEqual(
            wanted.map(([slot]) => slot).sort((a, b) => a - b),
          );
          expect(index.size).toBe(there.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("WI2 what is rarer, said more often, in a shorter text, or the word itself comes first", () => {
    const index = createWordIndex();
    const add = (text: string): number => index.add(text.split(" "));
    const plain = add("a loaf of bread and some more words");
    const often = add("a loaf and a loaf and a third loaf");
    const short = add("a loaf");
    const begins = add("a loafer of bread and some more words");
    for (let at = 0; at < 20; at += 1) add("bread bread bread");
    expect(slotsOf(index, query(["loaf"], { isBeginning: () => true }))).toEqual([often, short, plain, begins]);
    expect(slotsOf(index, query(["bread", "third"], { combine: "any" }))[0], "rare").toBe(often);
    expect(slotsOf(index, query(["bread", "loaf"], { combine: "any" }))[0], "both").toBe(plain);
  });

  test("WI3 as many as are asked for, the best of them, and none that is not wanted", () => {
    const index = createWordIndex();
    const slots = Array.from({ length: 50 }, (_, at) => index.add(["tea", ...Array<string>(at).fill("milk")]));
    expect(slotsOf(index, query(["tea"], { hitsMax: 3 }))).toEqual(slots.slice(0, 3));
    expect(slotsOf(index, query(["tea"], { hitsMax: 2, weigh: (slot) => (slot === slots[0] ? 0 : 1) }))).toEqual(
      slots.slice(1, 3),
    );
    expect(slotsOf(index, query(["tea"], { hitsMax: 0 }))).toEqual([]);
    expect(slotsOf(createWordIndex(), query(["tea"]))).toEqual([]);
  });

  test("WI4 words that came after the others were sorted are found by their beginnings", () => {
    const index = createWordIndex();
    for (let at = 0; at < 2_000; at += 1) index.add([`old${at.toString(36)}`]);
    expect(slotsOf(index, query(["old"], { isBeginning: () => true, hitsMax: 5_000 }))).toHaveLength(2_000);
    const late = index.add(["older", "newest"]);
    expect(slotsOf(index, query(["new"], { isBeginning: () => true }))).toEqual([late]);
    expect(index.search(query(["newe"], { isBeginning: () => true })).words).toEqual(new Set(["newest"]));
  });

  test("WI5 a word that is said more often than is counted is one that is said often", () => {
    const index = createWordIndex();
    const slot = index.add(Array<string>(1_000).fill("echo"));
    const next = index.add(["echo"]);
    expect(slotsOf(index, query(["echo"])).sort()).toEqual([slot, next]);
  });
});
