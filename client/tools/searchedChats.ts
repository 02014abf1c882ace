/** Which chats a model's call may look through: none but others, and what stays on the owner's own machines only for a chat that stays there, too, since the answer may be given elsewhere. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";

export function searchedChats({ chats, entry, projects }: Vault["catalog"]["value"], chat: DocId): readonly DocId[] {
  // The label of a project that was deleted holds all the same.
  const isLocal = (project: DocId | null): boolean => project !== null && projects.entry(project)?.isLocalOnly === true;
  const mayLocal = isLocal(entry(chat)?.project ?? null);
  return chats()
    .filter(({ id, project }) => id !== chat && (mayLocal || !isLocal(project)))
    .map(({ id }) => id);
}
