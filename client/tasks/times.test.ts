import { expect, test } from "vitest";
import { parseWhen, sayWhen } from "#sync/docs/wallTime.ts";
import { endOfDay, inAWeek, thisEvening, tomorrowMorning } from "./times.ts";

const zone = "Europe/Vienna";
const at = (text: string): number => parseWhen(text, zone) ?? Number.NaN;
const says = (moment: number | null): string | null => (moment === null ? null : sayWhen(moment, zone));

test("TR9 what one press means, also over the end of a month and the night in which clocks are put forward", () => {
  const noon = at("2026-03-28T12:00");
  expect(says(thisEvening(noon, zone))).toBe("2026-03-28T18:00");
  expect(thisEvening(at("2026-03-28T18:00"), zone)).toBeNull();
  expect(says(tomorrowMorning(noon, zone))).toBe("2026-03-29T09:00");
  expect(says(inAWeek(noon, zone))).toBe("2026-04-04T09:00");
  expect(says(endOfDay(noon, zone))).toBe("2026-03-29T00:00");
  expect(endOfDay(at("2026-03-29T12:00"), zone) - at("2026-03-29T00:00")).toBe(23 * 3_600_000);
});
