/**
 * Prompts of the owner's tool servers, as a device asks its host for them: in a temporary chat of its own, which is on no disk and closed with the answer, as a question to a model of this name. The question and its answer are
 * JSON; what a server wrote in them is a stranger's word, and a device puts it beside what is being written, never in its owner's name.
 *
 *   {kind: "list"}                          →  {prompts: [{server, name, says, takes: [{name, says, isRequired}]}], away: [server]}
 *   {kind: "get", server, name, values}     →  {text}, or {error}
 */
import { promptCharsMax, promptFieldsMax, promptNameCharsMax, promptSaysCharsMax, promptsMax } from "../limits.ts";

export const promptsModel = "sovereign/tool-prompts";

export interface PromptField {
  readonly name: string;
  readonly says: string;
  readonly isRequired: boolean;
}

export interface ToolPrompt {
  readonly server: string;
  readonly name: string;
  readonly says: string;
  readonly takes: readonly PromptField[];
}

export type PromptAsk =
  | { readonly kind: "list" }
  | {
      readonly kind: "get";
      readonly server: string;
      readonly name: string;
      readonly values: Readonly<Record<string, string>>;
    };

export interface PromptList {
  readonly prompts: readonly ToolPrompt[];
  /** Servers that could not be asked. */
  readonly away: readonly string[];
}

export type PromptText = { readonly text: string } | { readonly error: string };

/** `null`: it is none of ours. */
export function parsePromptAsk(text: string): PromptAsk | null {
  const fields = parseObject(text);
  if (fields?.["kind"] === "list") return { kind: "list" };
  const [server, name, values] = [fields?.["server"], fields?.["name"], fields?.["values"]];
  if (fields?.["kind"] !== "get" || typeof server !== "string" || typeof name !== "string" || !isObject(values))
    return null;
  const given = Object.entries(values).slice(0, promptFieldsMax);
  if (!given.every((entry): entry is [string, string] => typeof entry[1] === "string")) return null;
  return { kind: "get", server, name, values: Object.fromEntries(given) };
}

export function parsePromptList(text: string): PromptList | null {
  const fields = parseObject(text);
  if (fields === null || !Array.isArray(fields["prompts"])) return null;
  const away = Array.isArray(fields["away"]) ? (fields["away"] as readonly unknown[]) : [];
  return {
    prompts: (fields["prompts"] as readonly unknown[]).slice(0, promptsMax).flatMap(readPrompt),
    away: away.map((each) => short(each, promptNameCharsMax)).filter((each) => each !== ""),
  };
}

export function parsePromptText(text: string): PromptText | null {
  const fields = parseObject(text);
  if (typeof fields?.["text"] === "string") return { text: short(fields["text"], promptCharsMax) };
  return typeof fields?.["error"] === "string" ? { error: short(fields["error"], promptSaysCharsMax) } : null;
}

function readPrompt(value: unknown): readonly ToolPrompt[] {
  if (!isObject(value)) return [];
  const [server, name] = [short(value["server"], promptNameCharsMax), short(value["name"], promptNameCharsMax)];
  if (server === "" || name === "") return [];
  const takes = Array.isArray(value["takes"]) ? (value["takes"] as readonly unknown[]) : [];
  return [
    {
      ...{ server, name, says: short(value["says"], promptSaysCharsMax) },
      takes: takes.slice(0, promptFieldsMax).flatMap((each) => {
        const field = isObject(each) ? short(each["name"], promptNameCharsMax) : "";
        if (!isObject(each) || field === "") return [];
        return [
          { name: field, says: short(each["says"], promptSaysCharsMax), isRequired: each["isRequired"] === true },
        ];
      }),
    },
  ];
}

const short = (value: unknown, charsMax: number): string =>
  typeof value === "string" ? value.slice(0, charsMax).toWellFormed() : "";

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // reason: an answer that broke off is none.
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
