/** Where what an answer proposes may be kept: the vault's memory, and that of the chat's project. */
import { isTemporaryDoc, type DocId } from "#crypto/ids.ts";
import { createMemory, type Memory } from "#sync/docs/memory.ts";
import type { Vault } from "#sync/vault.ts";

export interface OpenMemories {
  readonly chat: DocId;
  readonly vault: Memory;
  readonly project: { readonly name: string; readonly memory: Memory } | null;
  close(): void;
}

/** `null`: nothing of this chat is remembered. */
export async function openMemories(vault: Vault, chat: DocId | null): Promise<OpenMemories | null> {
  const entry = chat === null || isTemporaryDoc(chat) ? null : vault.catalog.value.entry(chat);
  if (chat === null || entry === null) return null;
  const ofVault = createMemory(vault.catalog.yDoc);
  const project = entry.project === null ? null : vault.catalog.value.projects.entry(entry.project);
  if (project === null || project.deletedAt !== null) return { chat, vault: ofVault, project: null, close: () => {} };
  const open = await vault.openProject(project.id);
  return {
    chat,
    vault: ofVault,
    project: { name: project.name, memory: open.value.memory },
    close: () => open.close(),
  };
}
