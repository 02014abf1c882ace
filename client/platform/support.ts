/** What a browser must have to hold a vault; what is missing decides the sentence shown. */

export type Missing = "secure" | "storage" | "old";

const probe = "sovereign-probe";

export async function findMissing(): Promise<Missing | null> {
  if (!isSecureContext) return "secure";
  if (!("locks" in navigator) || typeof WebAssembly !== "object" || crypto.subtle === undefined) return "old";
  if (typeof indexedDB === "undefined") return "storage";
  return (await canStore()) ? null : "storage";
}

/** Some private modes have the interface and refuse its use. */
async function canStore(): Promise<boolean> {
  // Where something is stored, it can be: a database made and deleted at every start would be what the vault's own wait for.
  const known = await indexedDB.databases().catch(() => []);
  return known.some(({ name = "" }) => name.startsWith("sovereign-") && name !== probe) || tryToStore();
}

function tryToStore(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open(probe);
      opening.addEventListener("error", () => resolve(false));
      opening.addEventListener("blocked", () => resolve(false));
      opening.addEventListener("success", () => {
        opening.result.close();
        indexedDB.deleteDatabase(probe);
        resolve(true);
      });
    } catch {
      resolve(false);
    }
  });
}
