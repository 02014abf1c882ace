import { describe, expect, test } from "vitest";
import { docIdFromBytes } from "#crypto/ids.ts";
import type { Source } from "#sync/docs/sources.ts";
import { orderSources } from "./orderSources.ts";

const file = docIdFromBytes(new Uint8Array(16));
const sources = ["about dogs", "about cats", "about the weather"].map((text, at): Source => ({
  file,
  name: "a.pdf",
  page: null,
  at,
  text,
}));
const options = { owner: "x", isLocalOnly: true, signal: new AbortController().signal };
const vectorOf: Record<string, number[]> = {
  "Will it rain?": [0, 1],
  "about dogs": [1, 0],
  "about cats": [1, 0.1],
  "about the weather": [0.1, 1],
};

describe("the order of sources", () => {
  test("OS1 counts words and meaning alike, and says by what it went", async () => {
    const asked: unknown[] = [];
    const embed = (texts: readonly string[], given: unknown) => {
      asked.push(given);
      return Promise.resolve(texts.map((text) => vectorOf[text] ?? []));
    };
    const { order, by } = await orderSources("Will it rain?", sources, embed, options);
    expect(by).toBe("meaning");
    // The weather is nearest by meaning and last by words, dogs the other way round; cats are second in both.
    expect(order.indexOf(2)).toBeLessThan(order.indexOf(1));
    expect(asked).toEqual([options]);
  });

  test("OS2 is that of words where nobody compares by meaning, or sends something else", async () => {
    const words = { order: [0, 1, 2], by: "words" };
    expect(await orderSources("x", sources, undefined, options)).toEqual(words);
    expect(await orderSources("x", sources, () => Promise.resolve(null), options)).toEqual(words);
    expect(await orderSources("x", sources, () => Promise.resolve([[1], [1]]), options)).toEqual(words);
  });
});
