import { expect, test } from "vitest";
import { tinyGguf } from "../../testing/tinyGguf.ts";
import { parseGgufHead } from "./gguf.ts";

const whole = Buffer.from(tinyGguf());

test("says for how many tokens a model was trained", () => {
  expect(parseGgufHead(whole)).toEqual({
    contextTokens: 2_048,
    // Two layers, four heads of sixteen, keys and values.
    cache: [{ layers: 2, valuesPerToken: 128, windowTokens: null }],
  });
});

test("what is no GGUF is none, and a head that is cut off says nothing", () => {
  for (const text of [
    "",
    "GGUF",
    "something else that is long enough to be one",
    "GGUF\x09\0\0\0 and a version nobody knows",
  ]) {
    expect(parseGgufHead(Buffer.from(text, "latin1"))).toBe(null);
  }
  for (let length = 24; length < 200; length++) expect(parseGgufHead(whole.subarray(0, length))).toMatchObject({});
});

test("any byte may be wrong: it ends, and never throws", () => {
  for (let at = 4; at < 2_000; at++) {
    const bytes = Buffer.from(whole.subarray(0, 20_000));
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    const head = parseGgufHead(bytes);
    expect(head === null || head.contextTokens === null || head.contextTokens >= 0).toBe(true);
  }
});
