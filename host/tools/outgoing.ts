/**
 * What goes to a tool outside, without what its owner need not tell it: by the same patterns and words as for backends outside (../redaction). It happens before anybody is asked, so what an owner is shown is
 * what goes. A placeholder is one text's for a whole run and becomes it again in what the tool gives back. Names of fields stay where the tool itself has them.
 */
import { createRedactor, type RedactionMode, type Redactor } from "../redaction/redact.ts";
import type { FindOptions } from "../redaction/find.ts";
import type { Json, JsonObject, Tool, ToolResult } from "./tool.ts";

export interface OutgoingSettings extends FindOptions {
  readonly mode: RedactionMode;
}

export interface Hidden {
  /** What is to go. */
  readonly args: JsonObject;
  readonly mode: RedactionMode;
  /** What was found, by kind. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Outgoing {
  hide(tool: Pick<Tool, "parameters">, args: JsonObject): Hidden;
  restore(result: ToolResult): ToolResult;
}

/** `settings`: asked at each call, since a project's may change. */
export function createOutgoing(settings: () => OutgoingSettings): Outgoing {
  let last: { readonly says: string; readonly mode: RedactionMode; readonly redactor: Redactor } | null = null;

  function redactorNow(args: JsonObject): { readonly mode: RedactionMode; readonly redactor: Redactor } {
    const now = settings();
    const says = JSON.stringify(now);
    if (last === null || last.says !== says)
      last = { says, mode: now.mode, redactor: createRedactor({ ...now, seen: [JSON.stringify(args)] }) };
    return last;
  }

  return {
    hide: (tool, args) => {
      const { mode, redactor } = redactorNow(args);
      const before = new Map(redactor.counts);
      const known = namesIn(tool.parameters);
      const hidden = mapTexts(args, redactor.redact, known) as JsonObject;
      const found = [...redactor.counts].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const);
      return { args: hidden, mode, counts: Object.fromEntries(found.filter(([, count]) => count > 0)) };
    },
    restore: (result) => {
      const restore = last?.redactor.restore ?? ((text: string) => text);
      const parts = result.parts.map((part) => (part.kind === "text" ? { ...part, text: restore(part.text) } : part));
      return { ...result, parts };
    },
  };
}

/** Texts, names of fields that the tool does not have, and numbers that read as something (a card, a phone). */
function mapTexts(value: Json, hide: (text: string) => string, known: ReadonlySet<string>): Json {
  if (typeof value === "string") return hide(value);
  if (typeof value === "number") {
    const text = String(value);
    const hidden = hide(text);
    return hidden === text ? value : hidden;
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => mapTexts(each, hide, known));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value as JsonObject);
  return Object.fromEntries(
    fields.map(([key, each]) => [known.has(key) ? key : hide(key), mapTexts(each, hide, known)]),
  );
}

/** Of all properties that a schema names, however deep. */
function namesIn(schema: Json, names = new Set<string>(), depth = 0): ReadonlySet<string> {
  if (typeof schema !== "object" || schema === null || depth > schemaDepthMax) return names;
  for (const [key, inner] of Object.entries(schema)) {
    if (key === "properties" && typeof inner === "object" && inner !== null)
      for (const name of Object.keys(inner)) names.add(name);
    namesIn(inner as Json, names, depth + 1);
  }
  return names;
}

/** Twice as deep as arguments may be nested: each level of them is two of a schema. */
const schemaDepthMax = 32;
