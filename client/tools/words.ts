/** The words of tools, in the language that the page has: a table of their own, to keep them out of the first load. */
import type { HiddenParts } from "#sync/docs/toolSteps.ts";
import { t } from "../app/strings.ts";
import { toolEnglish, type ToolStrings } from "./english.ts";
import { toolGerman } from "./german.ts";

export const toolTables: Readonly<Record<string, ToolStrings>> = { en: toolEnglish, de: toolGerman };

/** Read when the first of these views is: the language was chosen before. */
export const k: ToolStrings = toolTables[t.language] ?? toolEnglish;

/** What a yes to this tool means; "" where its name and what it is given tell. */
export function sayMeaning(name: string): string {
  return Object.hasOwn(k.means, name) ? k.means[name as keyof ToolStrings["means"]] : "";
}

/** What was looked for in what goes to a tool elsewhere. */
export function sayFound({ mode, counts }: HiddenParts): string {
  const many = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return mode === "warn" ? k.foundInside(many) : k.takenOut(many);
}

/** As a person would say it, where this page knows the tool: what it did, or what it is there to do. */
export function sayTool(name: string, isDone = false): string {
  const says: Readonly<Record<string, string>> = isDone ? k.names : k.plans;
  return (Object.hasOwn(says, name) ? says[name] : undefined) ?? name;
}
