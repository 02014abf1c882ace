/**
 * Locking: by the owner's word, or by itself after nobody touched the page for a while, or once it was left. Locked means that the
 * vault is closed, its keys are overwritten, and every tab of this browser begins anew: what the engine had copied goes with the page.
 */
import type { Vault } from "#sync/vault.ts";
import { tellLocked } from "../platform/tabLock.ts";
import { createPreference } from "../platform/preferences.ts";
import { isTimeToLock, type Presence } from "./lockTime.ts";

/** Minutes without a touch. */
export const lockAfter = createPreference("sovereign.lockAfter", ["off", "5", "15", "60"], "15");
export const lockHidden = createPreference("sovereign.lockHidden", ["off", "on"], "off");

/** How often it is looked; what the machine slept through is seen at the first look after it. */
const lookEveryMs = 5_000;
/** A journal that does not answer must not keep the page open. */
const closeMsMax = 4_000;
/** What a person does who is there. */
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove", "scroll"] as const;

/** Whether this browser asks for something before it opens: without that, a lock keeps nobody out. */
export function canLock(vault: Vault): boolean {
  return !vault.lock.ways().some(({ kind }) => kind === "platform");
}

export async function lockEverywhere(vault: Vault): Promise<void> {
  // Before anything is awaited: who looks at the screen now sees nothing of it.
  document.getElementById("app")?.setAttribute("hidden", "");
  const closed = vault.lock.now().catch(() => undefined);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, closeMsMax))]);
  tellLocked();
  location.reload();
}

/** Returns what ends it. The time on the wall counts: a machine that slept has been left alone. */
export function keepAutoLock(vault: Vault): () => void {
  let presence: Presence = { touchedMs: Date.now(), hiddenMs: null };
  let isLocking = false;
  const look = (): void => {
    const choices = { after: lockAfter.now(), hidden: lockHidden.now() };
    if (isLocking || !canLock(vault) || !isTimeToLock(presence, Date.now(), choices)) return;
    isLocking = true;
    void lockEverywhere(vault);
  };
  const touch = (): void => {
    // The touch that wakes a page after its time comes too late.
    look();
    if (!isLocking) presence = { ...presence, touchedMs: Date.now() };
  };
  const see = (): void => {
    look();
    presence = { ...presence, hiddenMs: document.visibilityState === "hidden" ? Date.now() : null };
  };
  const timer = setInterval(look, lookEveryMs);
  for (const name of TOUCHES) addEventListener(name, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", see);
  addEventListener("focus", look);
  return () => {
    clearInterval(timer);
    for (const name of TOUCHES) removeEventListener(name, touch, { capture: true });
    document.removeEventListener("visibilitychange", see);
    removeEventListener("focus", look);
  };
}
