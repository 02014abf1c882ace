/** What a browser must have to hold a vault; what is missing decides the sentence shown. */

export type Missing = "secure" | "storage" | "old";

export async function findMissing(): Promise<Missing | null> {
  if (!isSecureContext) return "secure";
  if (!("locks" in navigator) || typeof WebAssembly !== "object" || crypto.subtle === undefined) return "old";
  if (typeof indexedDB === "undefined") return "storage";
  return (await canStore()) ? null : "storage";
}

/**
 * Some private modes have the interface and refuse its use. That it is tried at each start, and the database deleted, also makes Chromium tidy up
 * what was deleted before: without it a key that was replaced stood in its files until much later (`e2e/lock.spec.ts`, UL4).
 */
function canStore(): Promise<boolean> {
  const name = "sovereign-probe";
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open(name);
      opening.addEventListener("error", () => resolve(false));
      opening.addEventListener("blocked", () => resolve(false));
      opening.addEventListener("success", () => {
        opening.result.close();
        indexedDB.deleteDatabase(name);
        resolve(true);
      });
    } catch {
      resolve(false);
    }
  });
}
