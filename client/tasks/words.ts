/** The words of tasks, in the language that the page has: a table of their own, to keep them out of the first load. */
import type { Reminder } from "#sync/docs/reminders.ts";
import type { Task } from "#sync/docs/tasks.ts";
import { t } from "../app/strings.ts";
import { shortTime } from "../chat/words.ts";
import { taskEnglish, type TaskStrings } from "./english.ts";
import { taskGerman } from "./german.ts";

export const taskTables: Readonly<Record<string, TaskStrings>> = { en: taskEnglish, de: taskGerman };

/** Read when the first of these views is: the language was chosen before. */
export const w: TaskStrings = taskTables[t.language] ?? taskEnglish;

/** `null`: the owner wrote it. */
export const sayBy = ({ chat, by }: Task): string | null => (chat === null ? null : w.by(by));

export const sayReminder = ({ at, every }: Reminder, now: number): string =>
  every === null ? shortTime(at, now) : `${shortTime(at, now)}, ${w.every[every.unit]}`;
