/** A chat to be read: one branch, as Markdown. */
import type { ExportedChat, ExportedMessage } from "./exportFile.ts";

export interface MarkdownWords {
  readonly untitled: string;
  readonly you: string;
  readonly assistant: string;
  time(at: number): string;
}

/** The newest branch: what a person sees who opens it. */
export function newestBranch(messages: readonly ExportedMessage[]): readonly ExportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: ExportedMessage[] = [];
  const seen = new Set<string>();
  let at = messages.reduce<ExportedMessage | undefined>(
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
  for (const { role, at, text, model } of newestBranch(chat.messages)) {
    const who = role === "user" ? words.you : model === null ? words.assistant : `${words.assistant} (${model})`;
    parts.push(`## ${who}, ${words.time(at)}`, text.trim());
  }
  return `${parts.join("\n\n")}\n`;
}

/** As a file system takes it. */
export function fileNameOf(title: string, extension: string): string {
  const name = title
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ._-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 80)
    .replace(/^[. ]+|[. ]+$/g, "");
  return `${name === "" ? "chat" : name}.${extension}`;
}
