/** Times and amounts as people say them, in the language of the interface. */
import { t } from "../app/strings.ts";
import type { DateGroup } from "./dateGroups.ts";

/** The owner's own way of writing times, where it is one of the interface's language. */
const locale = navigator.languages.find((language) => language.split("-")[0] === t.language) ?? t.language;

const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const date = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const month = new Intl.DateTimeFormat(locale, { month: "long" });
const monthOfYear = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

export function shortTime(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

export const today = (): string => date.format(Date.now());
export const fullTime = (at: number): string => full.format(at);
export const inSeconds = (ms: number): string => t.seconds(number.format(ms / 1000));
export const count = (amount: number): string => number.format(amount);

export function groupName(group: DateGroup, now: number): string {
  if (group.kind !== "month") return t[group.kind];
  const isThisYear = group.year === new Date(now).getFullYear();
  return (isThisYear ? month : monthOfYear).format(new Date(group.year, group.month, 1));
}
