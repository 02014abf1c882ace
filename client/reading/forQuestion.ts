/** Chooses what goes with a question, and says what could not be looked through. */
import type { Source } from "#sync/docs/sources.ts";
import type { Vault } from "#sync/vault.ts";
import { showToast } from "../ui/toasts.tsx";
import { chooseSources, type SourcesWanted } from "./chooseSources.ts";
import { r } from "./words.ts";

export { endLibrary } from "./library.ts";

/** Names in one sentence: more are a list. */
const namesMax = 3;

export async function chooseForQuestion(vault: Vault, wanted: SourcesWanted): Promise<readonly Source[]> {
  const { sources, missing } = await chooseSources(vault, wanted);
  if (missing.length > 0) {
    const names = missing.slice(0, namesMax).join(", ");
    showToast({ says: r.notSearched(missing.length > namesMax ? `${names} +${missing.length - namesMax}` : names) });
  }
  return sources;
}
