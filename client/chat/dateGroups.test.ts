import { describe, expect, it } from "vitest";
import { dateGroupKey, dateGroupOf, groupByDate } from "./dateGroups.ts";

const at = (...parts: [number, number, number, number?, number?]): number => new Date(...parts).getTime();
const now = at(2026, 2, 30, 9, 0);

describe("the day a chat is listed under", () => {
  it.each([
    [at(2026, 2, 30, 0, 0), "today"],
    [at(2026, 2, 29, 23, 59), "yesterday"],
    // 28 and 29 March 2026 are the night of the clock change in much of Europe: still calendar days.
    [at(2026, 2, 28, 12, 0), "lastWeek"],
    [at(2026, 2, 23, 0, 0), "lastWeek"],
    [at(2026, 2, 22, 23, 59), "lastMonth"],
    [at(2026, 1, 28, 0, 0), "lastMonth"],
    [at(2026, 1, 27, 23, 59), "2026-1"],
    [at(2025, 1, 27), "2025-1"],
    [at(2026, 3, 2), "today"],
  ])("%# %s", (time, key) => {
    expect(dateGroupKey(dateGroupOf(time, now))).toBe(key);
  });

  it("keeps the order within and between", () => {
    const items = [at(2026, 2, 30), at(2026, 2, 29, 5), at(2026, 2, 29, 4), at(2025, 11, 1)].map((time) => ({
      at: time,
    }));
    const groups = groupByDate(items, now);
    expect(groups.map(({ group }) => dateGroupKey(group))).toEqual(["today", "yesterday", "2025-11"]);
    expect(groups.flatMap((group) => group.items)).toEqual(items);
  });
});
