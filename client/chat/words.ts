/** Times and amounts as people say them, in the language of the interface. */
import type { HostInfo } from "#crypto/announcement.ts";
import type { RunView } from "#sync/docs/run.ts";
import { t } from "../app/strings.ts";
import type { DateGroup } from "./dateGroups.ts";

interface Formats {
  readonly clock: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly date: Intl.DateTimeFormat;
  readonly full: Intl.DateTimeFormat;
  readonly month: Intl.DateTimeFormat;
  readonly monthOfYear: Intl.DateTimeFormat;
  readonly number: Intl.NumberFormat;
  readonly byte: Intl.NumberFormat;
  readonly kilobyte: Intl.NumberFormat;
  readonly megabyte: Intl.NumberFormat;
  readonly gigabyte: Intl.NumberFormat;
}

let made: Formats | null = null;

/** Made when they are first needed: by then the page's language is known. */
function formats(): Formats {
  made ??= createFormats();
  return made;
}

function createFormats(): Formats {
  // The owner's own way of writing times, where it is one of the interface's language.
  const locale = navigator.languages.find((language) => language.split("-")[0] === t.language) ?? t.language;
  return {
    clock: new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }),
    day: new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" }),
    date: new Intl.DateTimeFormat(locale, { dateStyle: "long" }),
    full: new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }),
    month: new Intl.DateTimeFormat(locale, { month: "long" }),
    monthOfYear: new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }),
    number: new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }),
    byte: unitFormat(locale, "byte"),
    kilobyte: unitFormat(locale, "kilobyte"),
    megabyte: unitFormat(locale, "megabyte"),
    gigabyte: unitFormat(locale, "gigabyte"),
  };
}

function unitFormat(locale: string, unit: string): Intl.NumberFormat {
  // Short, English leaves it at "438 byte".
  const unitDisplay = unit === "byte" ? "long" : "short";
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 });
}

/** What the host calls its guide in a chat, whatever the page's language. */
export const guideLabel = "Guide, not a model";
/** And what it says in a model's place while none of its model servers is there. */
const awayLabel = /^No answer from /;
export const isBackendAway = ({ label, models }: Pick<HostInfo, "label" | "models">): boolean =>
  models.length === 0 && awayLabel.test(label);
/** A model by its name: which server it runs on is a detail. */
export const answeredBy = ({ label, model }: Pick<RunView, "label" | "model">): string | null =>
  label === guideLabel || model === null || model === "" ? label : model;
export const labelWords = (label: string): string => (label === guideLabel ? t.hostGuide : label);

export function shortTime(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? formats().clock.format(at) : `${formats().day.format(at)}, ${formats().clock.format(at)}`;
}

export const today = (): string => formats().date.format(Date.now());
export const fullTime = (at: number): string => formats().full.format(at);
export const inSeconds = (ms: number): string => t.seconds(formats().number.format(ms / 1000));

/** A file's size, as files are counted: by thousands. */
export function inBytes(bytes: number): string {
  const unit = bytes < 1000 ? "byte" : bytes < 1_000_000 ? "kilobyte" : bytes < 1_000_000_000 ? "megabyte" : "gigabyte";
  const amount = bytes / { byte: 1, kilobyte: 1000, megabyte: 1_000_000, gigabyte: 1_000_000_000 }[unit];
  return formats()[unit].format(amount);
}

export const count = (amount: number): string => formats().number.format(amount);

export function groupName(group: DateGroup, now: number): string {
  if (group.kind !== "month") return t[group.kind];
  const isThisYear = group.year === new Date(now).getFullYear();
  return (isThisYear ? formats().month : formats().monthOfYear).format(new Date(group.year, group.month, 1));
}
