/**
 * When tasks are due, of the vault and of all its projects, in the catalog's doc, which every device has open: a root map "reminders", an entry for each by its
 * task's address, always written whole:
 *
 *   <project's doc, or "-" for the vault's own>/<task>  →  {at, unit, minute, weekday, zone}
 *
 * What is to be done stands with the task (tasks.ts) and nowhere else. `at` is a moment, so the hour that was meant stays when its owner travels. What comes again does so by the clocks of the zone in which that was
 * said, on every device alike. Being due writes nothing: a device whose clock is wrong shows it too early or too late, and changes nothing by that.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { remindersMax } from "../limits.ts";
import type { Tasks } from "./tasks.ts";
import { dayAfter, isZone, toMoment, toWallTime } from "./wallTime.ts";

export interface TaskAddress {
  /** `null`: the vault's own, of no project. */
  readonly project: DocId | null;
  readonly id: string;
}

export const units = ["day", "week"] as const;
export type Unit = (typeof units)[number];

/** By a zone's clocks. */
export interface Every {
  readonly unit: Unit;
  /** Of the day. */
  readonly minute: number;
  /** From 0, Sunday; of no matter for days. */
  readonly weekday: number;
  readonly zone: string;
}

export interface Reminder {
  readonly at: number;
  /** `null`: once. */
  readonly every: Every | null;
}

export interface DueTask extends TaskAddress, Reminder {}

export interface Reminders {
  get(task: TaskAddress): Reminder | null;
  /** The next first. */
  list(): readonly DueTask[];
  /** `false`: there are too many. */
  set(task: TaskAddress, reminder: Reminder | null): boolean;
  observe(listener: () => void): () => void;
}

export function createReminders(doc: Doc): Reminders {
  const root = doc.getMap<unknown>("reminders");
  return {
    get: (task) => readReminder(root.get(keyOf(task))),
    list: () => {
      const found: DueTask[] = [];
      for (const [key, value] of root) {
        const [address, reminder] = [readKey(key), readReminder(value)];
        if (address !== null && reminder !== null) found.push({ ...address, ...reminder });
      }
      return found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    },
    set: (task, reminder) => {
      const key = keyOf(task);
      if (reminder === null) {
        if (root.has(key)) root.delete(key);
        return true;
      }
      if (!root.has(key) && root.size >= remindersMax) return false;
      const { at, every } = reminder;
      root.set(key, { at, ...every });
      return true;
    },
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
}

/** What comes again at the time of day (and on the weekday) that `at` has there. */
export function everyFrom(at: number, unit: Unit, zone: string): Every {
  const wall = toWallTime(at, zone);
  return { unit, minute: wall.hour * 60 + wall.minute, weekday: dayAfter(wall, 0).weekday, zone };
}

/** The next time after that moment. */
export function nextTime({ unit, minute, weekday, zone }: Every, after: number): number {
  const today = toWallTime(after, zone);
  const timeOn = (days: number): number => {
    const date = dayAfter(today, days);
    if (unit === "week" && date.weekday !== weekday) return -Infinity;
    return toMoment({ ...date, hour: Math.floor(minute / 60), minute: minute % 60 }, zone);
  };
  let days = 0;
  while (timeOn(days) <= after) days += 1;
  return timeOn(days);
}

/** Done: over, or the next time is what counts; what was missed meanwhile is not made up for. Returns how to take it back. */
export function finishTask(tasks: Tasks, reminders: Reminders, task: TaskAddress, now: number): (() => void) | null {
  const reminder = reminders.get(task);
  if (reminder !== null && reminder.every !== null) {
    if (!tasks.list().some(({ id }) => id === task.id)) return null;
    reminders.set(task, { ...reminder, at: nextTime(reminder.every, Math.max(reminder.at, now)) });
    return () => void reminders.set(task, reminder);
  }
  if (!tasks.setDone(task.id, now)) return null;
  reminders.set(task, null);
  return () => {
    tasks.setDone(task.id, null);
    reminders.set(task, reminder);
  };
}

const keyOf = ({ project, id }: TaskAddress): string => `${project ?? "-"}/${id}`;

function readKey(key: string): TaskAddress | null {
  const cut = key.indexOf("/");
  const [place, id] = [key.slice(0, Math.max(0, cut)), key.slice(cut + 1)];
  const project = parseDocId(place);
  return (place === "-" || project !== null) && id !== "" ? { project, id } : null;
}

function readReminder(value: unknown): Reminder | null {
  if (typeof value !== "object" || value === null) return null;
  const { at, unit, minute, weekday, zone } = value as Readonly<Record<string, unknown>>;
  if (typeof at !== "number" || !Number.isFinite(at) || Math.abs(at) > momentMax) return null;
  const known = units.find((each) => each === unit);
  // One that this device cannot read comes once.
  if (known === undefined || !isWithin(minute, 1_440) || !isWithin(weekday, 7)) return { at, every: null };
  const every = { unit: known, minute, weekday, zone: typeof zone === "string" && isZone(zone) ? zone : "UTC" };
  return { at, every };
}

/** Beyond it no date can be made. */
const momentMax = 8.64e15 - 10 * 86_400_000;

const isWithin = (value: unknown, end: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < end;
