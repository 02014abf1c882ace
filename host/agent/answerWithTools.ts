/**
 * An answer of a model with tools: it is asked again with what each call came to, until it calls no more. What a tool writes stands in the
 * answer where it was called. Calls go one after the other, in the order in which the model made them.
 */
import type { AnswerPart, Backend, Question, ToolCall, Turn } from "../backends/backend.ts";
import type { JsonObject } from "../tools/tool.ts";
import { toolRoundsMax } from "./limits.ts";
import { createTagReader, hideTags, sayTaggedResult } from "./toolTags.ts";

export interface CalledTools {
  readonly offers: readonly { readonly name: string; readonly description: string; readonly parameters: object }[];
  /** `writes`: for the answer's text. `says`: for the model. */
  call(call: ToolCall, answer: string): Promise<{ readonly writes: string; readonly says: string }>;
}

/** How far an answer has come. It outlives an attempt that failed: what was called is not called again. */
export interface ToolProgress {
  turns: readonly Turn[];
  /** All that stands of the answer. */
  answer: string;
  round: number;
  completionTokens: number;
}

export async function* answerWithTools(
  backend: Pick<Backend, "answer">,
  asked: Question,
  tools: CalledTools,
  signal: AbortSignal,
  options: {
    readonly progress: ToolProgress;
    /** By OpenAI's interface, or by a tag in the text for models that do not know it (toolTags.ts). */
    readonly by: "calls" | "tags";
  },
): AsyncGenerator<AnswerPart> {
  const { progress } = options;
  for (; ; progress.round++) {
    const calls: ToolCall[] = [];
    let said = "";
    /** What a model says after its tools begins a paragraph of its own. */
    const bridge = (text: string): string =>
      said === "" && progress.round > 1 && text !== "" && /\S$/.test(progress.answer) ? `\n\n${text}` : text;
    // The last time it has to say something instead.
    const isLast = progress.round >= toolRoundsMax;
    const offered =
      isLast || options.by === "tags"
        ? {}
        : { tools: tools.offers, onToolCall: (call: ToolCall) => void calls.push(call) };
    const tags = options.by === "tags" ? createTagReader(tools.offers.map(({ name }) => name)) : null;
    for await (const part of backend.answer({ ...asked, turns: progress.turns, ...offered }, signal)) {
      if (part.kind === "usage") {
        yield { ...part, completionTokens: progress.completionTokens + part.completionTokens };
        progress.completionTokens += part.completionTokens;
      } else if (part.kind === "thinking" || tags === null) {
        const shown = part.kind === "text" ? { ...part, text: bridge(part.text) } : part;
        if (shown.kind === "text") said += shown.text;
        yield shown;
      } else {
        const { text: words, call } = tags.take(part.text);
        const text = bridge(words);
        said += text;
        if (text !== "") yield { kind: "text", text };
        // What it goes on to say is its own idea of what the tool would give.
        if (call !== null && calls.push(call) > 0) break;
      }
    }
    const rest = calls.length === 0 ? bridge(tags?.end() ?? "") : "";
    said += rest;
    if (rest !== "") yield { kind: "text", text: rest };
    progress.answer += said;
    if (calls.length === 0 || isLast || signal.aborted) return;
    const results: { call: ToolCall; says: string }[] = [];
    for (const call of calls) {
      const { writes, says } = await tools.call(call, progress.answer);
      progress.answer += writes;
      if (writes !== "") yield { kind: "text", text: writes };
      results.push({ call, says });
      if (signal.aborted) return;
    }
    progress.turns = [...progress.turns, ...turnsOf(said.trimStart(), results, options.by)];
  }
}

/** What a model said, called and was given, as it is shown to it. */
export function turnsOf(
  said: string,
  results: readonly { readonly call: ToolCall; readonly says: string }[],
  by: "calls" | "tags",
): readonly Turn[] {
  if (by === "tags") {
    const tags = results.map(({ call }) => sayTag(call)).join("\n");
    const told = results.map(({ call, says }) => sayTaggedResult(call.name, says)).join("\n\n");
    return [
      { role: "assistant", text: [hideTags(said), tags].filter((part) => part !== "").join("\n") },
      { role: "user", text: told },
    ];
  }
  return [
    { role: "assistant", text: said, calls: results.map(({ call }) => call) },
    ...results.map(({ call, says }) => ({ role: "tool" as const, text: says, callId: call.id })),
  ];
}

/** Its arguments may hold a tag; written this way it is the same JSON and no tag. */
const sayTag = ({ name, arguments: given }: ToolCall): string =>
  `<tool_call>${JSON.stringify({ name, arguments: given as JsonObject }).replaceAll("<", "\\u003c")}</tool_call>`;
