/** Chats out of the vault as files, and back into it, in the words of the page. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { addCopies, copyAllChats, copyChat } from "../bridge/chatCopies.ts";
import { createTemplateList } from "../bridge/createTemplates.ts";
import { fullTime } from "../chat/words.ts";
import { saveFile } from "../platform/saveFile.ts";
import { importBytesMax, parseExport, toJson } from "./exportFile.ts";
import { chatToMarkdown, fileNameOf, type MarkdownWords } from "./toMarkdown.ts";

type Progress = (done: number, of: number) => void;

const markdownWords = (): MarkdownWords => ({
  untitled: t.untitledChat,
  you: t.you,
  assistant: t.assistant,
  time: fullTime,
});

/** Resolves with what to tell the person. */
export async function exportAll(vault: Vault, kind: "json" | "markdown", onProgress: Progress): Promise<string> {
  const { chats, missing } = await copyAllChats(vault, onProgress);
  const now = new Date();
  const name = `sovereign-${now.toISOString().slice(0, 10)}`;
  if (kind === "json") {
    const templates = createTemplateList(vault);
    saveFile(`${name}.json`, "application/json", toJson(chats, [...templates.rows], now.getTime()));
    templates.close();
  } else {
    const words = markdownWords();
    saveFile(`${name}.md`, "text/markdown", chats.map((chat) => chatToMarkdown(chat, words)).join("\n---\n\n"));
  }
  return t.exported(chats.length, missing);
}

/** One chat, to be read. `false`: it could not be opened now. */
export async function exportOne(vault: Vault, id: DocId): Promise<boolean> {
  const chat = await copyChat(vault, id);
  if (chat === null) return false;
  saveFile(fileNameOf(chat.title, "md"), "text/markdown", chatToMarkdown(chat, markdownWords()));
  return true;
}

export async function importFile(vault: Vault, file: File, onProgress: Progress): Promise<string> {
  const parsed = file.size > importBytesMax ? null : parseExport(await file.text());
  if (parsed === null) return t.importUnknown;
  const { added, known, failed } = await addCopies(vault, parsed, onProgress);
  return t.imported(added, known, failed);
}
