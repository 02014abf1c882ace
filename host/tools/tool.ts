/**
 * What can act for a model, by one shape: what is built in, what a server brings, what a plugin brings. A tool says what it is and does
 * what it is told; whether it may is decided before it is run, in one place (dispatch.ts), and never by the tool.
 */
import { bytesToHex, utf8ToBytes } from "#crypto/bytes.ts";
import { hash256 } from "#crypto/hash.ts";
import type { ToolClass } from "#sync/docs/toolPolicy.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What a model is told of a tool, and what its owner approved of it. Any change of it is another version. */
export interface ToolDefinition {
  /** Letters, digits, "_" and "-": what a model calls. A server's tools carry the server's name in front. */
  readonly name: string;
  readonly description: string;
  /** A JSON schema of an object. */
  readonly parameters: JsonObject;
  readonly class: ToolClass;
}

export interface Tool extends ToolDefinition {
  /** `versionOf` its definition: an approval is bound to it. */
  readonly version: string;
  /** What it gives was written by someone else (a page, a file, a server), and may hold instructions. */
  readonly isUntrusted: boolean;
  /** Where this call acts or sends, in words a person can check: a host name, a folder. "" where that is nowhere in particular. */
  target(args: JsonObject): string;
  /** Throws for nothing that the world does: a failure is a result. An abort ends it early; what it then gives is not looked at. */
  run(args: JsonObject, context: ToolContext): Promise<ToolResult>;
}

export interface ToolContext {
  readonly signal: AbortSignal;
  /** The call's own id, as it stands in the chat; left out where there is none. */
  readonly call?: string;
  /** How far it is, in a few words; `share` from 0 to 1 where it knows. Shown beside the call, a few of them (aside.ts). */
  readonly progress: (says: string, share?: number) => void;
  /** Asks the owner something by a form. `null`: they said no, or nobody answered. */
  readonly elicit: (form: ElicitForm) => Promise<JsonObject | null>;
}

export interface ElicitForm {
  readonly says: string;
  /** A flat JSON schema of an object, as MCP has it: strings, numbers, booleans and choices. */
  readonly fields: JsonObject;
}

export type ToolPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array };

export interface ToolResult {
  readonly parts: readonly ToolPart[];
  readonly isError: boolean;
  /** Left out: as its tool says. */
  readonly isUntrusted?: boolean;
}

/** A server, a plugin, or what is built in. Its tools may change while it is there. */
export interface ToolSource {
  /** A few letters, for the audit and for whoever looks for a fault. */
  readonly name: string;
  /** Those that may be used now. */
  tools(): readonly Tool[];
  /** Called whenever `tools()` would say something else. Returns how to stop that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** 64 hex digits over all that a model is told and a policy goes by, keys in one order. */
/** `from`: what runs it, where that is none of ours. */
export function versionOf({ name, description, parameters, class: toolClass }: ToolDefinition, from?: Json): string {
  const fields = { name, description, parameters, class: toolClass };
  const whole = canonicalJson(from === undefined ? fields : { ...fields, from });
  return bytesToHex(hash256("sovereign/tool-definition/v1", utf8ToBytes(whole)));
}

/** The same text for the same value, whatever order its keys came in. */
export function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(",")}]`;
  const fields = Object.entries(value as JsonObject).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(",")}}`;
}

export const textResult = (text: string): ToolResult => ({ parts: [{ kind: "text", text }], isError: false });
export const errorResult = (text: string): ToolResult => ({ parts: [{ kind: "text", text }], isError: true });
