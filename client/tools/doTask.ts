/**
 * Tasks of a chat's project, or the vault's own where it is in none, for a model's call that this device was found to be allowed to answer. A task has its call's id, so that two devices make one.
 */
import type { DocId } from "#crypto/ids.ts";
import type { Looked } from "#sync/docs/looked.ts";
import {
  createReminders,
  everyFrom,
  finishTask,
  type Reminder,
  type Reminders,
  type TaskAddress,
  units,
} from "#sync/docs/reminders.ts";
import { createTasks, type Tasks } from "#sync/docs/tasks.ts";
import { parseWhen, sayWhen } from "#sync/docs/wallTime.ts";
import type { Vault } from "#sync/vault.ts";
import type { LookupAsked } from "#sync/vaultTypes.ts";

const say = (says: string, isError = false): Looked => ({ says, isError, sources: [] });

/** `zone`: in which this device's owner reads the clock. */
export async function doTask(vault: Vault, asked: LookupAsked, now: number, zone: string): Promise<Looked> {
  const { value: catalog, yDoc } = vault.catalog;
  const chat = catalog.entry(asked.doc);
  // A temporary chat leaves nothing behind.
  if (chat === null) return say("There is no list of tasks here.", true);
  const { project } = chat;
  if (project !== null && catalog.projects.entry(project)?.deletedAt !== null)
    return say("This chat’s project is gone, and its list of tasks with it.", true);
  const open = project === null ? null : await vault.openProject(project);
  try {
    const tasks = open === null ? createTasks(yDoc) : open.value.tasks;
    const done = actOn({ tasks, reminders: createReminders(yDoc), project, now, zone }, asked);
    if (!done.isError) await vault.flush();
    return done;
  } finally {
    open?.close();
  }
}

interface Place {
  readonly tasks: Tasks;
  readonly reminders: Reminders;
  readonly project: DocId | null;
  readonly now: number;
  readonly zone: string;
}

function actOn(place: Place, { name, args, call, doc, model }: LookupAsked): Looked {
  const { tasks, reminders, project, now, zone } = place;
  const text = (key: string): string => (typeof args[key] === "string" ? args[key] : "");
  if (name === "task_list") {
    const lines = tasks.list().map(({ id, text: what, doneAt }) => {
      const due = doneAt === null ? sayDue(reminders.get({ project, id }), zone) : "";
      return `${doneAt === null ? "to do" : "done"}: ${what} (id ${id})${due}`;
    });
    return say(lines.length === 0 ? "There are no tasks." : lines.join("\n"));
  }
  if (name === "task_add") {
    const reminder = args["at"] === undefined && args["every"] === undefined ? null : readReminder(args, now, zone);
    if (typeof reminder === "string") return say(reminder, true);
    const isThere = tasks.list().some(({ id }) => id === call);
    if (!isThere && !tasks.add({ id: call, text: text("text"), at: now, chat: doc, by: model }))
      return say("Not added: say it in a line. If the list is full, something has to be taken out first.", true);
    const task = { project, id: call };
    // Another device that answered first has set it, or its owner has changed it since.
    if (reminder === null || isThere) return say("Added.");
    return reminders.set(task, reminder)
      ? say(`Added.${sayDue(reminder, zone)}`)
      : say("Added, but with no time: too many tasks have one.");
  }
  if (name === "task_done") return finish(place, { project, id: text("id") });
  return say("This device knows no such tool. It may need the newer app.", true);
}

function finish({ tasks, reminders, now, zone }: Place, task: TaskAddress): Looked {
  if (finishTask(tasks, reminders, task, now) === null) return say("There is no task of that id.", true);
  const next = reminders.get(task);
  return say(next === null ? "Marked as done." : `Marked as done for this time.${sayDue(next, zone)}`);
}

/** Or what is wrong with it, for the model. */
function readReminder({ at, every }: LookupAsked["args"], now: number, zone: string): Reminder | string {
  const when = typeof at === "string" ? parseWhen(at, zone) : null;
  if (when === null) return "Not added: give the time as in 2026-05-31T09:00, by the owner’s clock.";
  if (when <= now) return `Not added: that time has passed. It is ${sayWhen(now, zone)} there now.`;
  const unit = units.find((each) => each === every);
  if (every !== undefined && unit === undefined) return "Not added: it can come again every day or every week.";
  return { at: when, every: unit === undefined ? null : everyFrom(when, unit, zone) };
}

const sayDue = (reminder: Reminder | null, zone: string): string =>
  reminder === null
    ? ""
    : ` Due ${sayWhen(reminder.at, zone)}${reminder.every === null ? "" : `, every ${reminder.every.unit}`}.`;
