/** What this device looks up for a model's call, once it was found to be allowed (sync/lookups.ts). Fetched with the first such call. */
import { isTemporaryDoc } from "#crypto/ids.ts";
import type { Looked } from "#sync/docs/looked.ts";
import { lookupSourcesMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import type { LookupAsked } from "#sync/vaultTypes.ts";
import { localZone } from "../platform/clock.ts";

const failed = (says: string): Looked => ({ says, isError: true, sources: [] });

export async function lookUp(vault: Vault, asked: LookupAsked): Promise<Looked> {
  if (asked.name.startsWith("task_"))
    return (await import("./doTask.ts")).doTask(vault, asked, Date.now(), localZone());
  const query = typeof asked.args["query"] === "string" ? asked.args["query"].trim() : "";
  if (query === "") return failed("Give a few words to look for as `query`.");
  if (asked.name === "search_knowledge") return searchKnowledge(vault, asked, query);
  if (asked.name === "search_chats" && !isTemporaryDoc(asked.doc))
    return (await import("./searchChats.ts")).searchChats(vault, asked.doc, query);
  return failed("This device knows no such tool. It may need the newer app.");
}

async function searchKnowledge(vault: Vault, { doc }: LookupAsked, query: string): Promise<Looked> {
  const { chooseSources } = await import("../reading/chooseSources.ts");
  const { sources, missing } = await chooseSources(vault, { chat: doc, text: query, files: [], before: [] });
  const says =
    missing.length === 0 ? "" : `Not looked through, since they are not on this device yet: ${missing.join(", ")}`;
  return { says, isError: false, sources: sources.slice(0, lookupSourcesMax) };
}
