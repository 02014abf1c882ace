/** A project's tasks as a store: one row a task, patched in place. */
import { onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { Task, Tasks } from "#sync/docs/tasks.ts";

/** For as long as its owner is there. */
export function createTaskRows(tasks: Tasks): { readonly rows: readonly Task[] } {
  const [store, setStore] = createStore<{ rows: readonly Task[] }>({ rows: tasks.list() });
  onCleanup(tasks.observe(() => setStore("rows", reconcile([...tasks.list()], { key: "id" }))));
  return store;
}
