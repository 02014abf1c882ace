/**
 * What tools may do: for each class and, before that, for single tools by name. It stands in a project's doc (root map "tools") and, for
 * chats without a project, in the catalog's; devices write it, a lane cannot (scope.ts). A host reads it in the chat's terms (terms.ts).
 *
 *   class:<class>, tool:<name>  →  "deny" | "ask" | "allow"
 *   version:<name>              →  the one that was called when it was allowed; of a server's tool always, since nothing else says which one was meant
 */
import type { Doc } from "yjs";
import { toolNameCharsMax, toolRulesMax, toolTermsCharsMax } from "../limits.ts";

/** From what touches nothing to what cannot be taken back. */
export const toolClasses = ["reads-here", "reads-outside", "writes-here", "sends-out", "costs-money"] as const;
export type ToolClass = (typeof toolClasses)[number];

export const toolRules = ["deny", "ask", "allow"] as const;
export type ToolRule = (typeof toolRules)[number];

export interface ToolPolicy {
  readonly classes: Readonly<Record<ToolClass, ToolRule>>;
  readonly tools: Readonly<Record<string, ToolRule>>;
  /** Of those that were allowed, which one was meant by the name. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Only what reads here. */
export const defaultToolPolicy: ToolPolicy = {
  classes: {
    "reads-here": "allow",
    "reads-outside": "deny",
    "writes-here": "deny",
    "sends-out": "deny",
    "costs-money": "deny",
  },
  tools: {},
};

/**
 * Of what Sovereign itself brings: tools that reach what was not given to this chat. That all of their class may run says nothing of them; they ask until their owner
 * has said so of the tool itself.
 */
export const asksFirst: readonly string[] = [
  "search_chats",
  "folder_list",
  "folder_read",
  "folder_search",
  "folder_write",
];

/** What names of Sovereign's own tools begin with, and those of no tool server. */
export const ownToolWords: readonly string[] = ["artifact", "fetch", "folder", "run", "search", "task"];

/** By its name, `<server>_<tool>`. Another server can have the name later; what Sovereign brings stays what it is. */
export function isServerTool(name: string): boolean {
  const cut = name.indexOf("_");
  return cut > 0 && !ownToolWords.includes(name.slice(0, cut));
}

/** What holds where somebody's rules cannot be read whole: what they forbid is not known, so nothing may. */
const nothing: ToolPolicy = {
  classes: Object.fromEntries(toolClasses.map((each) => [each, "deny"])) as Record<ToolClass, ToolRule>,
  tools: {},
};

/** A rule for one tool goes before that of its class. What was allowed was that one tool: another of its name asks, unless its whole class may run. */
export function ruleFor(policy: ToolPolicy, name: string, toolClass: ToolClass, version: string): ToolRule {
  const own = Object.hasOwn(policy.tools, name) ? policy.tools[name] : undefined;
  const isLapsed = findLapse(policy, name, version) !== null;
  if (own !== undefined && !isLapsed) return own;
  const ofClass = policy.classes[toolClass];
  if (isLapsed && ofClass !== "allow") return "ask";
  return ofClass === "allow" && asksFirst.includes(name) ? "ask" : ofClass;
}

/**
 * Why an "always" does not hold for this tool: it was said of another of its name, or of this one as it was before, or in a time when nobody wrote down which one was meant. `null`: it holds, or
 * none was said. What Sovereign brings has no version there, and is what it is in each.
 */
export function findLapse(policy: ToolPolicy, name: string, version: string): "another" | "unpinned" | null {
  if (!Object.hasOwn(policy.tools, name) || policy.tools[name] !== "allow") return null;
  const { versions = {} } = policy;
  if (Object.hasOwn(versions, name)) return versions[name] === version ? null : "another";
  return isServerTool(name) ? "unpinned" : null;
}

/**
 * What reads as a rule of it, from the flat form; where there is none for a class, the default holds. There is a bound on rules for single
 * tools, but what the owner forbids is never what falls out: then what is to be asked goes, and before that what is allowed.
 */
export function parseToolPolicy(value: unknown): ToolPolicy {
  const flat = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const classes = toolClasses.map((each) => [each, ruleOf(flat, `class:${each}`) ?? defaultToolPolicy.classes[each]]);
  const named = namedRules(flat);
  const kept = named.filter(({ rule }, index) => rule === "deny" || index < toolRulesMax);
  return {
    classes: Object.fromEntries(classes) as ToolPolicy["classes"],
    tools: Object.fromEntries(kept.map(({ name, rule }) => [name, rule])),
    versions: Object.fromEntries(kept.flatMap(({ name }) => versionIn(flat, name))),
  };
}

/** For `Terms.tools`; "" where nothing was said. What is too much for a chat is left out from the end that allows. */
export function sayToolPolicy(flat: Readonly<Record<string, unknown>>): string {
  if (Object.keys(flat).length === 0) return "";
  const said: Record<string, string> = {};
  for (const each of toolClasses) {
    const rule = ruleOf(flat, `class:${each}`);
    if (rule !== null) said[`class:${each}`] = rule;
  }
  let chars = JSON.stringify(said).length;
  for (const { name, rule } of namedRules(flat)) {
    const versions = rule === "allow" ? versionIn(flat, name) : [];
    for (const [, version] of versions) chars += `,"version:${name}":"${version}"`.length;
    chars += `,"tool:${name}":"${rule}"`.length;
    if (chars > toolTermsCharsMax) {
      if (rule !== "deny") break;
      return JSON.stringify(Object.fromEntries(toolClasses.map((each) => [`class:${each}`, "deny"])));
    }
    for (const [, version] of versions) said[`version:${name}`] = version;
    said[`tool:${name}`] = rule;
  }
  return JSON.stringify(said);
}

/** As it stands in a chat's terms. */
export function parseToolTerms(text: string): ToolPolicy {
  if (text === "") return defaultToolPolicy;
  try {
    return parseToolPolicy(JSON.parse(text));
  } catch {
    // reason: what was cut or changed may have forbidden anything.
    return nothing;
  }
}

function ruleOf(flat: Readonly<Record<string, unknown>>, key: string): ToolRule | null {
  return Object.hasOwn(flat, key) ? (toolRules.find((rule) => rule === flat[key]) ?? null) : null;
}

/** One that cannot be read is no tool's. */
function versionIn(flat: Readonly<Record<string, unknown>>, name: string): readonly (readonly [string, string])[] {
  const key = `version:${name}`;
  if (!Object.hasOwn(flat, key)) return [];
  const version = flat[key];
  return [[name, typeof version === "string" && /^[0-9a-f]{64}$/.test(version) ? version : "unknown"]];
}

/** What forbids first. */
function namedRules(flat: Readonly<Record<string, unknown>>): readonly { name: string; rule: ToolRule }[] {
  return Object.keys(flat)
    .flatMap((key) => {
      const [name, rule] = [key.slice("tool:".length), ruleOf(flat, key)];
      return !key.startsWith("tool:") || rule === null || !isToolName(name) ? [] : [{ name, rule }];
    })
    .toSorted((a, b) => toolRules.indexOf(a.rule) - toolRules.indexOf(b.rule));
}

export interface ToolPolicyDoc {
  read(): ToolPolicy;
  setClass(toolClass: ToolClass, rule: ToolRule): void;
  /** `null`: as its class says. */
  setTool(name: string, rule: ToolRule | null): void;
  /** From now on without being asked, as long as it is this one. */
  allowTool(tool: { readonly name: string; readonly version: string }): void;
  observe(listener: () => void): () => void;
}

export function createToolPolicyDoc(doc: Doc): ToolPolicyDoc {
  const map = doc.getMap<unknown>("tools");
  return {
    read: () => parseToolPolicy(map.toJSON()),
    setClass: (toolClass, rule) => void map.set(`class:${toolClass}`, rule),
    setTool: (name, rule) => {
      if (!isToolName(name)) return;
      if (rule !== null) return void map.set(`tool:${name}`, rule);
      doc.transact(() => {
        map.delete(`tool:${name}`);
        map.delete(`version:${name}`);
      });
    },
    allowTool: ({ name, version }) => {
      if (!isToolName(name)) return;
      doc.transact(() => {
        if (isServerTool(name)) map.set(`version:${name}`, version);
        map.set(`tool:${name}`, "allow");
      });
    },
    observe: (listener) => {
      map.observe(listener);
      return () => map.unobserve(listener);
    },
  };
}

/** As OpenAI has it, and so what every server takes. */
export function isToolName(name: string): boolean {
  return name.length <= toolNameCharsMax && /^[A-Za-z0-9_-]+$/.test(name);
}
