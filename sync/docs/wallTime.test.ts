import { expect, test } from "vitest";
import { isZone, parseWhen, sayWhen, toMoment, toWallTime } from "./wallTime.ts";

const vienna = "Europe/Vienna";
const wall = (text: string): { year: number; month: number; day: number; hour: number; minute: number } => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute };
};
const utc = (at: number): string => new Date(at).toISOString();

test("TR1 a time and its moment, in zones ahead of UTC, behind it, and by quarters of an hour", () => {
  for (const [zone, text, moment] of [
    [vienna, "2026-01-15T09:00", "2026-01-15T08:00:00.000Z"],
    [vienna, "2026-07-15T09:00", "2026-07-15T07:00:00.000Z"],
    ["America/New_York", "2026-12-31T23:30", "2027-01-01T04:30:00.000Z"],
    ["Asia/Kathmandu", "2026-06-01T00:15", "2026-05-31T18:30:00.000Z"],
    ["Pacific/Kiritimati", "2026-06-01T09:00", "2026-05-31T19:00:00.000Z"],
    ["UTC", "2024-02-29T00:00", "2024-02-29T00:00:00.000Z"],
  ] as const) {
    expect(utc(toMoment(wall(text), zone)), zone).toBe(moment);
    expect(sayWhen(Date.parse(moment), zone), zone).toBe(text);
  }
});

test("TR2 a time that a day leaves out comes that much later; one that it has twice is the first", () => {
  expect(utc(toMoment(wall("2026-03-29T02:30"), vienna))).toBe("2026-03-29T01:30:00.000Z");
  expect(utc(toMoment(wall("2026-10-25T02:30"), vienna))).toBe("2026-10-25T00:30:00.000Z");
  expect(utc(toMoment(wall("2026-03-08T02:30"), "America/New_York"))).toBe("2026-03-08T07:30:00.000Z");
  expect(utc(toMoment(wall("2026-11-01T01:30"), "America/New_York"))).toBe("2026-11-01T05:30:00.000Z");
  // Half an hour is left out there.
  expect(utc(toMoment(wall("2026-10-04T02:15"), "Australia/Lord_Howe"))).toBe("2026-10-03T15:45:00.000Z");
});

test("TR1 through two years, every time that there is comes back as it was said", () => {
  for (const zone of [vienna, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 25_740_000) {
      const there = toWallTime(at, zone);
      expect(toWallTime(toMoment(there, zone), zone), `${zone} ${utc(at)}`).toEqual(there);
    }
});

test("TR3 what is no time is none", () => {
  expect(parseWhen("2026-05-31 09:00", vienna)).toBe(Date.UTC(2026, 4, 31, 7));
  expect(parseWhen("2026-05-31T09:00:30+02:00", "UTC")).toBe(Date.UTC(2026, 4, 31, 7, 0, 30));
  expect(parseWhen("2026-05-31T09:00Z", vienna)).toBe(Date.UTC(2026, 4, 31, 9));
  for (const text of ["", "tomorrow", "2026-02-30T09:00", "2026-13-01T09:00", "2026-05-31T24:00", "2026-05-31T09:60"])
    expect(parseWhen(text, vienna), text).toBeNull();
  expect([isZone(vienna), isZone("Mars/Olympus"), isZone("")]).toEqual([true, false, false]);
});
