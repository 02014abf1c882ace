/** All that is to be done, of every list, by when: what is due, today, later, and at no time. */
import { createMemo, For, type JSX, Show } from "solid-js";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { createAllTasks, type TaskRow } from "../bridge/createAllTasks.ts";
import { localZone } from "../platform/clock.ts";
import { AddTask, TaskLines } from "./TaskList.tsx";
import { endOfDay } from "./times.ts";
import { w } from "./words.ts";
import "../projects/projects.css";
import "./tasks.css";

const groups = ["due", "today", "later", "whenever", "done"] as const;
type Group = (typeof groups)[number];

export function TasksPage(props: { vault: Vault; projects: readonly ProjectEntry[]; now: number }): JSX.Element {
  const here = createMemo(() => props.projects.filter(({ deletedAt }) => deletedAt === null));
  const nameOf = (project: string): string => here().find(({ id }) => id === project)?.name ?? "";
  // The vault is one object for as long as the page stands.
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const all = createAllTasks(props.vault, () => here().map(({ id }) => id));
  const groupOf = ({ task, reminder }: TaskRow): Group => {
    if (task.doneAt !== null) return "done";
    if (reminder === null) return "whenever";
    if (reminder.at <= props.now) return "due";
    return reminder.at < endOfDay(props.now, localZone()) ? "today" : "later";
  };
  const order = (a: TaskRow, b: TaskRow): number =>
    (a.reminder?.at ?? a.task.at) - (b.reminder?.at ?? b.task.at) || (a.key < b.key ? -1 : 1);
  const grouped = createMemo(() => Map.groupBy(all.rows, groupOf));
  const rowsOf = (group: Group): readonly TaskRow[] => {
    const rows = grouped().get(group) ?? [];
    // What was done last stands first.
    return group === "done"
      ? rows.toSorted((a, b) => (b.task.doneAt ?? 0) - (a.task.doneAt ?? 0)).slice(0, doneShownMax)
      : rows.toSorted(order);
  };
  return (
    <div class="tasks-page">
      <AddTask all={all} project={null} projects={here()} />
      <Show when={all.isOpening()}>
        <p class="memory-note">{w.reading}</p>
      </Show>
      <Show when={all.unread().length > 0}>
        <p class="memory-note">{w.unread(all.unread().map(nameOf).join(", "))}</p>
      </Show>
      <Show when={all.rows.length === 0 && !all.isOpening()}>
        <div class="empty tasks-empty">
          <h2>{w.emptyTitle}</h2>
          <p>{w.emptyText}</p>
        </div>
      </Show>
      <For each={groups}>
        {(group) => (
          <Show when={rowsOf(group).length > 0}>
            <section class="tasks-group" data-group={group}>
              <h2 class="field-name">{w.groups[group]}</h2>
              <TaskLines
                rows={rowsOf(group)}
                all={all}
                vault={props.vault}
                now={props.now}
                label={w.groups[group]}
                nameOf={nameOf}
              />
            </section>
          </Show>
        )}
      </For>
      <p class="memory-note">{w.note}</p>
    </div>
  );
}

/** What was done before that nobody looks for; a project's page has it. */
const doneShownMax = 30;
