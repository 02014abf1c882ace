/**
 * Some servers pass a reasoning model's `<think>…</think>` on inside the answer. It counts only at the very beginning, where
 * models put it: the same letters later on are somebody's words about them.
 */
import type { AnswerPart } from "./backend.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

export interface ThinkSplitter {
  take(text: string): AnswerPart[];
  /** What was held back because it could have been the beginning of a tag. */
  end(): AnswerPart[];
}

export function createThinkSplitter(): ThinkSplitter {
  let mode: "start" | "thinking" | "gap" | "text" = "start";
  let held = "";

  const part = (kind: "text" | "thinking", text: string): AnswerPart[] => (text === "" ? [] : [{ kind, text }]);

  const advance = (): AnswerPart[] => {
    if (mode === "start") {
      const begun = held.trimStart();
      if (begun.length < OPEN.length && OPEN.startsWith(begun)) return [];
      const isThinking = begun.startsWith(OPEN);
      mode = isThinking ? "thinking" : "text";
      if (isThinking) held = begun.slice(OPEN.length);
    }
    const parts: AnswerPart[] = [];
    if (mode === "thinking") {
      const at = held.indexOf(CLOSE);
      const until = at === -1 ? held.length - heldBack(held) : at;
      parts.push(...part("thinking", held.slice(0, until)));
      held = held.slice(until);
      if (at === -1) return parts;
      held = held.slice(CLOSE.length);
      mode = "gap";
    }
    if (mode === "gap") {
      held = held.trimStart();
      if (held !== "") mode = "text";
    }
    if (mode === "text") {
      parts.push(...part("text", held));
      held = "";
    }
    return parts;
  };

  return {
    take: (text) => {
      held += text;
      return advance();
    },
    end: () => part(mode === "thinking" ? "thinking" : "text", mode === "gap" ? "" : held),
  };
}

/** The length of the longest end of `text` that could be the beginning of the closing tag. */
function heldBack(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
