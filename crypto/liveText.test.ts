import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { authorIdFromBytes } from "./ids.ts";
import { liveTextCounterMax, liveTextOffsetMax, liveTextSealedBytes } from "./limits.ts";
import { liveTextBytesMax, liveTextKey, openLiveText, sealLiveText, type LiveText } from "./liveText.ts";
import { utf8ToBytes } from "./bytes.ts";
import { aeadSeal, NONCE_BYTES, sodiumReady } from "./sodium.ts";

const docKey = new Uint8Array(32).fill(7);
const lane = authorIdFromBytes(new Uint8Array(16).fill(1));
const other = authorIdFromBytes(new Uint8Array(16).fill(2));
const piece = (text: string): LiveText => ({ place: "text", offset: 12, text });

beforeAll(() => sodiumReady);

describe("live text", () => {
  test("LT1 any text comes back as it was, and a frame has one of two sizes", () => {
    const key = liveTextKey(docKey, lane);
    const live = fc.record({
      place: fc.constantFrom("text" as const, "thinking" as const),
      offset: fc.integer({ min: 0, max: liveTextOffsetMax }),
      text: fc.string({ unit: "binary", maxLength: 20 }),
    });
    fc.assert(
      fc.property(live, fc.integer({ min: 1, max: liveTextCounterMax }), (one, counter) => {
        const sealed = sealLiveText(one, counter, key);
        const isShort = new TextEncoder().encode(one.text).length <= 16;
        expect(sealed.length).toBe(liveTextSealedBytes[isShort ? 0 : 1]);
        expect(openLiveText(sealed, counter, key)).toEqual(one);
      }),
    );
    expect(() => sealLiveText(piece("x".repeat(liveTextBytesMax)), 1, key)).not.toThrow();
    expect(() => sealLiveText(piece("x".repeat(liveTextBytesMax + 1)), 1, key)).toThrow(RangeError);
    expect(() => sealLiveText({ ...piece("x"), offset: liveTextOffsetMax + 1 }, 1, key)).toThrow(RangeError);
  });

  test("LT4 how much of a question was read comes back as it was, and has one form", () => {
    const key = liveTextKey(docKey, lane);
    for (const offset of [0, 1, 99, 100]) {
      const sealed = sealLiveText({ place: "reading", offset, text: "" }, 3, key);
      expect(sealed.length).toBe(liveTextSealedBytes[0]);
      expect(openLiveText(sealed, 3, key)).toEqual({ place: "reading", offset, text: "" });
    }
    for (const odd of [
      { offset: 101, text: "" },
      { offset: 5, text: "x" },
    ])
      expect(() => sealLiveText({ place: "reading", ...odd }, 1, key)).toThrow(RangeError);
    // Whoever holds the key may seal anything.
    const nonce = new Uint8Array(NONCE_BYTES);
    nonce[NONCE_BYTES - 1] = 1;
    for (const head of [0xc000_0005, 0x4010_0005, 0x4000_0065, 0x6000_0005]) {
      const plain = new Uint8Array(20);
      new DataView(plain.buffer).setUint32(0, head);
      expect(openLiveText(aeadSeal(plain, utf8ToBytes("sovereign/live/v2"), nonce, key), 1, key)).toBeNull();
    }
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

  test("LT3 no number makes a nonce that another number makes, too", () => {
    const key = liveTextKey(docKey, lane);
    for (const counter of [0, -1, 1.5, liveTextCounterMax + 1, 2 ** 32 + 1, NaN])
      expect(() => sealLiveText(piece("x"), counter, key)).toThrow(RangeError);
    const sealed = sealLiveText(piece("x"), 1, key);
    for (const counter of [2 ** 32 + 1, 1.5, NaN]) expect(openLiveText(sealed, counter, key)).toBeNull();
  });
});
