/** A memory as a store: one row a fact, patched in place. */
import { onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { Fact, Memory } from "#sync/docs/memory.ts";

/** For as long as its owner is there. */
export function createFacts(memory: Memory): Facts {
  const readNow = (): Facts => {
    const { proposes, keepsUnasked } = memory;
    return { rows: [...memory.list(Date.now())], proposes, keepsUnasked };
  };
  const [store, setStore] = createStore<Facts>(readNow());
  onCleanup(memory.observe(() => setStore(reconcile(readNow(), { key: "id" }))));
  return store;
}

export interface Facts {
  readonly rows: readonly Fact[];
  readonly proposes: boolean;
  readonly keepsUnasked: boolean;
}
