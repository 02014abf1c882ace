/** Messages of the vault's chats for a model's call: from this device's own sealed index, a line of each, and never of the chat that asks. */
import type { DocId } from "#crypto/ids.ts";
import type { Looked } from "#sync/docs/looked.ts";
import type { Vault } from "#sync/vault.ts";
import { searchOf } from "../search/createSearch.ts";
import type { SearchHit } from "../search/searchIndex.ts";
import { searchedChats } from "./searchedChats.ts";

/** Lines that one call gives: a person who looks for something reads no more of them either. */
const hitsMax = 10;
/** The index is made while the host waits; what is not read by then is not found. */
const readingMsMax = 12_000;
const lookAgainMs = 100;

export async function searchChats(vault: Vault, chat: DocId, query: string): Promise<Looked> {
  const search = searchOf(vault);
  search.refresh(null);
  const until = Date.now() + readingMsMax;
  do await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  while (search.left() > 0 && Date.now() < until);
  const others = searchedChats(vault.catalog.value, chat);
  const question = { words: query, filter: { from: null, before: null, after: null }, chats: others, hitsMax };
  const hits = await search.find(question);
  const left = search.left();
  const lines = hits.map((hit) => sayHit(vault, hit));
  if (lines.length === 0) lines.push("No other chat holds these words.");
  if (left > 0) lines.push(`${left} chats were not looked through yet.`);
  return { says: lines.join("\n"), isError: false, sources: [] };
}

function sayHit(vault: Vault, { chat, role, at, by, snippet }: SearchHit): string {
  const title = vault.catalog.value.chats().find(({ id }) => id === chat)?.title ?? "";
  const day = new Date(at).toISOString().slice(0, 10);
  const who = by ?? (role === "user" ? "the owner" : "the answer");
  return `${JSON.stringify(title)}, ${day}, ${who}: ${snippet.map(({ text }) => text).join("")}`;
}
