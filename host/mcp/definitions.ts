/**
 * What a server says its tools are, and which of them its owner approved. A definition is pinned whole: what is approved is kept, word for word, and that is
 * what models are told from then on, never what the server says now. Any difference (a word, a field, a wider schema) sets the tool aside until it is approved again,
 * also when the server changes it back.
 */
import { createHash } from "node:crypto";
import { canonicalJson, type Json, type JsonObject } from "../tools/tool.ts";
import { definitionBytesMax, definitionDepthMax, offeredNameCharsMax, toolsMax } from "./limits.ts";

/** All that a server says of one tool. */
export interface ServedTool {
  readonly name: string;
  readonly definition: JsonObject;
  /** 64 hex digits over all of it, keys in one order. */
  readonly pin: string;
}

export interface ApprovedTool {
  readonly name: string;
  readonly definition: JsonObject;
  readonly pin: string;
  /** It was seen to differ from what was approved, and waits to be approved again. */
  readonly isSetAside: boolean;
}

export type ToolState = "approved" | "new" | "changed" | "gone";

/** What of a list makes sense. What does not (a name twice, one that is too large) is left out and said. */
export function readServedTools(list: readonly unknown[]): {
  readonly tools: readonly ServedTool[];
  readonly refused: readonly string[];
} {
  const refused: string[] = [];
  const found = new Map<string, ServedTool>();
  const twice = new Set<string>();
  for (const each of list.slice(0, toolsMax)) {
    const tool = readServedTool(each);
    if (typeof tool === "string") refused.push(tool);
    else if (found.has(tool.name)) twice.add(tool.name);
    else found.set(tool.name, tool);
  }
  // Which of two would be called is the server's to choose later: neither is.
  for (const name of twice) {
    found.delete(name);
    refused.push(`${name}: named twice`);
  }
  if (list.length > toolsMax) refused.push(`${list.length - toolsMax} more: a server may have ${toolsMax}`);
  return { tools: [...found.values()], refused };
}

function readServedTool(value: unknown): ServedTool | string {
  if (!isJson(value, definitionDepthMax) || !isObject(value)) return "one that makes no sense";
  const { name, inputSchema } = value;
  if (typeof name !== "string" || !/^[\w.\-/]{1,128}$/.test(name)) return "one whose name is no name";
  if (!isObject(inputSchema) || inputSchema["type"] !== "object") return `${name}: it does not say what it takes`;
  const text = canonicalJson(value);
  if (Buffer.byteLength(text) > definitionBytesMax) return `${name}: its description is too long to be read`;
  return { name, definition: value, pin: pinOf(text) };
}

function pinOf(canonical: string): string {
  return createHash("sha256").update("sovereign/mcp-definition/v1\0").update(canonical).digest("hex");
}

/** How each tool stands, of those that are served and those that were approved. */
export function compareTools(
  approved: readonly ApprovedTool[],
  served: readonly ServedTool[],
): ReadonlyMap<string, ToolState> {
  const states = new Map<string, ToolState>(approved.map(({ name }) => [name, "gone"]));
  for (const { name, pin } of served) {
    const before = approved.find((each) => each.name === name);
    states.set(name, before === undefined ? "new" : before.pin === pin && !before.isSetAside ? "approved" : "changed");
  }
  return states;
}

export function approve({ name, definition, pin }: ServedTool): ApprovedTool {
  return { name, definition, pin, isSetAside: false };
}

/** `null`: what stands in the file is not what was approved. */
export function readApproved(value: unknown): ApprovedTool | null {
  if (!isObject(value) || !isObject(value["definition"])) return null;
  const tool = readServedTool(value["definition"]);
  if (typeof tool === "string" || tool.pin !== value["pin"]) return null;
  return { ...approve(tool), isSetAside: value["isSetAside"] === true };
}

/** What a model calls it: the server's name in front, so that no server can take another's place. */
export function toOfferedName(server: string, tool: string): string {
  const plain = `${server}_${tool.replace(/[^\w-]/g, "_")}`;
  if (plain.length <= offeredNameCharsMax && plain === `${server}_${tool}`) return plain;
  const mark = createHash("sha256").update(`${server}\0${tool}`).digest("hex").slice(0, 8);
  return `${plain.slice(0, offeredNameCharsMax - mark.length - 1)}_${mark}`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Plain values, not nested deeper than a reader can follow. */
export function isJson(value: unknown, depth: number): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === 0) return false;
  return Object.values(value).every((each) => each === undefined || isJson(each, depth - 1));
}
