/**
 * A conversation of Claude's export (conversations.json):
 *
 *   {uuid, name, created_at, chat_messages: [{uuid, sender: "human" | "assistant", text, content: [block], created_at,
 *     parent_message_uuid?, attachments: [{file_name, file_type, extracted_content}], files: [{file_name}]}]}
 *   block   {type: "text", text} · {type: "thinking"} · {type: "tool_use", name: "artifacts", input: {title, type, language, content}} · …
 */
import {
  fenced,
  idOf,
  isObject,
  isoToMs,
  listOf,
  type RawMessage,
  type ReadChat,
  type ReadFile,
  stringOf,
  toMessages,
} from "./readChat.ts";

type Fields = Readonly<Record<string, unknown>>;

export const isClaude = (value: unknown): boolean => isObject(value) && Array.isArray(value["chat_messages"]);

/** `null`: it is no such conversation. */
export function readClaude(value: unknown): ReadChat | null {
  if (!isObject(value) || !Array.isArray(value["chat_messages"])) return null;
  const id = idOf(value["uuid"]);
  if (id === null) return null;
  const createdAt = isoToMs(value["created_at"]);
  const rows = listOf(value["chat_messages"]).filter(isObject);
  // Without parents it is a row: each follows the one before it.
  const isTree = rows.some((row) => idOf(row["parent_message_uuid"]) !== null);
  const raw: RawMessage[] = [];
  let steps = 0;
  for (const row of rows) {
    const messageId = idOf(row["uuid"]) ?? `${raw.length}`;
    const { text, steps: aside } = textOf(row);
    steps += aside;
    const role = row["sender"] === "human" ? "user" : row["sender"] === "assistant" ? "assistant" : null;
    const files = filesOf(row);
    const isEmpty = role === null || (text.trim() === "" && files.length === 0);
    raw.push({
      id: messageId,
      parent: isTree ? idOf(row["parent_message_uuid"]) : (raw.at(-1)?.id ?? null),
      kept: isEmpty ? null : { role, at: isoToMs(row["created_at"]) || createdAt, text, model: null, files },
    });
  }
  const title = stringOf(value["name"]).slice(0, 500);
  return {
    ...{
      from: `claude/${id}`,
      title,
      titledBy: "auto",
      createdAt,
      pinned: value["is_starred"] === true,
      archived: false,
    },
    messages: toMessages(raw),
    steps,
  };
}

function textOf(row: Fields): { text: string; steps: number } {
  const blocks = listOf(row["content"]).filter(isObject);
  let steps = 0;
  const parts: string[] = [];
  for (const block of blocks) {
    const artifact = artifactOf(block);
    if (block["type"] === "text") parts.push(stringOf(block["text"]));
    else if (artifact !== null) parts.push(artifact);
    else steps += 1;
  }
  const text = parts.filter((part) => part.trim() !== "").join("\n\n");
  // Older exports have the words beside an empty list of blocks.
  return { text: text === "" && steps === 0 ? stringOf(row["text"]) : text, steps };
}

/** A work that was written beside the conversation, where the call holds all of it. */
function artifactOf(block: Fields): string | null {
  const input = isObject(block["input"]) ? block["input"] : {};
  const content = input["content"];
  if (block["type"] !== "tool_use" || block["name"] !== "artifacts" || typeof content !== "string") return null;
  const [title, type] = [stringOf(input["title"]).replaceAll("*", ""), stringOf(input["type"])];
  const body = type === "text/markdown" ? content : fenced(content, stringOf(input["language"]));
  return title === "" ? body : `**${title}**\n\n${body}`;
}

function filesOf(row: Fields): readonly ReadFile[] {
  const texts = listOf(row["attachments"]).filter(isObject);
  const pictures = listOf(row["files"]).filter(isObject);
  return [
    ...texts.map((file): ReadFile => ({
      name: textName(stringOf(file["file_name"])),
      type: "text/plain",
      place: { kind: "text", text: stringOf(file["extracted_content"]) },
    })),
    // The export names them and does not hold them; an archive that somebody completed by hand may.
    ...pictures.map((file): ReadFile => {
      const name = stringOf(file["file_name"]);
      return { name, type: "", place: { kind: "id", id: idOf(file["file_uuid"]) ?? name } };
    }),
  ];
}

/** What is kept of a document is its text. */
const textName = (name: string): string =>
  /\.(pdf|docx?|odt|rtf|pptx?|xlsx?|epub)$/i.test(name) ? `${name}.txt` : name || "text.txt";
