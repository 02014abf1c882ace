/**
 * A host that refuses this page is mostly one that was updated under it. A newer app is looked for at once, so that "Update both" is followed by the word that it is here
 * (serviceWorker.ts), and not by whatever makes the page look the next time.
 */
import type { Vault } from "#sync/vault.ts";

/** Once for each time that it is refused: the host is asked again every 30 s meanwhile. */
export function lookWhenRefused(
  vault: Pick<Vault, "status" | "subscribeStatus">,
  look: () => void = lookForUpdate,
): () => void {
  let was: string | null = null;
  const check = (): void => {
    const { link, refusal } = vault.status();
    // What is tried again is still refused until it is live.
    if (link === "live") was = null;
    if (link !== "refused" || refusal === null || refusal === was) return;
    was = refusal;
    look();
  };
  check();
  return vault.subscribeStatus(check);
}

function lookForUpdate(): void {
  // Nothing newer to be had, or no service worker here: the sentence stands, and says what to do.
  void navigator.serviceWorker?.getRegistration().then(
    (registration) => registration?.update().catch(() => undefined),
    () => undefined,
  );
}
