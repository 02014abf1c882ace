/**
 * A title for a chat that begins: after its first answer, the same backend is asked for a few words that say what it is about. What it
 * says is a proposal in `meta/<run>` (RunMeta.title); devices take it where no person gave a title. Nothing depends on it: whatever
 * goes wrong, the chat keeps the first words of its question.
 */
import { titleCharsMax } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { Backend, Question, Turn } from "../backends/backend.ts";
import { titleExcerptChars, titleMs } from "./limits.ts";

/** Tests know the request by it. */
export const titlePrompt =
  "Name this conversation in two to six words, in the language of its first message. Answer with the name alone: no quotation marks, no full stop, nothing else.";

export interface TitleOptions {
  readonly backend: Backend;
  /** What the answer was asked with: model, owner, and whether only the host's own machines may be asked. */
  readonly asked: Pick<Question, "model" | "owner" | "isLocalOnly" | "redaction">;
  readonly question: string;
  readonly answer: string;
  readonly clock: Clock;
  /** The answer is being ended from outside. */
  readonly signal: AbortSignal;
}

/** `null`: there is none worth showing. */
export async function proposeTitle({
  backend,
  asked,
  question,
  answer,
  clock,
  signal,
}: TitleOptions): Promise<string | null> {
  const late = new AbortController();
  const cancel = clock.after(titleMs, () => late.abort());
  try {
    return tidyTitle(
      await readShort(backend, { ...asked, turns: turnsOf(question, answer) }, AbortSignal.any([signal, late.signal])),
    );
  } catch {
    // reason: a chat without a proposed title has its first words, and the answer itself came well.
    return null;
  } finally {
    cancel();
  }
}

function turnsOf(question: string, answer: string): Turn[] {
  const excerpt = (text: string): string => text.slice(0, titleExcerptChars).toWellFormed();
  return [
    { role: "system", text: titlePrompt },
    { role: "user", text: `First message:\n${excerpt(question)}\n\nAnswer:\n${excerpt(answer)}\n\nName:` },
  ];
}

/** A title is one line: what comes after it is not waited for. */
async function readShort(backend: Backend, question: Question, signal: AbortSignal): Promise<string> {
  const enough = new AbortController();
  let text = "";
  for await (const part of backend.answer(question, AbortSignal.any([signal, enough.signal]))) {
    // A model that thinks first would keep the reader waiting.
    if (part.kind === "thinking") enough.abort();
    if (part.kind !== "text") continue;
    text += part.text;
    if (text.length > titleCharsMax * 2 || /\S[^\n]*\n/.test(text)) enough.abort();
  }
  return signal.aborted ? "" : text;
}

/** `null` where a model said something else than a name. */
export function tidyTitle(text: string): string | null {
  const line = text.split("\n").find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? "";
  const plain = line
    .replace(/^[\s#>*-]+/, "")
    .replace(/^(?:title|name|titel)\s*[:：]\s*/i, "")
    .replace(/[`*_]{1,3}/g, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .replace(/^["'“”„«»‘’]+|["'“”„«»‘’.]+$/g, "")
    .trim();
  // A sentence is an answer to something else.
  return plain === "" || plain.length > titleCharsMax || plain.split(" ").length > titleWordsMax
    ? null
    : plain.toWellFormed();
}

const titleWordsMax = 12;
