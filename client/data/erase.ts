/**
 * This device's copy, deleted. Its keys go first: from then on what is left is noise. The rest goes when no connection holds it any
 * more, which is after the page has begun anew.
 */
import { openIdentityStore } from "#sync/identityStore.ts";
import { eraseDatabases } from "#sync/openDatabase.ts";
import type { Vault } from "#sync/vault.ts";
import { noteErasing } from "../platform/erasing.ts";
import { notices } from "../platform/preferences.ts";
import { turnOffPush } from "../platform/push.ts";
import { tellLocked } from "../platform/tabLock.ts";

/** A journal that does not answer must not keep the keys. */
const closeMsMax = 4_000;

/** The page begins anew at its end. */
export async function eraseHere(vault: Vault): Promise<void> {
  noteErasing();
  document.getElementById("app")?.setAttribute("hidden", "");
  // Also when the host is away: its push service then knows this device no more, and says so.
  if (notices.now() === "push") await turnOffPush(vault).catch(() => undefined);
  const closed = vault.close().catch(() => undefined);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, closeMsMax))]);
  // What stands in the way of this now does not at the next opening.
  await openIdentityStore()
    .clear()
    .catch(() => undefined);
  tellLocked();
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** Before anything is opened. The app itself stays, so that the page can be opened without its host. */
export async function finishErasing(): Promise<void> {
  await eraseDatabases();
  sessionStorage.clear();
  localStorage.clear();
}
