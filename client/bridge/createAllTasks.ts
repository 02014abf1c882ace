/** The tasks of the vault and of its projects as a store, with when each is due: one row a task, patched in place. Every list is open for as long as this is. */
import { type Accessor, batch, createEffect, createSignal, on, onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { DocId } from "#crypto/ids.ts";
import { createReminders, type Reminder, type Reminders } from "#sync/docs/reminders.ts";
import { createTasks, type Task, type Tasks } from "#sync/docs/tasks.ts";
import type { Vault } from "#sync/vault.ts";

export interface TaskRow {
  /** Of its list and its task. */
  readonly key: string;
  readonly project: DocId | null;
  readonly task: Task;
  readonly reminder: Reminder | null;
}

export interface AllTasks {
  readonly rows: readonly TaskRow[];
  readonly reminders: Reminders;
  /** Lists that are not there yet. */
  readonly isOpening: Accessor<boolean>;
  /** Those of these projects do not open now. */
  readonly unread: Accessor<readonly DocId[]>;
  /** `undefined`: that list is not open. */
  listOf(project: DocId | null): Tasks | undefined;
}

/** `lists`: the projects that are wanted beside the vault's own list. */
export function createAllTasks(vault: Vault, lists: Accessor<readonly DocId[]>): AllTasks {
  const { yDoc } = vault.catalog;
  const reminders = createReminders(yDoc);
  const open = new Map<DocId | null, { readonly tasks: Tasks; close(): void }>();
  const [store, setStore] = createStore<{ rows: readonly TaskRow[] }>({ rows: [] });
  const [opening, setOpening] = createSignal(0);
  const [unread, setUnread] = createSignal<readonly DocId[]>([]);
  let isGone = false;

  const read = (): void => {
    const rows = [...open].flatMap(([project, { tasks }]) =>
      tasks.list().map((task): TaskRow => {
        const address = { project, id: task.id };
        return { key: `${project ?? "-"}/${task.id}`, project, task, reminder: reminders.get(address) };
      }),
    );
    setStore("rows", reconcile(rows, { key: "key" }));
  };

  const take = (project: DocId | null, tasks: Tasks, close: () => void): void => {
    const leave = tasks.observe(read);
    open.set(project, {
      tasks,
      close: () => {
        leave();
        close();
      },
    });
    read();
  };

  async function openList(project: DocId): Promise<void> {
    setOpening((many) => many + 1);
    try {
      const doc = await vault.openProject(project);
      if (isGone || open.has(project) || !lists().includes(project)) doc.close();
      else take(project, doc.value.tasks, () => doc.close());
    } catch {
      // It is named where the others are shown.
      setUnread((before) => [...new Set([...before, project])]);
    } finally {
      setOpening((many) => many - 1);
    }
  }

  take(null, createTasks(yDoc), () => {});
  const leaveReminders = reminders.observe(read);
  createEffect(
    on(
      () => lists().join(),
      () =>
        batch(() => {
          const wanted = lists();
          for (const [project, list] of open)
            if (project !== null && !wanted.includes(project)) {
              list.close();
              open.delete(project);
            }
          for (const project of wanted) if (!open.has(project)) void openList(project);
          read();
        }),
    ),
  );
  onCleanup(() => {
    isGone = true;
    leaveReminders();
    for (const list of open.values()) list.close();
    open.clear();
  });

  return {
    get rows() {
      return store.rows;
    },
    reminders,
    isOpening: () => opening() > 0,
    unread,
    listOf: (project) => open.get(project)?.tasks,
  };
}
