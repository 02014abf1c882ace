/** Tasks of a chat's project, for a model's call that this device was found to be allowed to answer. A task has its call's id, so that two devices make one. */
import type { Looked } from "#sync/docs/looked.ts";
import type { Tasks } from "#sync/docs/tasks.ts";
import type { Vault } from "#sync/vault.ts";
import type { LookupAsked } from "#sync/vaultTypes.ts";

const say = (says: string, isError = false): Looked => ({ says, isError, sources: [] });

export async function doTask(vault: Vault, asked: LookupAsked, now: number): Promise<Looked> {
  const project = vault.catalog.value.entry(asked.doc)?.project ?? null;
  if (project === null || vault.catalog.value.projects.entry(project)?.deletedAt !== null)
    return say("This chat is in no project, so there is no list of tasks.", true);
  const open = await vault.openProject(project);
  try {
    const done = actOn(open.value.tasks, asked, now);
    if (!done.isError) await vault.flush();
    return done;
  } finally {
    open.close();
  }
}

function actOn(tasks: Tasks, { name, args, call, doc }: LookupAsked, now: number): Looked {
  const text = (key: string): string => (typeof args[key] === "string" ? args[key] : "");
  if (name === "task_list") {
    const lines = tasks
      .list()
      .map(({ id, text: what, doneAt }) => `${doneAt === null ? "to do" : "done"}: ${what} (id ${id})`);
    return say(lines.length === 0 ? "There are no tasks." : lines.join("\n"));
  }
  if (name === "task_add") {
    const isThere = (): boolean => tasks.list().some(({ id }) => id === call);
    return tasks.add({ id: call, text: text("text"), at: now, chat: doc }) || isThere()
      ? say("Added.")
      : say("Not added: say it in a line. If the list is full, something has to be taken out first.", true);
  }
  if (name === "task_done")
    return tasks.setDone(text("id"), now) ? say("Marked as done.") : say("There is no task of that id.", true);
  return say("This device knows no such tool. It may need the newer app.", true);
}
