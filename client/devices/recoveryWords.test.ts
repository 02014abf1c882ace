import { beforeAll, describe, expect, it } from "vitest";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createNewWords, isWord, pickPlaces, readWords } from "./recoveryWords.ts";

beforeAll(() => sodiumReady);

describe("the 24 words", () => {
  it("are words of the list, and read back to what they stand for", async () => {
    const made = await createNewWords();
    expect(made.words).toHaveLength(24);
    expect(await readWords(made.words.join(" "))).toEqual({ kind: "secret", secret: made.secret });
    const before = made.secret.slice();
    made.forget();
    expect(made.secret).not.toEqual(before);
    expect(made.secret.every((byte) => byte === 0)).toBe(true);
  });

  it("three different ones are asked for, each as likely as any other", () => {
    const counts = Array.from({ length: 24 }, () => 0);
    for (let round = 0; round < 4_000; round++) {
      const places = pickPlaces(systemRandom(64));
      expect(new Set(places).size).toBe(3);
      for (const place of places) counts[place] = (counts[place] ?? 0) + 1;
    }
    // 500 each on average; seven standard deviations either way.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(150);
    expect(pickPlaces(new Uint8Array(64).fill(255))).toEqual([0, 11, 23]);
  });

  it("count as written when they are, in any case, or by four letters", () => {
    for (const typed of ["abandon", " Abandon ", "ABAN", "aband"]) expect(isWord(typed, "abandon")).toBe(true);
    for (const typed of ["", "aba", "abandons", "ability"]) expect(isWord(typed, "abandon")).toBe(false);
    expect(isWord("act", "act")).toBe(true);
    expect(isWord("acto", "act")).toBe(false);
  });
});
