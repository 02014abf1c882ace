import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CryptoError } from "./errors.ts";
import { envelopeBytesMax, paddedBytesMin } from "./limits.ts";
import { isPaddedLength, padBody, paddedLength, unpadBody, unpadForm } from "./padding.ts";
import { flipped } from "./testing/fixtures.ts";

const PREFIX_BYTES = 5;

describe("padding", () => {
  test("PA1 a body comes back from its padding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.nat(5_000), (body, min) => {
        const padded = padBody(body, min);
        expect(isPaddedLength(padded.length)).toBe(true);
        expect(padded.length).toBeGreaterThanOrEqual(min);
        expect(unpadBody(padded)).toEqual(body);
      }),
    );
  });

  test("PA2 adds at most 12 %, above the floor, and never shortens", () => {
    for (let length = 0; length <= envelopeBytesMax; length += 1 + Math.floor(length / 50)) {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(Math.max(length, paddedBytesMin));
      expect(padded).toBeLessThanOrEqual(Math.max(length * 1.12, paddedBytesMin));
      expect(paddedLength(padded)).toBe(padded);
    }
  });

  test("PA3 tells few lengths apart: under 100 up to 8 KiB, one below the floor", () => {
    const lengths = new Set(Array.from({ length: 8_192 }, (_, length) => paddedLength(length)));
    expect(lengths.size).toBeLessThan(100);
    expect(new Set(Array.from({ length: paddedBytesMin }, (_, length) => paddedLength(length)))).toEqual(new Set([64]));
  });

  test("PA4 refuses unknown flags, a length beyond the padding, and padding that is not zeros", () => {
    const padded = padBody(Uint8Array.of(1, 2, 3));
    for (const bit of [1, 2, 0x80]) {
      const flagged = flipped(padded, 0, bit);
      expect(() => unpadBody(flagged)).toThrow(expect.objectContaining({ code: "version" }));
      if (bit === 1) expect(unpadForm(flagged)).toMatchObject({ form: "deflated" });
      else expect(() => unpadForm(flagged)).toThrow(expect.objectContaining({ code: "version" }));
    }
    expect(() => unpadBody(flipped(padded, 1, 0x80))).toThrow(expect.objectContaining({ code: "malformed" }));
    for (let at = PREFIX_BYTES + 3; at < padded.length; at++)
      expect(() => unpadBody(flipped(padded, at))).toThrow("zeros");
    for (let length = 0; length < PREFIX_BYTES; length++)
      expect(() => unpadBody(padded.subarray(0, length))).toThrow(CryptoError);
  });
});
