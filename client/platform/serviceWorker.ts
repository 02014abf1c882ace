/**
 * Keeps the app on this device and tells when a newer one has arrived. It never reloads by itself: the new version
 * waits until the owner asks for it, or until every tab of the old one is closed.
 */
import { type Accessor, createSignal } from "solid-js";
import { serviceWorkerUrl } from "./trustedTypes.ts";

const [hasUpdate, setHasUpdate] = createSignal(false);
let waiting: ServiceWorker | null = null;

export const isUpdateReady: Accessor<boolean> = hasUpdate;

export async function keepAppOnDevice(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  // Another tab changed over: what this one has not fetched yet is gone with its version.
  let isControlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isControlled) {
      waiting = null;
      setHasUpdate(true);
    }
    isControlled = true;
  });
  const registration = await navigator.serviceWorker.register(serviceWorkerUrl, { updateViaCache: "none" });
  const look = (): void => {
    // Without a controller this is the first version, and there is nothing to change over from.
    if (registration.waiting === null || navigator.serviceWorker.controller === null) return;
    waiting = registration.waiting;
    setHasUpdate(true);
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  document.addEventListener("visibilitychange", () => {
    // The host may be away: then there is nothing newer to be had.
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  });
}

/** On the owner's word only. */
export function changeToUpdate(): void {
  if (waiting === null) return location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage({ type: "skip-waiting" });
}

export function putOffUpdate(): void {
  setHasUpdate(false);
}
