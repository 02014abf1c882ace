/**
 * Times as a clock on a wall shows them, in a time zone, and as moments. Which days a zone's clocks are put forward or back on is the
 * platform's knowledge (Intl); what is made of it is decided here: a time that a day leaves out is the moment that far after the gap's beginning, and of
 * two moments with one time the first is meant.
 */

/* eslint-disable no-restricted-globals -- reason: days of the calendar are reckoned by it here; what time it is now comes in. */

export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export function isZone(zone: string): boolean {
  try {
    formatFor(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `zone` is one (`isZone`). */
export function toWallTime(at: number, zone: string): WallTime {
  const { year, month, day, hour, minute } = partsAt(at, zone);
  return { year, month, day, hour, minute };
}

/** So many days later (or earlier), by the calendar. `weekday`: from 0, Sunday. */
export function dayAfter(
  { year, month, day }: Pick<WallTime, "year" | "month" | "day">,
  days: number,
): Pick<WallTime, "year" | "month" | "day"> & { readonly weekday: number } {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    weekday: date.getUTCDay(),
  };
}

export function toMoment(wall: WallTime, zone: string): number {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  const [before, after] = [offsetAt(asUtc - dayMs, zone), offsetAt(asUtc + dayMs, zone)];
  const moments = [asUtc - before, asUtc - after].filter((at) => isAt(at, wall, zone));
  return moments.length === 0 ? asUtc - before : Math.min(...moments);
}

/** "2026-03-29T09:00" as that zone's clocks show it, or a moment with its own offset. `null`: neither. */
export function parseWhen(text: string, zone: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute));
  const isThere = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  if (!isThere) return null;
  if (match[6] === undefined) return toMoment({ year, month, day, hour, minute }, zone);
  const at = Date.parse(text.trim().replace(" ", "T"));
  return Number.isNaN(at) ? null : at;
}

/** As `parseWhen` reads it. */
export function sayWhen(at: number, zone: string): string {
  const { year, month, day, hour, minute } = toWallTime(at, zone);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

function isAt(at: number, wall: WallTime, zone: string): boolean {
  const there = toWallTime(at, zone);
  return (Object.keys(there) as (keyof WallTime)[]).every((key) => there[key] === wall[key]);
}

/** How far that zone's clocks are ahead of UTC. */
function offsetAt(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = partsAt(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}

function partsAt(at: number, zone: string): WallTime & { readonly second: number } {
  const found = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatFor(zone).formatToParts(at))
    if (Object.hasOwn(found, type)) found[type as keyof typeof found] = Number(value);
  return found;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = "numeric" as const;
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601", {
    ...{ timeZone: zone, hourCycle: "h23", year: numeric, month: numeric, day: numeric },
    ...{ hour: numeric, minute: numeric, second: numeric },
  });
  formats.set(zone, format);
  return format;
}
