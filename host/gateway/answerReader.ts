/**
 * Reads along while an answer passes, for a record: what the model says in it, streamed or not, whole or broken off. The bytes themselves
 * go on untouched; what cannot be read is left out.
 */
import { StringDecoder } from "node:string_decoder";
import { createToolCallAssembler } from "../backends/toolCalls.ts";
import { isRecord, sayCalls, sayContent, sayItem, type ConversationForm } from "./conversation.ts";
import { recordAnswerBytesMax, recordAnswerCharsMax, recordLineCharsMax } from "./limits.ts";

export interface AnswerReader {
  push(chunk: Buffer): void;
  /** What was said, as far as it came; `isCut` when there was more than is kept. */
  end(): { readonly text: string; readonly isCut: boolean };
}

interface Said {
  /** One event of a stream, or the whole document. */
  take(value: unknown): void;
  text(): string;
}

export function createAnswerReader(form: ConversationForm, isStream: boolean): AnswerReader {
  const said = form === "response" ? createResponse() : createChoices();
  const decoder = new StringDecoder("utf8");
  let waiting = "";
  let bytes = 0;
  let isCut = false;

  function takeLines(): void {
    const lines = waiting.split("\n");
    waiting = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) takeJson(line.slice("data:".length));
    if (waiting.length <= recordLineCharsMax) return;
    waiting = "";
    isCut = true;
  }

  function takeJson(text: string): void {
    try {
      said.take(JSON.parse(text));
    } catch {
      // reason: "[DONE]", a comment, or a backend's mistake; the tool gets it as it came.
    }
  }

  return {
    push: (chunk) => {
      bytes += chunk.length;
      isCut ||= isStream ? said.text().length > recordAnswerCharsMax : bytes > recordAnswerBytesMax;
      if (isCut) return;
      waiting += decoder.write(chunk);
      if (isStream) takeLines();
    },
    end: () => {
      if (!isCut) takeJson(isStream ? waiting.replace(/^data:/, "") : waiting);
      const text = said.text();
      const isTooLong = text.length > recordAnswerCharsMax;
      return { text: text.slice(0, recordAnswerCharsMax).toWellFormed(), isCut: isCut || isTooLong };
    },
  };
}

/** Chat completions and completions: the first choice. */
function createChoices(): Said {
  const calls = createToolCallAssembler([]);
  let text = "";
  return {
    take: (value) => {
      const { choices } = isRecord(value) ? value : {};
      const choice: unknown = Array.isArray(choices) ? choices.find((one) => !isRecord(one) || !one["index"]) : null;
      if (!isRecord(choice)) return;
      const message = choice["delta"] ?? choice["message"];
      text += typeof choice["text"] === "string" ? choice["text"] : "";
      if (!isRecord(message)) return;
      text += sayContent(message["content"]);
      calls.take(message["tool_calls"]);
    },
    text: () => {
      const called = calls.texts();
      return called.length === 0 ? text : sayCalls(text, called);
    },
  };
}

function createResponse(): Said {
  let items: string[] = [];
  let partial = "";
  return {
    take: (value) => {
      if (!isRecord(value)) return;
      const { type, delta, item } = value;
      const whole = isRecord(value["response"]) ? value["response"] : value;
      if (type === "response.output_text.delta" && typeof delta === "string") partial += delta;
      if (type === "response.output_item.done") {
        items.push(sayItem(item));
        partial = "";
      }
      const { output, status } = whole;
      if (!Array.isArray(output) || status === "in_progress" || output.length === 0) return;
      items = output.map(sayItem);
      partial = "";
    },
    text: () => [...items, partial].filter((part) => part !== "").join("\n\n"),
  };
}
