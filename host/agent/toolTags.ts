/**
 * Tools for models that know no tool calls: they are told a tag, and what comes in it is a call. It is the form that the open models with
 * tools were trained on (Hermes, Qwen), so that one which its server serves without them often knows it.
 *
 *   <tool_call>{"name": "calculate", "arguments": {"expression": "2+2"}}</tool_call>
 */
import type { ToolCall, Turn } from "../backends/backend.ts";
import { toolArgumentsCharsMax } from "../backends/limits.ts";

const OPEN = "<tool_call>";
const CLOSE = "</tool_call>";

export interface TagReader {
  /** What of it is words, as soon as that is certain; the call, once its tag is closed. What follows is not read. */
  take(text: string): { readonly text: string; readonly call: ToolCall | null };
  /** What was held back, and turned out to be words. */
  end(): string;
}

export function createTagReader(offered: readonly string[]): TagReader {
  let held = "";
  let isOver = false;
  return {
    take: (text) => {
      if (isOver) return { text: "", call: null };
      held += text;
      const open = held.indexOf(OPEN);
      if (open === -1) {
        const kept = beginningOf(held);
        const words = held.slice(0, held.length - kept);
        held = held.slice(held.length - kept);
        return { text: words, call: null };
      }
      const close = held.indexOf(CLOSE, open);
      if (close === -1 && held.length - open <= toolArgumentsCharsMax) {
        const words = held.slice(0, open);
        held = held.slice(open);
        return { text: words, call: null };
      }
      const call = close === -1 ? null : parseCall(held.slice(open + OPEN.length, close), offered);
      const words = held.slice(0, call === null ? undefined : open);
      held = "";
      isOver = call !== null;
      return { text: words, call };
    },
    end: () => held,
  };
}

/** How much of the end may be the beginning of a tag. */
function beginningOf(text: string): number {
  for (let length = Math.min(OPEN.length - 1, text.length); length > 0; length--)
    if (OPEN.startsWith(text.slice(-length))) return length;
  return 0;
}

function parseCall(text: string, offered: readonly string[]): ToolCall | null {
  try {
    const value = JSON.parse(text) as { name?: unknown; arguments?: unknown } | null;
    const name = value?.name;
    const given = value?.arguments ?? {};
    if (typeof name !== "string" || !offered.includes(name)) return null;
    if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
    return { id: "call-0", name, arguments: given };
  } catch {
    // reason: what does not read as a call is words.
    return null;
  }
}

export function sayToolTags(offers: readonly { name: string; description: string; parameters: object }[]): string {
  const lines = offers.map(({ name, description, parameters }) =>
    hideTags(JSON.stringify({ name, description, parameters })),
  );
  return [
    "You may use these tools, each described by a line of JSON:",
    ...lines,
    `To use one, write on a line of its own ${OPEN}{"name": "…", "arguments": {…}}${CLOSE} and stop there. What it gives comes with the next message. Use one only where it helps, and never make up what it gives.`,
  ].join("\n");
}

/** What a tool gave, or what anybody but the model wrote: repeated by the model word for word, its tag must not be read as a call of the model's. */
export const hideTags = (text: string): string => text.replace(/<(?=\/?tool_call>)/g, "< ");

export const sayTaggedResult = (name: string, says: string): string =>
  `[What the tool ${name} gave]\n${hideTags(says)}`;

/** Everything that a model is shown, but for what it is told of the tag itself: the owner's words, files, names, what is remembered, earlier answers. */
export const hideTagsIn = (turns: readonly Turn[], toldOfTools: string): readonly Turn[] =>
  turns.map((turn) => {
    const parts = turn.role === "system" && toldOfTools !== "" ? turn.text.split(toldOfTools) : [turn.text];
    // Only its first place is ours: where somebody wrote the same words, theirs is hidden.
    const [before = "", ...after] = parts.map(hideTags);
    return {
      ...turn,
      text: after.length === 0 ? before : `${before}${toldOfTools}${after.join(hideTags(toldOfTools))}`,
    };
  });
