/** Chats on their way out of the vault, one after the other. */
import type { DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Vault } from "#sync/vault.ts";
import type { ExportedChat, ExportedMessage } from "../data/exportFile.ts";

/** As it is in the vault: its files are named there, and lie elsewhere. */
export interface CopiedChat extends Omit<ExportedChat, "messages"> {
  readonly messages: readonly (Omit<ExportedMessage, "files"> & { readonly files: readonly Attachment[] })[];
}

/** `null`: there is no such chat, or it cannot be opened now. */
export async function copyChat(vault: Vault, id: DocId): Promise<CopiedChat | null> {
  const entry = vault.catalog.value.entry(id);
  if (entry === null) return null;
  try {
    const open = await vault.openChat(id);
    try {
      const messages = open.value.messages().map(({ id: message, parent, role, at, text, run, files, by }) => ({
        ...{ id: message, parent, role, at, text, files },
        model: run === null ? by : open.value.run(run).model,
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
