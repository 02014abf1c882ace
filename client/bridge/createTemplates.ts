/** The owner's templates as a store. */
import { createStore, reconcile } from "solid-js/store";
import { createTemplates as templatesOf, type Template } from "#sync/docs/templates.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

export interface TemplateList {
  readonly rows: readonly Template[];
  put(template: Template): void;
  remove(id: string): void;
  close(): void;
}

export function createTemplateList(vault: Vault): TemplateList {
  const templates = templatesOf(vault.catalog.yDoc);
  const [store, setStore] = createStore<{ rows: Template[] }>({ rows: [...templates.list()] });
  const batch = createFrameBatch(() => setStore("rows", reconcile([...templates.list()], { key: "id" })));
  const leave = templates.observe(batch.schedule);
  return {
    get rows() {
      return store.rows;
    },
    put: templates.put,
    remove: templates.remove,
    close: () => {
      leave();
      batch.cancel();
    },
  };
}
