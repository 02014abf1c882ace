/** A chat to be read: one branch, as Markdown. */
import type { ExportedChat, ExportedFile, ExportedMessage } from "./exportFile.ts";

export interface MarkdownWords {
  readonly untitled: string;
  readonly you: string;
  readonly assistant: string;
  time(at: number): string;
  /** Beside the name of a file that could not be had. */
  readonly notHere: string;
}

/** The newest branch: what a person sees who opens it. */
export function newestBranch(messages: readonly ExportedMessage[]): readonly ExportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: ExportedMessage[] = [];
  const seen = new Set<string>();
  // A question and its answer have one time: the branch ends with what nothing follows.
  const followed = new Set(messages.map(({ parent }) => parent));
  const ends = messages.filter(({ id }) => !followed.has(id));
  let at = (ends.length > 0 ? ends : messages).reduce<ExportedMessage | undefined>(
    (last, message) => (last === undefined || message.at >= last.at ? message : last),
    undefined,
  );
  while (at !== undefined && !seen.has(at.id)) {
    seen.add(at.id);
    branch.push(at);
    at = at.parent === null ? undefined : byId.get(at.parent);
  }
  return branch.reverse();
}

export function chatToMarkdown(chat: ExportedChat, words: MarkdownWords): string {
  const title = chat.title === "" ? words.untitled : chat.title;
  const parts = [`# ${title.replace(/\s+/g, " ")}`];
  for (const { role, at, text, model, files } of newestBranch(chat.messages)) {
    const assistant = model === null ? words.assistant : `${words.assistant} (${model})`;
    const who = role === "user" ? (model ?? words.you) : assistant;
    parts.push(`## ${who}, ${words.time(at)}`, text.trim());
    if (files.length > 0) parts.push(files.map((file) => fileToMarkdown(file, words)).join("\n"));
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function fileToMarkdown({ name, type, path }: ExportedFile, words: MarkdownWords): string {
  const said = name.replace(/[[\]\\\s]+/g, " ").trim();
  if (path === null) return `- ${said}: ${words.notHere}`;
  const address = encodeURI(path).replaceAll("(", "%28").replaceAll(")", "%29");
  return `${type.startsWith("image/") ? "!" : "- "}[${said}](${address})`;
}

/** As a file system takes it. */
export function safeName(title: string): string {
  const name = title
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ._-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 80)
    .replace(/^[. ]+|[. ]+$/g, "");
  return name === "" ? "chat" : name;
}

export const fileNameOf = (title: string, extension: string): string => `${safeName(title)}.${extension}`;
