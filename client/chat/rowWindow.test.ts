import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowsInSight, wholeRowsMax } from "./rowWindow.ts";

describe("the drawn rows of a long list", () => {
  it("are all that are in sight, and few more, wherever that is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: wholeRowsMax + 1, max: 20_000 }),
        fc.integer({ min: -2_000, max: 900_000 }),
        (count, fromPx) => {
          const { start, end } = rowsInSight(count, 40, fromPx, fromPx + 800);
          for (let row = Math.max(0, Math.floor(fromPx / 40)); row * 40 < fromPx + 800 && row < count; row += 1) {
            expect(start).toBeLessThanOrEqual(row);
            expect(end).toBeGreaterThan(row);
          }
          expect(end - start).toBeLessThanOrEqual(20 + 2 * 20 + 2 * 10);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(count);
        },
      ),
    );
  });

  it("of a short list are all of it", () => {
    expect(rowsInSight(wholeRowsMax, 40, 1e6, 1e6 + 800)).toEqual({ start: 0, end: wholeRowsMax });
    expect(rowsInSight(0, 40, 0, 800)).toEqual({ start: 0, end: 0 });
  });
});
