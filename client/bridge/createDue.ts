/**
 * The tasks that are due by this device's clock. Looked at often and not by one long timer: clocks are put right, and machines sleep. Being due writes nothing; a list is opened when something of it is due, and what was done
 * or taken out elsewhere is not.
 */
import { type Accessor, createMemo, createSignal, onCleanup } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { createReminders } from "#sync/docs/reminders.ts";
import type { Clock } from "#sync/ports.ts";
import type { Vault } from "#sync/vault.ts";
import { type AllTasks, createAllTasks, type TaskRow } from "./createAllTasks.ts";

/** A clock that was put forward is noticed within this time. */
const lookEveryMs = 20_000;

export function createDue(
  vault: Vault,
  clock: Clock,
): { readonly due: Accessor<readonly TaskRow[]>; readonly all: AllTasks } {
  const reminders = createReminders(vault.catalog.yDoc);
  const [now, setNow] = createSignal(clock.now());
  const [lists, setLists] = createSignal<readonly DocId[]>([], { equals: (a, b) => a.join() === b.join() });
  let cancel = (): void => {};

  const look = (): void => {
    cancel();
    const at = clock.now();
    const known = reminders.list();
    const isThere = (project: DocId): boolean => vault.catalog.value.projects.entry(project)?.deletedAt === null;
    const due = known.flatMap((each) => (each.at <= at && each.project !== null ? [each.project] : []));
    setLists([...new Set(due)].filter(isThere).sort());
    setNow(at);
    const next = known.find((each) => each.at > at)?.at ?? Infinity;
    cancel = clock.after(Math.min(lookEveryMs, next - at), look);
  };

  const all = createAllTasks(vault, lists);
  const leave = reminders.observe(look);
  look();
  onCleanup(() => {
    leave();
    cancel();
  });
  const due = createMemo(() =>
    all.rows
      .filter(({ task, reminder }) => task.doneAt === null && reminder !== null && reminder.at <= now())
      .toSorted((a, b) => (a.reminder?.at ?? 0) - (b.reminder?.at ?? 0)),
  );
  return { due, all };
}
