/** Times that a person picks with one press, by this device's clock. */
import { dayAfter, toMoment, toWallTime } from "#sync/docs/wallTime.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
const morningHour = 9;
const eveningHour = 18;

/** `null`: it is evening already. */
export function thisEvening(now: number, zone: string): number | null {
  const at = atHour(now, 0, eveningHour, zone);
  return at > now ? at : null;
}

export const tomorrowMorning = (now: number, zone: string): number => atHour(now, 1, morningHour, zone);
export const inAWeek = (now: number, zone: string): number => atHour(now, 7, morningHour, zone);

/** When the day after this one begins. */
export const endOfDay = (now: number, zone: string): number => atHour(now, 1, 0, zone);

function atHour(now: number, days: number, hour: number, zone: string): number {
  return toMoment({ ...dayAfter(toWallTime(now, zone), days), hour, minute: 0 }, zone);
}
