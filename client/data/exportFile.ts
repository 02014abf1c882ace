/**
 * Chats as a file that its owner can keep and read anywhere, and bring back. JSON, one object:
 *
 *   format    "sovereign/chats"        version   1        at    when it was written, in milliseconds since 1970
 *   chats     [{ id, title, titledBy: "auto" | "person", createdAt, pinned, archived,
 *               messages: [{ id, parent, role: "user" | "assistant", at, text, model, files? }] }]      every branch, oldest first
 *   files     [{ name, type, bytes, path }]      `path`: in the archive in which this lies as chats.json; `null` where it could not be had
 *   templates [{ id, name, text }]
 *
 * It is not sealed: it is the owner's own copy, made on the owner's word.
 */
import type { Template } from "#sync/docs/templates.ts";
import { wholeBytesMax } from "./limits.ts";
import {
  idOf,
  isObject,
  listOf,
  msOf,
  type RawMessage,
  type ReadChat,
  type ReadFile,
  stringOf,
  toMessages,
} from "./sources/readChat.ts";

export interface ExportedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly path: string | null;
}

export interface ExportedMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly text: string;
  /** Who answered; of a question: the tool that asked, `null` for a person. */
  readonly model: string | null;
  readonly files: readonly ExportedFile[];
}

export interface ExportedChat {
  readonly id: string;
  readonly title: string;
  readonly titledBy: "auto" | "person";
  readonly createdAt: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly messages: readonly ExportedMessage[];
}

export interface ExportFile {
  readonly chats: readonly ReadChat[];
  readonly templates: readonly Template[];
  /** Entries that were there and could not be read. */
  readonly skipped: number;
}

const format = "sovereign/chats";
const version = 1;

export function toJson(chats: readonly ExportedChat[], templates: readonly Template[], at: number): string {
  const withoutNone = (message: ExportedMessage): object => {
    const { files, ...rest } = message;
    return files.length === 0 ? rest : message;
  };
  const written = chats.map((chat) => ({ ...chat, messages: chat.messages.map(withoutNone) }));
  return JSON.stringify({ format, version, at, chats: written, templates }, null, 1);
}

/** `null`: it is no such file. */
export function parseExport(text: string): ExportFile | null {
  if (text.length > wholeBytesMax) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value["format"] !== format || value["version"] !== version) return null;
  const rawChats = listOf(value["chats"]);
  const rawTemplates = listOf(value["templates"]);
  const chats = rawChats.map(parseChat).filter((chat) => chat !== null);
  const templates = rawTemplates.map(parseTemplate).filter((template) => template !== null);
  return { chats, templates, skipped: rawChats.length + rawTemplates.length - chats.length - templates.length };
}

function parseChat(value: unknown): ReadChat | null {
  if (!isObject(value)) return null;
  const id = idOf(value["id"]);
  const raw = listOf(value["messages"]).flatMap(parseMessage);
  if (id === null || raw.length === 0) return null;
  try {
    return {
      from: id,
      title: stringOf(value["title"]).slice(0, 500),
      titledBy: value["titledBy"] === "person" ? "person" : "auto",
      createdAt: msOf(value["createdAt"]),
      pinned: value["pinned"] === true,
      archived: value["archived"] === true,
      messages: toMessages(raw),
      steps: 0,
    };
  } catch {
    return null;
  }
}

function parseMessage(value: unknown): readonly RawMessage[] {
  if (!isObject(value)) return [];
  const { id, parent, role, text, model } = value;
  if (typeof id !== "string" || typeof text !== "string" || (role !== "user" && role !== "assistant")) return [];
  const files = listOf(value["files"]).flatMap(parseFile);
  const kept = { role, at: msOf(value["at"]), text, model: idOf(model), files } as const;
  return [{ id, parent: typeof parent === "string" ? parent : null, kept }];
}

function parseFile(value: unknown): readonly ReadFile[] {
  if (!isObject(value) || typeof value["name"] !== "string") return [];
  const path = stringOf(value["path"]);
  return [{ name: value["name"], type: stringOf(value["type"]), place: { kind: "path", path } }];
}

function parseTemplate(value: unknown): Template | null {
  if (!isObject(value)) return null;
  const { id, name, text } = value;
  if (typeof id !== "string" || typeof name !== "string" || typeof text !== "string") return null;
  return { id: id.slice(0, 64), name, text };
}
