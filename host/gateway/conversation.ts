/**
 * A tool's request and a model's answer as turns of a conversation, for a record. What a tool tells the model about itself (`system`,
 * `developer`, `instructions`) is no part of it; pictures, sounds and files are named and not kept; a call of a tool and its result are
 * written out. The same words give the same turns whether a model said them just now or a tool repeats them.
 */
import type { RecordedTurn } from "#crypto/record.ts";

/** What can be recorded. */
export type ConversationForm = "chat" | "completion" | "response";

export function conversationFormOf(path: string): ConversationForm | null {
  if (path === "/v1/chat/completions") return "chat";
  if (path === "/v1/completions") return "completion";
  return path === "/v1/responses" ? "response" : null;
}

/** What was said before the answer. */
export function requestTurns(form: ConversationForm, body: unknown): readonly RecordedTurn[] {
  const { messages, prompt, input } = isRecord(body) ? body : {};
  if (form === "chat") return joined(listOf(messages).flatMap(turnOf));
  if (form === "completion") {
    const texts = (Array.isArray(prompt) ? prompt : [prompt]).filter((text) => typeof text === "string");
    return joined([{ role: "user", text: texts.join("\n") }]);
  }
  return joined(typeof input === "string" ? [{ role: "user", text: input }] : listOf(input).flatMap(itemTurn));
}

/** With the answer behind; one that goes on with the model's own words is one turn with them. */
export function withAnswer(turns: readonly RecordedTurn[], text: string): readonly RecordedTurn[] {
  return joined([...turns, { role: "assistant", text }]);
}

export interface ToolCallText {
  readonly name: string;
  readonly arguments: string;
}

export function sayCalls(text: string, calls: readonly ToolCallText[]): string {
  return [text, ...calls.map((call) => `\`${call.name}\`\n${fenced(call.arguments)}`)]
    .filter((part) => part.trim() !== "")
    .join("\n\n");
}

/** An item of a response's `output`, or of a request's `input`, in the model's words; "" for what is none of them. */
export function sayItem(item: unknown): string {
  if (!isRecord(item)) return "";
  const { type, name, arguments: given, content } = item;
  if (type === "function_call") return sayCalls("", [{ name: textOf(name), arguments: textOf(given) }]);
  return type === "reasoning" ? "" : sayContent(content);
}

function turnOf(message: unknown): readonly RecordedTurn[] {
  if (!isRecord(message)) return [];
  const { role, content, tool_calls: calls } = message;
  if (role === "user") return [{ role, text: sayContent(content) }];
  if (role === "assistant") return [{ role, text: sayCalls(sayContent(content), listOf(calls).map(callOf)) }];
  if (role === "tool" || role === "function") return [{ role: "user", text: fenced(sayContent(content)) }];
  return [];
}

function itemTurn(item: unknown): readonly RecordedTurn[] {
  if (!isRecord(item)) return [];
  const { role, type, output } = item;
  if (type === "function_call_output") return [{ role: "user", text: fenced(sayContent(output)) }];
  if (role === "user") return [{ role, text: sayItem(item) }];
  return role === "assistant" || type === "function_call" ? [{ role: "assistant", text: sayItem(item) }] : [];
}

export function callOf(call: unknown): ToolCallText {
  const { function: given } = isRecord(call) ? call : {};
  const { name, arguments: text } = isRecord(given) ? given : {};
  return { name: textOf(name), arguments: textOf(text) };
}

export function sayContent(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map((part) => {
      const { type, text } = isRecord(part) ? part : {};
      if (typeof text === "string") return text;
      return NAMED_PARTS[textOf(type)] ?? "";
    })
    .filter((text) => text !== "")
    .join("\n");
}

const NAMED_PARTS: Readonly<Record<string, string>> = {
  image_url: "[picture]",
  input_image: "[picture]",
  input_audio: "[sound]",
  file: "[file]",
  input_file: "[file]",
};

/** Turns of the model that follow each other are one. */
function joined(turns: readonly RecordedTurn[]): readonly RecordedTurn[] {
  const all: RecordedTurn[] = [];
  for (const turn of turns) {
    if (turn.text.trim() === "") continue;
    const last = all.at(-1);
    if (last?.role === "assistant" && turn.role === "assistant")
      all.splice(-1, 1, { role: "assistant", text: `${last.text}\n\n${turn.text}` });
    else all.push({ role: turn.role, text: turn.text.toWellFormed() });
  }
  return all;
}

/** Longer than any row of backticks inside, so that it ends where it should. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([row]) => row.length));
  const fence = "`".repeat(longest + 1);
  return text === "" ? "" : `${fence}\n${text}\n${fence}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
