/** Chats on their way out of the vault and back into it, one after the other. */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { createTemplates } from "#sync/docs/templates.ts";
import type { Vault } from "#sync/vault.ts";
import type { ExportedChat, ExportFile } from "../data/exportFile.ts";

/** `null`: there is no such chat, or it cannot be opened now. */
export async function copyChat(vault: Vault, id: DocId): Promise<ExportedChat | null> {
  const entry = vault.catalog.value.entry(id);
  if (entry === null) return null;
  try {
    const open = await vault.openChat(id);
    try {
      const messages = open.value.messages().map(({ id: message, parent, role, at, text, run }) => ({
        ...{ id: message, parent, role, at, text },
        model: run === null ? null : open.value.run(run).model,
      }));
      const { title, titledBy, createdAt, pinned, archived } = entry;
      return { id, title, titledBy, createdAt, pinned, archived, messages };
    } finally {
      open.close();
    }
  } catch {
    return null;
  }
}

export interface CopyReport {
  readonly chats: readonly ExportedChat[];
  /** Chats that could not be opened now. */
  readonly missing: number;
}

export async function copyAllChats(vault: Vault, onProgress: (done: number, of: number) => void): Promise<CopyReport> {
  const entries = vault.catalog.value.chats();
  const chats: ExportedChat[] = [];
  for (const [index, { id }] of entries.entries()) {
    onProgress(index, entries.length);
    const copy = await copyChat(vault, id);
    if (copy !== null) chats.push(copy);
  }
  return { chats, missing: entries.length - chats.length };
}

export interface ImportReport {
  readonly added: number;
  /** They were here already. */
  readonly known: number;
  readonly failed: number;
}

export async function addCopies(
  vault: Vault,
  file: ExportFile,
  onProgress: (done: number, of: number) => void,
): Promise<ImportReport> {
  const catalog = vault.catalog.value;
  let [added, known, failed] = [0, 0, file.skipped];
  for (const [index, { id, title, titledBy, pinned, archived, messages }] of file.chats.entries()) {
    onProgress(index, file.chats.length);
    const own = parseDocId(id);
    const entry = own === null ? null : catalog.entry(own);
    if (entry !== null && entry.deletedAt === null) {
      known += 1;
      continue;
    }
    try {
      const chat = await vault.addChat({ from: id, title, titledBy, messages });
      if (chat === null) known += 1;
      else {
        added += 1;
        catalog.setPinned(chat, pinned);
        catalog.setArchived(chat, archived);
      }
    } catch {
      failed += 1;
    }
  }
  const templates = createTemplates(vault.catalog.yDoc);
  const names = new Set(templates.list().map(({ id }) => id));
  for (const template of file.templates) if (!names.has(template.id)) templates.put(template);
  await vault.flush();
  return { added, known, failed };
}
