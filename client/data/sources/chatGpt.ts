/**
 * A conversation of ChatGPT's export (conversations.json, or conversations-000.json … of a large one):
 *
 *   {conversation_id | id, title, create_time (s), is_archived, is_starred, mapping: {id: {message | null, parent, children}}}
 *   message   {author: {role}, create_time (s | null), recipient, content: {content_type, parts | text}, metadata: {attachments, model_slug, …}}
 *   part      a string, or {content_type: "image_asset_pointer", asset_pointer: "file-service://file-…"} and others like it
 */
import {
  fenced,
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

export const isChatGpt = (value: unknown): boolean => isObject(value) && isObject(value["mapping"]);

/** `null`: it is no such conversation. */
export function readChatGpt(value: unknown): ReadChat | null {
  if (!isObject(value) || !isObject(value["mapping"])) return null;
  const id = idOf(value["conversation_id"]) ?? idOf(value["id"]);
  if (id === null) return null;
  const createdAt = secondsToMs(value["create_time"]);
  let steps = 0;
  const raw: RawMessage[] = [];
  for (const [nodeId, node] of Object.entries(value["mapping"])) {
    if (!isObject(node)) continue;
    const message = isObject(node["message"]) ? node["message"] : null;
    const kept = message === null ? null : keptOf(message, createdAt);
    if (kept === "step") steps += 1;
    raw.push({ id: nodeId, parent: idOf(node["parent"]), kept: kept === "step" ? null : kept });
  }
  return {
    from: `chatgpt/${id}`,
    title: stringOf(value["title"]).slice(0, 500),
    titledBy: "auto",
    createdAt,
    pinned: value["is_starred"] === true,
    archived: value["is_archived"] === true,
    messages: toMessages(raw),
    steps,
  };
}

function keptOf(message: Fields, createdAt: number): RawMessage["kept"] | "step" {
  const content = isObject(message["content"]) ? message["content"] : {};
  const metadata = isObject(message["metadata"]) ? message["metadata"] : {};
  const author = isObject(message["author"]) ? stringOf(message["author"]["role"]) : "";
  const pictures = picturesOf(content);
  // What a tool drew is a part of the answer; all else that a tool said is a step on the way there.
  const role =
    author === "user" || author === "assistant"
      ? author
      : pictures.length > 0 && author === "tool"
        ? "assistant"
        : null;
  if (author === "system" || metadata["is_visually_hidden_from_conversation"] === true) return null;
  if (role === null) return "step";
  const text = author === "tool" ? "" : textOf(content, stringOf(message["recipient"]));
  if (text === null) return "step";
  const files = [...attachmentsOf(metadata), ...pictures];
  const known = new Set<string>();
  const once = files.filter(({ place }) => place.kind === "id" && !known.has(place.id) && known.add(place.id));
  if (text.trim() === "" && once.length === 0) return null;
  return {
    role,
    at: secondsToMs(message["create_time"]) || createdAt,
    text,
    model: role === "assistant" ? idOf(metadata["model_slug"]) : null,
    files: once,
  };
}

/** `null`: not words for a person. */
function textOf(content: Fields, recipient: string): string | null {
  const type = content["content_type"];
  const isForTool = recipient !== "" && recipient !== "all";
  if (recipient === "canmore.create_textdoc")
    return canvasOf(listOf(content["parts"]).map(stringOf).join("") || stringOf(content["text"]));
  if (isForTool) return null;
  if (type === "code") return fenced(stringOf(content["text"]), stringOf(content["language"]).replace("unknown", ""));
  if (type !== "text" && type !== "multimodal_text") return null;
  return listOf(content["parts"])
    .map((part) =>
      isObject(part) && part["content_type"] === "audio_transcription" ? stringOf(part["text"]) : stringOf(part),
    )
    .filter((part) => part !== "")
    .join("\n\n")
    .replace(citation, "");
}

/** Where the page of its maker shows a small number: between three characters that belong to nobody. */
const citation = /\ue200[^\ue201]*\ue201/g;

/** A document that was written beside the conversation, as the call that made it. */
function canvasOf(call: string): string | null {
  try {
    const document: unknown = JSON.parse(call);
    if (!isObject(document) || typeof document["content"] !== "string") return null;
    const [name, type, text] = [stringOf(document["name"]), stringOf(document["type"]), document["content"]];
    const body = type.startsWith("code/") ? fenced(text, type.slice("code/".length)) : text;
    return name === "" ? body : `**${name.replaceAll("*", "")}**\n\n${body}`;
  } catch {
    return null;
  }
}

function picturesOf(content: Fields): readonly ReadFile[] {
  return listOf(content["parts"]).flatMap((part) => {
    if (!isObject(part)) return [];
    const id = idOf(
      stringOf(part["asset_pointer"])
        .replace(/^[a-z-]+:\/\//, "")
        .replace(/[#?].*$/, ""),
    );
    return id === null ? [] : [{ name: "", type: "", place: { kind: "id", id } as const }];
  });
}

function attachmentsOf(metadata: Fields): readonly ReadFile[] {
  return listOf(metadata["attachments"]).flatMap((attachment) => {
    if (!isObject(attachment)) return [];
    const id = idOf(attachment["id"]);
    if (id === null) return [];
    return [
      {
        name: stringOf(attachment["name"]),
        type: stringOf(attachment["mime_type"]),
        place: { kind: "id", id } as const,
      },
    ];
  });
}
