import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { authorIdFromBytes } from "./ids.ts";
import { liveTextSealedBytes } from "./limits.ts";
import { liveTextKey, openLiveText, sealLiveText, type LiveText } from "./liveText.ts";
import { sodiumReady } from "./sodium.ts";

const docKey = new Uint8Array(32).fill(7);
const lane = authorIdFromBytes(new Uint8Array(16).fill(1));
const other = authorIdFromBytes(new Uint8Array(16).fill(2));
const piece = (text: string): LiveText => ({ place: "text", offset: 12, text });

beforeAll(() => sodiumReady);

describe("live text", () => {
  test("LT1 any text comes back as it was, and every frame has one size", () => {
    const key = liveTextKey(docKey, lane);
    const live = fc.record({
      place: fc.constantFrom("text" as const, "thinking" as const),
      offset: fc.integer({ min: 0, max: 0xffff_ffff }),
      text: fc.string({ unit: "binary", maxLength: 6 }),
    });
    fc.assert(
      fc.property(live, fc.integer({ min: 1, max: 0xffff_ffff }), (one, counter) => {
        const sealed = sealLiveText(one, counter, key);
        expect(sealed.length).toBe(liveTextSealedBytes);
        expect(openLiveText(sealed, counter, key)).toEqual(one);
      }),
    );
    expect(() => sealLiveText(piece("x".repeat(28)), 1, key)).toThrow(RangeError);
  });

  test("LT2 it opens for its lane, its number and its doc key, and with no bit changed", () => {
    const key = liveTextKey(docKey, lane);
    const sealed = sealLiveText(piece("secret"), 5, key);
    expect(openLiveText(sealed, 6, key)).toBeNull();
    expect(openLiveText(sealed, 5, liveTextKey(docKey, other))).toBeNull();
    expect(openLiveText(sealed, 5, liveTextKey(new Uint8Array(32), lane))).toBeNull();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openLiveText(changed, 5, key)).toBeNull();
    }
    expect(openLiveText(sealed.subarray(1), 5, key)).toBeNull();
  });
});
