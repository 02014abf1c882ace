/** Where what an answer proposes may be kept: the vault's memory, and that of the chat's project. */
import { isTemporaryDoc, type DocId } from "#crypto/ids.ts";
import { createMemory, type Memory } from "#sync/docs/memory.ts";
import { isMadeFromOthers } from "#sync/docs/othersWords.ts";
import type { Vault } from "#sync/vault.ts";

export interface OpenMemories {
  readonly chat: DocId;
  readonly vault: Memory;
  readonly project: { readonly name: string; readonly memory: Memory } | null;
  /** Others' words stand in what this answer was made from: a page, a file, a tool's result. */
  isMadeFromOthers(message: string): boolean;
  close(): void;
}

/** `null`: nothing of this chat is remembered. */
export async function openMemories(vault: Vault, chat: DocId | null): Promise<OpenMemories | null> {
  const entry = chat === null || isTemporaryDoc(chat) ? null : vault.catalog.value.entry(chat);
  if (chat === null || entry === null) return null;
  const ofVault = createMemory(vault.catalog.yDoc);
  const project = entry.project === null ? null : vault.catalog.value.projects.entry(entry.project);
  const read = await vault.openChat(chat);
  const both = { chat, vault: ofVault, isMadeFromOthers: (message: string) => isMadeFromOthers(read.value, message) };
  if (project === null || project.deletedAt !== null) return { ...both, project: null, close: () => read.close() };
  const open = await vault.openProject(project.id);
  return {
    ...both,
    project: { name: project.name, memory: open.value.memory },
    close: () => {
      read.close();
      open.close();
    },
  };
}
