/**
 * A question to a backend that somebody else reads (`place` "outside"), without what its owner need not tell them: texts go out with placeholders, and what comes back (words, reasoning, arguments of calls) has
 * the owner's own again. Pictures go as they are. Backends on hardware of the owner's are asked as they always were.
 */
import { createRedactor, type RedactionMode, type Redactor, type RestoreStream } from "../redaction/redact.ts";
import type { RedactionRules } from "#sync/docs/redactionRules.ts";
import type { AnswerPart, Question, Turn } from "./backend.ts";

export interface RedactionSettings {
  readonly mode: RedactionMode;
  readonly words: readonly string[];
  /** Names and addresses too, as far as they can be told. */
  readonly isLoose: boolean;
}

/** What can be told for certain is taken out; what would often be wrong (names, addresses) is not, unless the owner says so. */
export const usualRedaction: RedactionSettings = { mode: "placeholders", words: [], isLoose: false };

/** Its project's word goes before the host's; what either names is taken out. */
export function withRules(settings: RedactionSettings, rules: RedactionRules | undefined): RedactionSettings {
  if (rules === undefined) return settings;
  const { mode, words, names } = rules;
  return {
    mode: mode ?? settings.mode,
    words: [...new Set([...settings.words, ...words])],
    isLoose: settings.isLoose || names,
  };
}

export async function* answerRedacted(
  question: Question,
  hosts: RedactionSettings,
  ask: (question: Question) => AsyncIterable<AnswerPart>,
): AsyncGenerator<AnswerPart> {
  const settings = withRules(hosts, question.redaction);
  const { mode } = settings;
  if (mode === "off") return yield* ask(question);
  const redactor = createRedactor({ ...settings, seen: question.turns.map(({ text }) => text) });
  const { onToolCall } = question;
  const tell = (): void => {
    if (redactor.restored > 0) question.onRestored?.();
  };
  const asked: Question = {
    ...question,
    turns: question.turns.map((turn) => redactTurn(turn, redactor)),
    ...(onToolCall === undefined
      ? {}
      : {
          onToolCall: (call) => {
            const restored = mapTexts(call.arguments, redactor.restore) as object;
            tell();
            onToolCall({ ...call, arguments: restored });
          },
        }),
  };
  if (redactor.counts.size > 0) question.onRedacted?.({ mode, counts: redactor.counts });
  const streams = { text: redactor.restoreStream(), thinking: redactor.restoreStream() };
  try {
    for await (const part of ask(asked)) {
      if (part.kind === "usage") yield part;
      else {
        const text = streams[part.kind].push(part.text);
        tell();
        yield* said(part.kind, text);
      }
    }
  } catch (error) {
    // What was said of an answer that broke off stays.
    yield* rest(streams);
    throw error;
  }
  yield* rest(streams);
}

/** For vectors, of which nothing comes back to be restored. */
export function redactForVectors(
  texts: readonly string[],
  { mode, words, isLoose }: RedactionSettings,
): readonly string[] {
  const redactor = createRedactor({ mode: mode === "placeholders" ? "mask" : mode, words, isLoose });
  return texts.map((text) => redactor.redact(text));
}

function redactTurn(turn: Turn, { redact }: Redactor): Turn {
  const { calls } = turn;
  return {
    ...turn,
    text: redact(turn.text),
    ...(calls === undefined
      ? {}
      : { calls: calls.map((call) => ({ ...call, arguments: mapTexts(call.arguments, redact) as object })) }),
  };
}

/** Every text in it, also the names of fields. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change)]));
}

function* rest(streams: Readonly<Record<"text" | "thinking", RestoreStream>>): Generator<AnswerPart> {
  for (const kind of ["thinking", "text"] as const) yield* said(kind, streams[kind].end());
}

function* said(kind: "text" | "thinking", text: string): Generator<AnswerPart> {
  if (text !== "") yield { kind, text };
}
