import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CryptoError } from "./errors.ts";
import { createRecoverySecret, readRecoveryWords, recoveryKeys, recoveryWords } from "./recovery.ts";
import { createSeededRandom } from "./testing/fixtures.ts";

const random = createSeededRandom(12);

/** Shaped as BIP-39's list is: 2,048 words, named by four letters. */
const letters = "abcdefghijklmnop";
const WORDLIST = Array.from({ length: 2_048 }, (_, index) => {
  const [high, middle, low] = [index >> 8, (index >> 4) & 15, index & 15].map((digit) => letters[digit]!);
  return `${high}${middle}${low}x${index % 3 === 0 ? "" : "word"}`;
});

describe("recovery", () => {
  test("RC1 24 words give back the secret, and the secret its keys", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
        const words = recoveryWords(secret, WORDLIST);
        expect(words).toHaveLength(24);
        expect(readRecoveryWords(words.join(" "), WORDLIST)).toEqual({ kind: "secret", secret });
        expect(recoveryKeys(secret)).toEqual(recoveryKeys(Uint8Array.from(secret)));
      }),
      { numRuns: 40 },
    );
  });

  test("RC2 any way of writing them down is read", () => {
    const secret = createRecoverySecret(random);
    const words = recoveryWords(secret, WORDLIST);
    const written = [
      words.join("\n"),
      words.map((word, index) => `${index + 1}. ${word.toUpperCase()}`).join(",  "),
      ` ${words.map((word) => word.slice(0, 4)).join("\t")} `,
    ];
    for (const text of written) expect(readRecoveryWords(text, WORDLIST)).toEqual({ kind: "secret", secret });
  });

  test("RC3 says which word is not one, and how many there are", () => {
    const words = recoveryWords(createRecoverySecret(random), WORDLIST);
    expect(readRecoveryWords("", WORDLIST)).toEqual({ kind: "count", count: 0 });
    expect(readRecoveryWords(words.slice(1).join(" "), WORDLIST)).toEqual({ kind: "count", count: 23 });
    expect(readRecoveryWords([...words, "aaax"].join(" "), WORDLIST)).toEqual({ kind: "count", count: 25 });
    const mistyped = words.with(4, "zebra").join(" ");
    expect(readRecoveryWords(mistyped, WORDLIST)).toEqual({ kind: "unknown", position: 5, word: "zebra" });
    expect(readRecoveryWords(words.with(0, "aaa").join(" "), WORDLIST)).toMatchObject({ kind: "unknown", position: 1 });
  });

  test("RC4 two words exchanged, or one for another, are noticed 255 times of 256", () => {
    const words = recoveryWords(createRecoverySecret(random), WORDLIST);
    const noticed = WORDLIST.filter(
      (word) => readRecoveryWords(words.with(7, word).join(" "), WORDLIST).kind === "check",
    );
    expect(noticed.length).toBeGreaterThan(2_048 * 0.98);
    expect(noticed.length).toBeLessThan(2_048);
  });

  test("RC5 sign key and box key are not the secret, nor each other", () => {
    const secret = createRecoverySecret(random);
    const { sign, box } = recoveryKeys(secret);
    const all = [secret, sign.secretKey.subarray(0, 32), box.secretKey, sign.publicKey, box.publicKey].map(String);
    expect(new Set(all).size).toBe(5);
  });

  test("RC6 another list, or another length of secret, is our mistake and refused", () => {
    expect(() => recoveryWords(createRecoverySecret(random), WORDLIST.slice(1))).toThrow(CryptoError);
    expect(() => readRecoveryWords("", [])).toThrow(CryptoError);
    expect(() => recoveryWords(new Uint8Array(31), WORDLIST)).toThrow(CryptoError);
  });
});
