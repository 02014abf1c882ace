import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Splice } from "./edits.ts";
import { createTyping, isWhole } from "./typing.ts";

const applied = (text: string, splices: readonly Splice[]): string =>
  splices.reduce((all, { at, del, text: put }) => all.slice(0, at) + put + all.slice(at + del), text);

const steps = fc.array(fc.record({ at: fc.nat(40), del: fc.nat(5), put: fc.constantFrom("", "x", "yz", "\n", "🦉") }), {
  maxLength: 12,
});

/** As somebody types: near the place before, more often than not. */
function typed(before: string, all: readonly { at: number; del: number; put: string }[]): Splice[] {
  let text = before;
  return all.map(({ at: given, del: wanted, put }) => {
    const at = given % (text.length + 1);
    const splice = { at, del: Math.min(wanted, text.length - at), text: put };
    text = applied(text, [splice]);
    return splice;
  });
}

describe("typing", () => {
  it("AF17 what was typed one by one, and what is taken as one change, lead to the same text, letter by letter", () => {
    let joined = 0;
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), steps, (before, all) => {
        const typing = createTyping();
        let text = before;
        const splices = typed(before, all);
        for (const splice of splices) {
          typing.add(splice);
          text = applied(text, [splice]);
          expect(typing.textOn(before)).toBe(text);
        }
        const taken = typing.take();
        expect(applied(before, taken)).toBe(text);
        expect(typing.isEmpty()).toBe(true);
        expect(typing.textOn(text)).toBe(text);
        joined += splices.length - taken.length;
      }),
      { numRuns: 500 },
    );
    expect(joined, "many touch").toBeGreaterThan(200);
  });

  it("AF17 a word is one splice, and a letter that is taken back at once is none", () => {
    const typing = createTyping();
    for (const [index, letter] of [..."word"].entries()) typing.add({ at: 3 + index, del: 0, text: letter });
    typing.add({ at: 6, del: 1, text: "" });
    expect(typing.take()).toEqual([{ at: 3, del: 0, text: "wor" }]);
    typing.add({ at: 3, del: 0, text: "x" });
    typing.add({ at: 3, del: 1, text: "" });
    expect(typing.isEmpty()).toBe(true);
    typing.add({ at: 9, del: 0, text: "" });
    expect(typing.isEmpty()).toBe(true);
  });

  it("AF17 a place in the text is told in what is written, and back", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5, maxLength: 20 }), steps, (before, all) => {
        const typing = createTyping();
        for (const splice of typed(before, all)) typing.add(splice);
        const text = typing.textOn(before);
        for (let at = 0; at < text.length; at++) {
          const place = typing.toWritten(at);
          if (place === null) continue;
          // It stands before the same letter on both sides.
          expect(before[place]).toBe(text[at]);
          expect(typing.fromWritten(place)).toBe(at);
        }
        expect(typing.toWritten(text.length)).toBe(before.length);
      }),
      { numRuns: 500 },
    );
    const typing = createTyping();
    typing.add({ at: 2, del: 0, text: "abc" });
    expect([1, 2, 4, 5, 6].map(typing.toWritten)).toEqual([1, null, null, 2, 3]);
  });

  it("AF17 halves of a character are no letters", () => {
    const owl = "a🦉b";
    expect(isWhole(owl, { at: 1, del: 2, text: "x" })).toBe(true);
    expect(isWhole(owl, { at: 2, del: 1, text: "" })).toBe(false);
    expect(isWhole(owl, { at: 1, del: 1, text: "" })).toBe(false);
    expect(isWhole(owl, { at: 0, del: 0, text: "🦉"[0] ?? "" })).toBe(false);
  });
});
