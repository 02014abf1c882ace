import { describe, expect, it } from "vitest";
import { hiddenMsMax, isTimeToLock } from "./lockTime.ts";

const minute = 60_000;
const now = 1_000 * minute;
const seen = (touchedMs: number) => ({ touchedMs, hiddenMs: null });

describe("locking by itself", () => {
  it("AL1 comes after the minutes that were chosen, and not a moment before", () => {
    for (const after of ["5", "15", "60"] as const) {
      const choices = { after, hidden: "off" } as const;
      expect(isTimeToLock(seen(now - Number(after) * minute + 1), now, choices)).toBe(false);
      expect(isTimeToLock(seen(now - Number(after) * minute), now, choices)).toBe(true);
    }
    expect(isTimeToLock(seen(0), now, { after: "off", hidden: "off" })).toBe(false);
  });

  it("AL2 comes when the page was left, if that was chosen, but not for a look at another app", () => {
    const left = (ms: number) => ({ touchedMs: now, hiddenMs: now - ms });
    expect(isTimeToLock(left(hiddenMsMax - 1), now, { after: "off", hidden: "on" })).toBe(false);
    expect(isTimeToLock(left(hiddenMsMax), now, { after: "off", hidden: "on" })).toBe(true);
    expect(isTimeToLock(left(hiddenMsMax), now, { after: "off", hidden: "off" })).toBe(false);
  });

  it("AL3 a clock that was set back by more than the time locks, and one that was set a little does not", () => {
    const choices = { after: "5", hidden: "off" } as const;
    expect(isTimeToLock(seen(now + minute), now, choices)).toBe(false);
    expect(isTimeToLock(seen(now + 24 * 60 * minute), now, choices)).toBe(true);
  });
});
