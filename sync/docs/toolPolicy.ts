/**
 * What tools may do: for each class and, before that, for single tools by name. It stands in a project's doc (root map "tools") and, for
 * chats without a project, in the catalog's; devices write it, a lane cannot (scope.ts). A host reads it in the chat's terms (terms.ts).
 *
 *   class:<class>, tool:<name>  →  "deny" | "ask" | "allow"
 */
import type { Doc } from "yjs";
import { toolNameCharsMax, toolRulesMax } from "../limits.ts";

/** From what touches nothing to what cannot be taken back. */
export const toolClasses = ["reads-here", "reads-outside", "writes-here", "sends-out", "costs-money"] as const;
export type ToolClass = (typeof toolClasses)[number];

export const toolRules = ["deny", "ask", "allow"] as const;
export type ToolRule = (typeof toolRules)[number];

export interface ToolPolicy {
  readonly classes: Readonly<Record<ToolClass, ToolRule>>;
  readonly tools: Readonly<Record<string, ToolRule>>;
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

/** A rule for one tool goes before that of its class. */
export function ruleFor(policy: ToolPolicy, name: string, toolClass: ToolClass): ToolRule {
  const own = Object.hasOwn(policy.tools, name) ? policy.tools[name] : undefined;
  if (own !== undefined) return own;
  const ofClass = policy.classes[toolClass];
  return ofClass === "allow" && asksFirst.includes(name) ? "ask" : ofClass;
}

/** What reads as a rule of it, from the flat form; where there is none for a class, the default holds. */
export function parseToolPolicy(value: unknown): ToolPolicy {
  const flat = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const ruleAt = (key: string): ToolRule | null =>
    Object.hasOwn(flat, key) ? (toolRules.find((rule) => rule === flat[key]) ?? null) : null;
  const classes = toolClasses.map((each) => [each, ruleAt(`class:${each}`) ?? defaultToolPolicy.classes[each]]);
  const named = Object.keys(flat)
    .filter((key) => key.startsWith("tool:"))
    .slice(0, toolRulesMax)
    .flatMap((key) => {
      const [name, rule] = [key.slice("tool:".length), ruleAt(key)];
      return rule === null || !isToolName(name) ? [] : [[name, rule] as const];
    });
  return { classes: Object.fromEntries(classes) as ToolPolicy["classes"], tools: Object.fromEntries(named) };
}

/** As it stands in a chat's terms. */
export function parseToolTerms(text: string): ToolPolicy {
  try {
    return parseToolPolicy(JSON.parse(text));
  } catch {
    // reason: what is no policy allows no more than the default.
    return defaultToolPolicy;
  }
}

export interface ToolPolicyDoc {
  read(): ToolPolicy;
  setClass(toolClass: ToolClass, rule: ToolRule): void;
  /** `null`: as its class says. */
  setTool(name: string, rule: ToolRule | null): void;
  observe(listener: () => void): () => void;
}

export function createToolPolicyDoc(doc: Doc): ToolPolicyDoc {
  const map = doc.getMap<unknown>("tools");
  return {
    read: () => parseToolPolicy(map.toJSON()),
    setClass: (toolClass, rule) => void map.set(`class:${toolClass}`, rule),
    setTool: (name, rule) => {
      if (!isToolName(name)) return;
      if (rule === null) map.delete(`tool:${name}`);
      else map.set(`tool:${name}`, rule);
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
