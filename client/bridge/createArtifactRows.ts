/** The artifacts as a store: one row an artifact, patched in place. */
import { onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

/** Newest first, without deleted ones. */
export function createArtifactRows(vault: Vault): { readonly rows: readonly ArtifactEntry[] } {
  const { artifacts } = vault.catalog.value;
  const [store, setStore] = createStore<{ rows: ArtifactEntry[] }>({ rows: [...artifacts.all()] });
  const batch = createFrameBatch(() => setStore("rows", reconcile([...artifacts.all()], { key: "id" })));
  const leave = artifacts.observe(batch.schedule);
  onCleanup(() => {
    leave();
    batch.cancel();
  });
  return {
    get rows() {
      return store.rows;
    },
  };
}
