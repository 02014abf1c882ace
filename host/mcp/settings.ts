/**
 * The tool servers that the owner added, and what they approved of each. `HOME/tools/servers.json`, written by the command line and, where a server was seen to have
 * changed, by the agent:
 *
 *   { "version": 1, "servers": [{ "name": "files", "kind": "program", "command": "/usr/bin/mcp-files", "args": ["/home/me/notes"],
 *                                 "reads": ["/home/me/notes"], "writes": [], "approved": [{ "definition": {…}, "pin": "<64 hex>", "isSetAside": false }],
 *                                 "hasResources": false },
 *                               { "name": "wiki", "kind": "address", "url": "https://…", "approved": [] }] }
 */
import { join } from "node:path";
import { ownToolWords } from "#sync/docs/toolPolicy.ts";
import { prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";
import { isObject, readApproved, type ApprovedTool } from "./definitions.ts";
import { McpError } from "./errors.ts";
import { serverNameCharsMax, serversMax, settingsBytesMax } from "./limits.ts";

export interface ProgramServer {
  readonly kind: "program";
  readonly name: string;
  /** It has resources, which models may ask for. */
  readonly hasResources: boolean;
  /** Absolute, as it was found when it was added. */
  readonly command: string;
  readonly args: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly approved: readonly ApprovedTool[];
  /** It came as a signed folder (../plugins/). */
  readonly plugin?: PluginPart;
}

export interface PluginPart {
  readonly version: string;
  /** 64 hex digits. */
  readonly publisher: string;
  /** Its files, which it may read, and a folder of its own to write; `null`: it did not ask for one. */
  readonly folder: string;
  readonly data: string | null;
  /** What its owner set. It is told by its environment, since who may see the machine's processes may see their command lines. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface AddressServer {
  readonly kind: "address";
  readonly name: string;
  readonly hasResources: boolean;
  readonly url: string;
  readonly approved: readonly ApprovedTool[];
}

export type ServerSettings = ProgramServer | AddressServer;

const fileOf = (home: string): string => join(home, "tools", "servers.json");

/** A lower-case word: it stands before its tools' names, and an underscore divides the two. */
export function parseServerName(text: string): string {
  if (isServerName(text)) return text;
  throw new McpError(
    "settings",
    `"${text.slice(0, 60)}" cannot be a server's name. Take a short word of small letters, digits and "-", as in: files`,
  );
}

/** A server's "create" must not be taken for `artifact_create`. */
const isServerName = (text: string): boolean =>
  text.length <= serverNameCharsMax && /^[a-z][a-z0-9-]*$/.test(text) && !ownToolWords.includes(text);

/** What does not make sense is not there: nothing of it is started. Throws `McpError("settings")` for a file that cannot be read at all. */
export function readServers(home: string): readonly ServerSettings[] {
  const bytes = readFileIfThere(fileOf(home));
  if (bytes === null) return [];
  const value = parseFile(home, bytes);
  const servers = isObject(value) && Array.isArray(value["servers"]) ? value["servers"] : [];
  return servers.flatMap((each) => readServer(each) ?? []).slice(0, serversMax);
}

function parseFile(home: string, bytes: Uint8Array): unknown {
  try {
    if (bytes.length > settingsBytesMax) throw new Error("too large");
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new McpError(
      "settings",
      `${fileOf(home)} is not what Sovereign wrote there, so no tool server is started. Put the file back, or delete it and add the servers again.`,
      { cause },
    );
  }
}

function readServer(value: unknown): ServerSettings | null {
  if (!isObject(value)) return null;
  const { name, kind, command, url } = value;
  if (typeof name !== "string" || !isServerName(name)) return null;
  const given = Array.isArray(value["approved"]) ? value["approved"] : [];
  const approved = given.flatMap((each) => readApproved(each) ?? []);
  const hasResources = value["hasResources"] === true;
  if (kind === "address" && typeof url === "string") return { kind, name, url, hasResources, approved };
  if (kind !== "program" || typeof command !== "string") return null;
  const texts = (key: string): readonly string[] => {
    const list = value[key];
    return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
  };
  const lent = { args: texts("args"), reads: texts("reads"), writes: texts("writes") };
  const plugin = value["plugin"];
  if (plugin === undefined) return { kind, name, command, ...lent, hasResources, approved };
  const part = readPluginPart(plugin);
  return part === null ? null : { kind, name, command, ...lent, hasResources, approved, plugin: part };
}

function readPluginPart(value: unknown): PluginPart | null {
  const { version, publisher, folder, data, settings }: Record<string, unknown> = isObject(value) ? value : {};
  const isWhole = typeof version === "string" && typeof publisher === "string" && typeof folder === "string";
  if (!isWhole || (data !== null && typeof data !== "string") || !isTexts(settings)) return null;
  return { version, publisher, folder, data, settings };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((each) => typeof each === "string");
}

/** `change` is given what stands there at this moment. */
export function changeServers(
  home: string,
  change: (servers: readonly ServerSettings[]) => readonly ServerSettings[],
): void {
  const next = change(readServers(home));
  if (next.length > serversMax)
    throw new McpError(
      "settings",
      `There are ${serversMax} tool servers already. Remove one first: sovereign tools remove NAME`,
    );
  prepareFolder(join(home, "tools"));
  const text = JSON.stringify({ version: 1, servers: next }, null, 2);
  if (Buffer.byteLength(text) > settingsBytesMax)
    throw new McpError(
      "settings",
      "What these servers say of their tools is more than is kept. Remove a server first: sovereign tools remove NAME",
    );
  writeFileWhole(fileOf(home), Buffer.from(`${text}\n`));
}

/** Kept, so that a server that changes a tool and changes it back is not believed. */
export function setAside(home: string, server: string, tools: readonly string[]): void {
  changeServers(home, (servers) =>
    servers.map((each) => {
      if (each.name !== server) return each;
      const approved = each.approved.map((tool) => (tools.includes(tool.name) ? { ...tool, isSetAside: true } : tool));
      return { ...each, approved };
    }),
  );
}
