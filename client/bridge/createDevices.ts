/** The list of devices, and whether there are words on paper, as signals. */
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { DeviceInfo } from "#sync/deviceList.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

/** Who is linked is seen now: said anew before the minute is over after which it would stand there as away. */
const seeAgainMs = 30_000;

export interface DeviceRows {
  readonly rows: readonly DeviceInfo[];
  readonly hasWords: Accessor<boolean>;
}

export function createDevices(vault: Vault): DeviceRows {
  const [store, setStore] = createStore<{ rows: DeviceInfo[] }>({ rows: [...vault.devices()] });
  const [hasWords, setHasWords] = createSignal(vault.recovery.isSet());
  const batch = createFrameBatch(() => {
    setStore("rows", reconcile([...vault.devices()], { key: "id" }));
    setHasWords(vault.recovery.isSet());
  });
  const leaveStatus = vault.subscribeStatus(batch.schedule);
  vault.catalog.yDoc.on("update", batch.schedule);
  const timer = setInterval(batch.schedule, seeAgainMs);
  onCleanup(() => {
    clearInterval(timer);
    leaveStatus();
    vault.catalog.yDoc.off("update", batch.schedule);
    batch.cancel();
  });
  return {
    get rows() {
      return store.rows;
    },
    hasWords,
  };
}
