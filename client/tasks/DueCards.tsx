/** What is due now, above whatever is looked at: done, later, or put aside on this device. And, where nobody looks, one notice that says no more than that something is. */
import { createEffect, createSignal, For, type JSX, on, onCleanup, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { setDueTasks } from "../app/dueTasks.ts";
import { goToTasks, isTasksRouted } from "../app/route.ts";
import { t } from "../app/strings.ts";
import { createDue } from "../bridge/createDue.ts";
import type { TaskRow } from "../bridge/createAllTasks.ts";
import { browserClock, localZone } from "../platform/clock.ts";
import { notifyDue, takeBackDue } from "../platform/notices.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { showToast } from "../ui/toasts.tsx";
import { finish, setReminder } from "./TaskList.tsx";
import { keepAlarms } from "./keepAlarms.ts";
import { hourMs, minuteMs, tomorrowMorning } from "./times.ts";
import { sayBy, sayReminder, w } from "./words.ts";
import "./tasks.css";

/** More stand on the page of tasks. */
const cardsMax = 2;

/** Which time of which task: a later one rings again. */
const ringOf = ({ key, reminder }: TaskRow): string => `${key} ${reminder?.at ?? 0}`;

export function DueCards(props: { vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: this stands with the page, which is of one vault.
  const { due, all } = createDue(props.vault, browserClock);
  const [aside, setAside] = createSignal<ReadonlySet<string>>(new Set());
  // The page of tasks says it by itself.
  const shown = () => (isTasksRouted() ? [] : due().filter((row) => !aside().has(ringOf(row))));
  // eslint-disable-next-line solid/reactivity -- reason: as above.
  onCleanup(keepAlarms(props.vault, browserClock));
  const rung = new Set<string>();
  // One of before this page came up, too.
  let hasNotice = true;
  createEffect(() => setDueTasks(due().length));
  onCleanup(() => setDueTasks(0));
  createEffect(
    on(due, (rows) => {
      const fresh = rows.filter((row) => !rung.has(ringOf(row)));
      for (const row of fresh) rung.add(ringOf(row));
      if (rows.length === 0 && hasNotice) void takeBackDue().catch(() => undefined);
      hasNotice = rows.length > 0;
      if (fresh.length > 0 && document.visibilityState !== "visible")
        void notifyDue(t.taskDueTitle).catch(() => undefined);
    }),
  );
  return (
    <div aria-live="polite">
      <Show when={shown().length > 0}>
        <section class="due-cards" aria-label={w.due}>
          <For each={shown().slice(0, cardsMax)}>
            {(row) => (
              <div class="due-card">
                <p>
                  <span class="due-text">{row.task.text}</span>
                  <Show when={sayBy(row.task)}>{(by) => <span class="due-by">{by()}</span>}</Show>
                  <span class="due-time">{row.reminder === null ? "" : sayReminder(row.reminder, Date.now())}</span>
                </p>
                <button
                  type="button"
                  class="plain"
                  onClick={() => finish(all, { project: row.project, id: row.task.id })}
                >
                  {w.finish}
                </button>
                <Menu label={w.laterOf(row.task.text)} sign="later" items={laterItems(row)} />
                <button
                  type="button"
                  class="ghost icon-only"
                  aria-label={w.hide(row.task.text)}
                  title={w.hide(row.task.text)}
                  onClick={() => setAside(new Set([...aside(), ringOf(row)]))}
                >
                  <Icon name="close" />
                </button>
              </div>
            )}
          </For>
          <Show when={shown().length > cardsMax}>
            <button type="button" class="quiet" onClick={() => goToTasks()}>
              {w.more(shown().length - cardsMax)}
            </button>
          </Show>
        </section>
      </Show>
    </div>
  );

  function laterItems(row: TaskRow): readonly { readonly label: string; act(): void }[] {
    const put = (at: number): void => {
      const task = { project: row.project, id: row.task.id };
      // Out of the document: the row is patched in place by what comes next.
      const before = all.reminders.get(task);
      if (before === null) return;
      setReminder(all, task, { ...before, at });
      const undo = (): void => setReminder(all, task, before);
      showToast({
        says: w.snoozed(sayReminder({ at, every: null }, Date.now())),
        action: { label: t.undo, act: undo },
      });
    };
    return [
      { label: w.snooze.minutes, act: () => put(Date.now() + 10 * minuteMs) },
      { label: w.snooze.hour, act: () => put(Date.now() + hourMs) },
      { label: w.snooze.morning, act: () => put(tomorrowMorning(Date.now(), localZone())) },
    ];
  }
}
