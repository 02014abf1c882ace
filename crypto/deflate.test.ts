import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { deflateBody, inflateBody } from "./deflate.ts";
import { envelopeBytesMax, inflatedBytesMax, inflateStepBytes } from "./limits.ts";
import { createSeededRandom, flipped, refusalOf } from "./testing/fixtures.ts";

const random = createSeededRandom(27);

function says(length: number, deflated: Uint8Array): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, length);
  return concatBytes(head, deflated);
}

describe("deflating", () => {
  test("DF1 a body comes back, short or long, plain or packed", () => {
    const runs = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(60)), { maxLength: 40 });
    fc.assert(
      fc.property(runs, (parts) => {
        const body = concatBytes(...parts.flatMap(([part, times]) => Array.from({ length: times }, () => part)));
        expect(inflateBody(deflateBody(body))).toEqual(body);
      }),
    );
    const noise = random(20_000);
    expect(inflateBody(deflateBody(noise))).toEqual(noise);
    const zeros = new Uint8Array(inflatedBytesMax);
    expect(inflateBody(deflateBody(zeros))).toEqual(zeros);
  });

  test("DF2 a bomb is refused, whatever it says of itself, and long before it has gone off", () => {
    const bomb = deflateSync(new Uint8Array(12 * inflatedBytesMax), { level: 1 });
    expect(bomb.length).toBeLessThan(envelopeBytesMax / 8);
    expect(bomb.length).toBeGreaterThan(inflateStepBytes + 100);
    expect(() => inflateBody(says(12 * inflatedBytesMax, bomb))).toThrow("would inflate to");
    expect(() => inflateBody(says(inflatedBytesMax + 1, bomb))).toThrow("would inflate to");
    for (const length of [0, 1, 1_000, inflatedBytesMax]) {
      // What lies behind the first piece is not looked at any more: damaged, it is refused for the same reason.
      const damaged = bomb.map((byte, at) => (at < inflateStepBytes ? byte : 0xff));
      expect(() => inflateBody(says(length, damaged))).toThrow("more than it says");
    }
  });

  test("DF3 what says less, says more, is cut off or damaged is refused", () => {
    const body = utf8ToBytes("the cat sat on the mat, and the mat sat on the floor. ".repeat(400));
    const form = deflateBody(body);
    expect(form.length).toBeLessThan(body.length / 4);
    expect(() => inflateBody(says(body.length + 1, form.subarray(4)))).toThrow("less than it says");
    expect(() => inflateBody(says(body.length - 1, form.subarray(4)))).toThrow("more than it says");
    for (let length = 0; length < form.length; length++)
      expect(refusalOf(() => inflateBody(form.subarray(0, length)))).toBe("malformed");
    for (let at = 0; at < form.length; at++) {
      const refusal = refusalOf(() => inflateBody(flipped(form, at)));
      expect(["malformed", "none"]).toContain(refusal);
    }
  });
});
