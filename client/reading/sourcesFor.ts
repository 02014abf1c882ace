/** The small part of choosing sources that is always there: whether there is anything to choose from. The rest is fetched when there is. */
import type { Vault } from "#sync/vault.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { SourcesWanted } from "./chooseSources.ts";

/** A follow-up looks this far back for files. */
const turnsBack = 16;

let end: (vault: Vault) => void = () => {};

/** None where it fails: a question is asked all the same. */
export async function sourcesFor(vault: Vault, wanted: SourcesWanted): Promise<readonly Source[]> {
  const isInProject = (vault.catalog.value.entry(wanted.chat)?.project ?? null) !== null;
  const files = [...wanted.files, ...wanted.before.slice(-turnsBack).flatMap((message) => message.files)];
  if (!isInProject && !files.some(({ reading }) => reading !== undefined)) return [];
  try {
    const { chooseForQuestion, endLibrary } = await import("./forQuestion.ts");
    end = endLibrary;
    return await chooseForQuestion(vault, { ...wanted, before: wanted.before.slice(-turnsBack) });
  } catch {
    // reason: what cannot be fetched or read now must not keep a question from being asked.
    return [];
  }
}

/** The vault closes: what was read of its files goes. */
export function leaveSources(vault: Vault): void {
  end(vault);
}
