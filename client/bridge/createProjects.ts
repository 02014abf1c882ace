/** The projects as a store: one row a project, patched in place. */
import { createStore, reconcile } from "solid-js/store";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

export interface ProjectRows {
  /** By name, archived ones among them. */
  readonly rows: readonly ProjectEntry[];
  /** `null`: there is none, or it was deleted. */
  row(id: DocId | null): ProjectEntry | null;
  close(): void;
}

export function createProjectRows(vault: Vault): ProjectRows {
  const { projects, observe } = vault.catalog.value;
  const [store, setStore] = createStore<{ rows: ProjectEntry[] }>({ rows: [...projects.all()] });
  const batch = createFrameBatch(() => setStore("rows", reconcile([...projects.all()], { key: "id" })));
  const leave = observe(batch.schedule);
  return {
    get rows() {
      return store.rows;
    },
    row: (id) => (id === null ? null : (store.rows.find((row) => row.id === id) ?? null)),
    close: () => {
      leave();
      batch.cancel();
    },
  };
}
