/**
 * A chat of Open WebUI's export:
 *
 *   {id, title, created_at (s), archived, pinned, chat: {title, history: {currentId, messages: {id: message}}, messages?: [message]}}
 *   message   {id, parentId, role, content, timestamp (s), model, files?: [{type: "image", url: "data:…"} | {name, file: {data: {content}}}]}
 */
import {
  idOf,
  isObject,
  listOf,
  type RawMessage,
  type ReadChat,
  type ReadFile,
  secondsToMs,
  stringOf,
  toMessages,
} from "./readChat.ts";

type Fields = Readonly<Record<string, unknown>>;

export const isOpenWebUi = (value: unknown): boolean =>
  isObject(value) &&
  isObject(value["chat"]) &&
  (isObject(value["chat"]["history"]) || Array.isArray(value["chat"]["messages"]));

/** `null`: it is no such chat. */
export function readOpenWebUi(value: unknown): ReadChat | null {
  if (!isObject(value) || !isObject(value["chat"])) return null;
  const { chat } = value;
  const id = idOf(value["id"]) ?? idOf((chat as Fields)["id"]);
  if (id === null || !isOpenWebUi(value)) return null;
  const { history, messages, title, timestamp } = chat as Fields;
  const createdAt = secondsToMs(value["created_at"]) || timeOf(timestamp);
  const tree = isObject(history) && isObject(history["messages"]) ? Object.entries(history["messages"]) : [];
  const raw: RawMessage[] = [];
  let steps = 0;
  const add = (messageId: string, parent: string | null, row: Fields): void => {
    const { text, steps: aside } = textOf(row["content"]);
    steps += aside;
    const role = row["role"] === "user" || row["role"] === "assistant" ? row["role"] : null;
    const files = listOf(row["files"]).flatMap(fileOf);
    const isEmpty = role === null || (text.trim() === "" && files.length === 0);
    const model = role === "assistant" ? idOf(row["model"]) : null;
    const at = timeOf(row["timestamp"]) || createdAt;
    raw.push({ id: messageId, parent, kept: isEmpty ? null : { role, at, text, model, files } });
  };
  for (const [messageId, row] of tree) if (isObject(row)) add(messageId, idOf(row["parentId"]), row);
  // Chats from before there were branches are a row.
  if (tree.length === 0)
    for (const row of listOf(messages))
      if (isObject(row)) add(idOf(row["id"]) ?? `${raw.length}`, raw.at(-1)?.id ?? null, row);
  return {
    from: `open-webui/${id}`,
    title: (stringOf(value["title"]) || stringOf(title)).slice(0, 500),
    titledBy: "auto",
    createdAt,
    pinned: value["pinned"] === true,
    archived: value["archived"] === true,
    messages: toMessages(raw),
    steps,
  };
}

/** Seconds; a few old versions wrote milliseconds, which as seconds would be some fifty thousand years. */
const timeOf = (value: unknown): number =>
  secondsToMs(value) || (typeof value === "number" ? secondsToMs(value / 1000) : 0);

/** What a model thought and which tools it called stands inside its words, folded. */
const folded = /<details type="(?:reasoning|tool_calls|code_interpreter)"[\s\S]*?<\/details>\s*/g;

function textOf(content: unknown): { text: string; steps: number } {
  const words = Array.isArray(content)
    ? content
        .map((part) => (isObject(part) ? stringOf(part["text"]) : ""))
        .filter((part) => part !== "")
        .join("\n\n")
    : stringOf(content);
  return { text: words.replace(folded, ""), steps: words.match(folded)?.length ?? 0 };
}

function fileOf(value: unknown): readonly ReadFile[] {
  if (!isObject(value)) return [];
  const [url, name] = [stringOf(value["url"]), stringOf(value["name"])];
  if (url.startsWith("data:"))
    return [{ name, type: /^data:([^;,]*)/.exec(url)?.[1] ?? "", place: { kind: "dataUrl", url } }];
  const file = isObject(value["file"]) ? value["file"] : {};
  const data = isObject(file["data"]) ? file["data"] : {};
  if (typeof data["content"] === "string" && data["content"] !== "")
    return [
      {
        name: name || stringOf(file["filename"]) || "text.txt",
        type: "text/plain",
        place: { kind: "text", text: data["content"] },
      },
    ];
  // On its own server, which the export does not bring along.
  return [{ name, type: "", place: { kind: "id", id: idOf(value["id"]) ?? name } }];
}
