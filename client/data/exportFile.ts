/**
 * Chats as a file that its owner can keep and read anywhere, and bring back. JSON, one object:
 *
 *   format    "sovereign/chats"        version   1        at    when it was written, in milliseconds since 1970
 *   chats     [{ id, title, titledBy: "auto" | "person", createdAt, pinned, archived,
 *               messages: [{ id, parent, role: "user" | "assistant", at, text, model }] }]      every branch, oldest first
 *   templates [{ id, name, text }]
 *
 * It is not sealed: it is the owner's own copy, made on the owner's word.
 */
import type { Template } from "#sync/docs/templates.ts";

export interface ExportedMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly text: string;
  readonly model: string | null;
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
  readonly chats: readonly ExportedChat[];
  readonly templates: readonly Template[];
  /** Entries that were there and could not be read. */
  readonly skipped: number;
}

const format = "sovereign/chats";
const version = 1;
/** A year of heavy use is some 50 MB; a browser tab can hold this much text twice. */
export const importBytesMax = 300_000_000;

export function toJson(chats: readonly ExportedChat[], templates: readonly Template[], at: number): string {
  return JSON.stringify({ format, version, at, chats, templates }, null, 1);
}

/** `null`: it is no such file. */
export function parseExport(text: string): ExportFile | null {
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

function parseChat(value: unknown): ExportedChat | null {
  if (!isObject(value) || typeof value["id"] !== "string" || value["id"].length > 200) return null;
  const messages = listOf(value["messages"])
    .map(parseMessage)
    .filter((message) => message !== null);
  if (messages.length === 0) return null;
  return {
    id: value["id"],
    title: typeof value["title"] === "string" ? value["title"] : "",
    titledBy: value["titledBy"] === "person" ? "person" : "auto",
    createdAt: timeOf(value["createdAt"]),
    pinned: value["pinned"] === true,
    archived: value["archived"] === true,
    messages,
  };
}

function parseMessage(value: unknown): ExportedMessage | null {
  if (!isObject(value)) return null;
  const { id, parent, role, text, model } = value;
  if (typeof id !== "string" || typeof text !== "string" || (role !== "user" && role !== "assistant")) return null;
  return {
    id,
    parent: typeof parent === "string" ? parent : null,
    role,
    at: timeOf(value["at"]),
    text: text.toWellFormed(),
    model: typeof model === "string" ? model : null,
  };
}

function parseTemplate(value: unknown): Template | null {
  if (!isObject(value)) return null;
  const { id, name, text } = value;
  if (typeof id !== "string" || typeof name !== "string" || typeof text !== "string") return null;
  return { id: id.slice(0, 64), name, text };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** Times beyond this are no times: 2100. */
const timeOf = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 4_102_444_800_000 ? value : 0;
