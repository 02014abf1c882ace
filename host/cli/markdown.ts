/** A chat as Markdown, for a person to read, and as plain data, for a program. */
import type { Chat, ChatMessage } from "#sync/docs/chat.ts";

export interface ExportedChat {
  readonly id: string;
  readonly title: string;
  readonly createdAt: number;
  readonly lastAt: number;
}

/** The newest branch: what the app shows when the chat is opened. */
export function chatToMarkdown(entry: ExportedChat, chat: Chat): string {
  const parts = chat.thread().map((message) => `## ${authorOf(chat, message)}\n\n${message.text.trim()}\n`);
  const dated = `*${new Date(entry.createdAt).toISOString()} to ${new Date(entry.lastAt).toISOString()} · ${entry.id}*`;
  return [`# ${entry.title || "New chat"}\n`, `${dated}\n`, ...parts].join("\n");
}

/** Every branch. */
export function chatToJson(entry: ExportedChat, chat: Chat): object {
  const messages = chat.messages().map((message) => {
    const view = message.run === null ? null : chat.run(message.run);
    const answer =
      view === null ? {} : { status: view.status, model: view.model, thinking: view.thinking, error: view.error };
    const { id, parent, role, device, at, text } = message;
    return { id, parent, role, device, at, text, ...answer };
  });
  return { ...entry, messages };
}

/** A name that any disk takes; the id makes it the only one. */
export function fileNameOf({ id, title }: ExportedChat): string {
  const words = title
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return `${words === "" ? "chat" : words}-${id.slice(0, 8)}`;
}

function authorOf(chat: Chat, message: ChatMessage): string {
  if (message.role === "user") return "You";
  return (message.run === null ? null : chat.run(message.run).label) ?? "Assistant";
}
