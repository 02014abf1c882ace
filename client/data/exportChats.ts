/** Chats out of the vault as files that their owner can read anywhere: one file, or an archive where there are several or files with them. */
import type { DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import { createTemplates } from "#sync/docs/templates.ts";
import type { Vault } from "#sync/vault.ts";
import { copyChat, type CopiedChat } from "../bridge/chatCopies.ts";
import { pictureTypes } from "../chat/files/pictureHead.ts";
import { t } from "../app/strings.ts";
import { fullTime, inBytes } from "../chat/words.ts";
import { saveFile } from "../platform/saveFile.ts";
import { w } from "../settings/words.ts";
import { type ExportedChat, type ExportedFile, toJson } from "./exportFile.ts";
import { htmlPicturesBytesMax } from "./limits.ts";
import { ownName } from "./ownName.ts";
import { chatToHtml, type HtmlWords, indexToHtml } from "./toHtml.ts";
import { chatToMarkdown, fileNameOf, safeName } from "./toMarkdown.ts";
import { createZipWriter, type ZipWriter } from "./zip.ts";

export type ExportKind = "json" | "markdown" | "html";

export interface ExportReport {
  readonly chats: number;
  /** Chats that could not be opened now. */
  readonly missing: number;
  readonly files: number;
  /** Files that are not on this device, and could not be had from the host now. */
  readonly missingFiles: number;
}

interface ExportOptions {
  readonly onProgress: (done: number, of: number) => void;
  /** Given up: nothing is saved. */
  readonly signal: AbortSignal;
}

const extensions = { json: "json", markdown: "md", html: "html" } as const;
const mediaTypes = { json: "application/json", markdown: "text/markdown", html: "text/html" } as const;

const htmlWords = (): HtmlWords => ({
  ...{ untitled: t.untitledChat, you: t.you, assistant: t.assistant, time: fullTime, notHere: w.fileNotHere },
  ...{ language: t.language, direction: document.documentElement.dir || "ltr", size: inBytes, chats: t.chats },
});

/** Throws what `signal` was given up with. */
export async function exportAll(vault: Vault, kind: ExportKind, options: ExportOptions): Promise<ExportReport> {
  const now = new Date();
  const entries = vault.catalog.value.chats();
  return exportChats(
    vault,
    entries.map(({ id }) => id),
    kind,
    { ...options, now, name: `sovereign-${now.toISOString().slice(0, 10)}` },
  );
}

/** `null`: it could not be opened now. */
export async function exportOne(vault: Vault, id: DocId, kind: ExportKind): Promise<ExportReport | null> {
  const title = vault.catalog.value.entry(id)?.title ?? "";
  const name = safeName(title === "" ? t.untitledChat : title);
  const options = { onProgress: () => undefined, signal: new AbortController().signal, now: new Date(), name };
  const report = await exportChats(vault, [id], kind, options);
  return report.chats === 0 ? null : report;
}

async function exportChats(
  vault: Vault,
  ids: readonly DocId[],
  kind: ExportKind,
  { onProgress, signal, now, name }: ExportOptions & { readonly now: Date; readonly name: string },
): Promise<ExportReport> {
  const zip = createZipWriter(now);
  const files = createFileBag(vault, zip, kind === "html" && ids.length === 1, signal);
  const chats: ExportedChat[] = [];
  for (const [index, id] of ids.entries()) {
    signal.throwIfAborted();
    onProgress(index, ids.length);
    const copy = await copyChat(vault, id);
    if (copy !== null) chats.push(await withFiles(copy, files));
  }
  signal.throwIfAborted();
  const report = {
    chats: chats.length,
    missing: ids.length - chats.length,
    files: files.count(),
    missingFiles: files.missing(),
  };
  if (chats.length === 0) return report;
  const isArchive = files.isUsed() || (kind !== "json" && chats.length > 1);
  const texts = textsOf(vault, kind, chats, files, now, isArchive && ids.length > 1);
  const [only] = texts;
  if (!isArchive && only !== undefined) {
    saveFile(`${name}.${extensions[kind]}`, mediaTypes[kind], only.text);
    return report;
  }
  const encoder = new TextEncoder();
  for (const { path, text } of texts) zip.add(path, encoder.encode(text));
  saveFile(`${name}.zip`, "application/zip", zip.finish());
  return report;
}

/** The files that hold the chats' words; the first one alone where there is no archive. */
function textsOf(
  vault: Vault,
  kind: ExportKind,
  chats: readonly ExportedChat[],
  files: FileBag,
  now: Date,
  isMany: boolean,
): readonly { readonly path: string; readonly text: string }[] {
  if (kind === "json") {
    const templates = createTemplates(vault.catalog.yDoc).list();
    return [{ path: ownName, text: toJson(chats, isMany || chats.length > 1 ? templates : [], now.getTime()) }];
  }
  const words = htmlWords();
  const names = createNames();
  const rows = chats.map((chat) => {
    const path = names.next(fileNameOf(chat.title === "" ? words.untitled : chat.title, extensions[kind]));
    const text = kind === "html" ? chatToHtml(chat, words, files.picture) : chatToMarkdown(chat, words);
    return { path, text, title: chat.title, at: chat.createdAt };
  });
  if (kind === "markdown" || rows.length === 1) return rows;
  return [{ path: names.next("index.html"), text: indexToHtml(rows, words) }, ...rows];
}

/** No two of a folder alike, for systems that do not tell capitals apart either. */
function createNames(): { next(name: string): string } {
  const taken = new Set(["files", "index.html"]);
  return {
    next: (name) => {
      const dot = name.lastIndexOf(".");
      let free = name;
      for (let number = 2; free !== "index.html" && taken.has(free.toLowerCase()); number++)
        free = `${name.slice(0, dot)} ${number}${name.slice(dot)}`;
      taken.add(free.toLowerCase());
      return free;
    },
  };
}

async function withFiles(chat: CopiedChat, files: FileBag): Promise<ExportedChat> {
  const messages = [];
  for (const message of chat.messages) {
    const exported: ExportedFile[] = [];
    for (const file of message.files) exported.push(await files.take(file));
    messages.push({ ...message, files: exported });
  }
  return { ...chat, messages };
}

interface FileBag {
  take(file: Attachment): Promise<ExportedFile>;
  /** A picture that is in the page itself, as its address. */
  readonly picture: (file: ExportedFile) => string | null;
  /** Something lies in the archive. */
  isUsed(): boolean;
  count(): number;
  missing(): number;
}

/** The same file of two chats is there once. */
function createFileBag(vault: Vault, zip: ZipWriter, isOnePage: boolean, signal: AbortSignal): FileBag {
  const taken = new Map<string, ExportedFile>();
  const pictures = new Map<ExportedFile, string>();
  let [pictureBytes, inArchive, missing] = [0, 0, 0];

  const read = async (file: Attachment): Promise<Uint8Array<ArrayBuffer> | null> => {
    // Without its host, each file that is not here would be waited for.
    if (vault.status().link !== "live" && !(await vault.files.isHere(file))) return null;
    try {
      return (await vault.files.read(file, undefined, signal)) as Uint8Array<ArrayBuffer>;
    } catch {
      signal.throwIfAborted();
      return null;
    }
  };

  return {
    take: async (file) => {
      const known = taken.get(file.id);
      if (known !== undefined) return known;
      const { name, type, bytes } = file;
      const content = await read(file);
      const isInPage =
        isOnePage && content !== null && pictureTypes.includes(type) && pictureBytes + bytes <= htmlPicturesBytesMax;
      const path = `files/${file.id.slice(0, 8)}-${safeName(name)}`;
      const isKept = content !== null && !isInPage && zip.add(path, content);
      const exported = { name, type, bytes, path: isKept ? path : null };
      taken.set(file.id, exported);
      if (isKept) inArchive += 1;
      if (isInPage) {
        pictureBytes += bytes;
        pictures.set(exported, await toDataUrl(type, content));
      } else if (!isKept) missing += 1;
      return exported;
    },
    picture: (file) =>
      pictures.get(file) ?? (pictureTypes.includes(file.type) && file.path !== null ? encodeURI(file.path) : null),
    isUsed: () => inArchive > 0,
    count: () => inArchive + pictures.size,
    missing: () => missing,
  };
}

function toDataUrl(type: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.addEventListener("load", () => resolve(String(reader.result)));
  reader.addEventListener("error", () => reject(reader.error ?? new Error("picture")));
  reader.readAsDataURL(new Blob([bytes], { type }));
  return promise;
}
