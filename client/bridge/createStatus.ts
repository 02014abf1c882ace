/** Where things stand, as signals: the vault's link and host, and each doc's own state. */
import { type Accessor, createEffect, createSignal, onCleanup } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { DocStatus, VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

export function createVaultStatus(vault: Vault): Accessor<VaultStatus> {
  const [status, setStatus] = createSignal(vault.status());
  const batch = createFrameBatch(() => setStatus(vault.status()));
  const leave = vault.subscribeStatus(batch.schedule);
  onCleanup(() => {
    leave();
    batch.cancel();
  });
  return status;
}

/** `null` while no doc is meant. */
export function createDocStatus(vault: Accessor<Vault>, doc: Accessor<DocId | null>): Accessor<DocStatus | null> {
  const [status, setStatus] = createSignal<DocStatus | null>(null);
  createEffect(() => {
    const id = doc();
    const source = vault();
    if (id === null) {
      setStatus(null);
      return;
    }
    setStatus(source.docStatus(id));
    const batch = createFrameBatch(() => setStatus(source.docStatus(id)));
    const leave = source.subscribeDocStatus(id, batch.schedule);
    onCleanup(() => {
      leave();
      batch.cancel();
    });
  });
  return status;
}
