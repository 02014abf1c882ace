/** From a branch of a chat to what a model is shown. */
import type { Chat } from "#sync/docs/chat.ts";
import type { Turn } from "../backends/backend.ts";
import { promptCharsMax } from "./limits.ts";

const SYSTEM_TEXT =
  "You are a helpful assistant in Sovereign, running on hardware that the person you talk with controls. " +
  "Answer in the language of the question. Use Markdown where it helps.";

/** The branch that ends with `question`; the oldest turns are left out when it is too long. `null`: there is no such question. */
export function toTurns(chat: Chat, question: string): readonly Turn[] | null {
  const path = chat.path(question);
  if (path.at(-1)?.role !== "user") return null;
  const turns: Turn[] = [];
  let left = promptCharsMax;
  for (const { role, text } of path.toReversed()) {
    left -= text.length;
    if (left < 0 && turns.length > 0) break;
    // Of a question longer than all the room, the end is kept: that is where people ask.
    if (text.trim() !== "") turns.unshift({ role, text: text.slice(-promptCharsMax).toWellFormed() });
  }
  return [{ role: "system", text: SYSTEM_TEXT }, ...merge(turns)];
}

/** Many models insist on taking turns: an answer that failed leaves two questions in a row. */
function merge(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role) merged[merged.length - 1] = { role: turn.role, text: `${last.text}\n\n${turn.text}` };
    else merged.push(turn);
  }
  // And on beginning with a question.
  return merged[0]?.role === "assistant" ? merged.slice(1) : merged;
}
