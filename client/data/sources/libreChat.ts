/**
 * A conversation of LibreChat's export, which is one file each:
 *
 *   {conversationId, title, recursive?, messages | messagesTree: [message]}
 *   message   {messageId, parentMessageId, isCreatedByUser, sender, model, createdAt (ISO), text | content: [part], files?, children?: [message]}
 *   part      {type: "text", text: string | {value}}, or one of "think", "tool_call", "error" and others like it
 */
import {
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

const rowsOf = (chat: Fields): unknown => chat["messagesTree"] ?? chat["messages"];

export const isLibreChat = (value: unknown): boolean =>
  isObject(value) && typeof value["conversationId"] === "string" && Array.isArray(rowsOf(value));

/** `null`: it is no such conversation. */
export function readLibreChat(value: unknown): ReadChat | null {
  if (!isObject(value) || !isLibreChat(value)) return null;
  const id = idOf(value["conversationId"]);
  if (id === null) return null;
  const raw: RawMessage[] = [];
  let [steps, createdAt] = [0, 0];
  // A stack of one's own: a conversation of a thousand turns is a thousand deep.
  const below = (rows: unknown, above: string | null) =>
    listOf(rows)
      .toReversed()
      .map((row) => ({ row, above }));
  const toVisit = below(rowsOf(value), null);
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    const { row, above } = next;
    if (!isObject(row)) continue;
    const messageId = idOf(row["messageId"]) ?? `${raw.length}`;
    const { text, steps: aside } = textOf(row);
    const files = listOf(row["files"]).flatMap(fileOf);
    const isFromUser = row["isCreatedByUser"] === true;
    const at = isoToMs(row["createdAt"]);
    steps += aside;
    if (at > 0 && (createdAt === 0 || at < createdAt)) createdAt = at;
    const isEmpty = text.trim() === "" && files.length === 0;
    const model = isFromUser ? null : (idOf(row["model"]) ?? idOf(row["sender"]));
    const kept = { role: isFromUser ? ("user" as const) : ("assistant" as const), at, text, model, files };
    raw.push({ id: messageId, parent: idOf(row["parentMessageId"]) ?? above, kept: isEmpty ? null : kept });
    for (const child of below(row["children"], messageId)) toVisit.push(child);
  }
  return {
    from: `librechat/${id}`,
    title: stringOf(value["title"]).slice(0, 500),
    titledBy: "auto",
    createdAt,
    pinned: false,
    archived: false,
    messages: toMessages(raw).map((message) => ({ ...message, at: message.at || createdAt })),
    steps,
  };
}

/** Newer messages come in parts, older ones as one text; where there are both, the text is empty or the same. */
function textOf(row: Fields): { readonly text: string; readonly steps: number } {
  const parts = listOf(row["content"]).filter(isObject);
  const words = parts
    .filter(({ type }) => type === "text")
    .map(({ text }) => stringOf(isObject(text) ? text["value"] : text));
  const text =
    stringOf(row["text"]).trim() === "" ? words.filter((part) => part !== "").join("\n\n") : stringOf(row["text"]);
  // An error is no answer: what is left of it is that there was one.
  return { text: row["error"] === true ? "" : text, steps: parts.length - words.length };
}

/** They are on its own server, which the export does not bring along. */
function fileOf(value: unknown): readonly ReadFile[] {
  if (!isObject(value)) return [];
  const name = stringOf(value["filename"]);
  return [{ name, type: stringOf(value["type"]), place: { kind: "id", id: idOf(value["file_id"]) ?? name } }];
}
