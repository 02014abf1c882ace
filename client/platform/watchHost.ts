/** What goes on for as long as a page has a host, in one part that is fetched after the first load: when it was last there, and whether it wants a newer page. */
import type { Vault } from "#sync/vault.ts";
import { keepHostSeen } from "./hostSeen.ts";
import { lookWhenRefused } from "./updateWhenRefused.ts";

export function watchHost(vault: Pick<Vault, "status" | "subscribeStatus">): () => void {
  const stops = [keepHostSeen(vault), lookWhenRefused(vault)];
  return () => {
    for (const stop of stops) stop();
  };
}
