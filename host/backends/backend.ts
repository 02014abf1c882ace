/** What an agent needs from whatever answers: model servers, the embedded engine, or the built-in guide. */
import type { RedactionRules } from "#sync/docs/redactionRules.ts";
import type { Effort } from "#sync/docs/run.ts";
import { SentenceError } from "../errors.ts";
import type { Embed } from "./embed.ts";

export interface Turn {
  /** "tool": what a call came to, after the assistant's turn that made it. */
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  /** `data:` URLs, for models that can see. */
  readonly images?: readonly string[];
  /** Of the assistant. */
  readonly calls?: readonly ToolCall[];
  /** Of a tool: which call. */
  readonly callId?: string;
}

export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  /** A JSON schema of its arguments. */
  readonly parameters: object;
}

/** A call that arrived whole. What it asks for is the model's word and nothing more. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed: an object. */
  readonly arguments: object;
}

/** What answers a question, known with its first word. */
export interface ServedBy {
  readonly label: string;
  readonly where: string;
  /** As that backend calls it. */
  readonly model: string;
}

export interface Redacted {
  readonly mode: "warn" | "mask" | "placeholders";
  readonly counts: ReadonlyMap<string, number>;
}

export interface Question {
  /** `null` leaves the choice to the backend. */
  readonly model: string | null;
  /**
   * A last turn of the assistant is the beginning of the answer, and is continued: ask only a backend whose `prefill` says that it
   * can. What it says then comes after that beginning and does not repeat it.
   */
  readonly turns: readonly Turn[];
  /** Whose question it is, for fairness between devices when all places are taken. */
  readonly owner?: string;
  /** Only backends on the host's own machines may see it; anybody else is passed over, also when that leaves nobody. */
  readonly isLocalOnly?: boolean;
  /** How long a model that thinks is to think first; a model that does not is not told. Left out or `null`: as it likes. */
  readonly effort?: Effort | null;
  /** Called once, before the first part: with several backends only then it is known which one answers. */
  readonly onServedBy?: (by: ServedBy) => void;
  readonly tools?: readonly ToolOffer[];
  /** Called before the answer ends, for calls of tools that were offered. */
  readonly onToolCall?: (call: ToolCall) => void;
  /** Called before the answer ends, where it ends in the middle: at the most that the model or its server writes at once. */
  readonly onCut?: () => void;
  /** How much of the question the model has read, in percent, where its server says so. Before the first part, and with tools between parts. */
  readonly onReading?: (percent: number) => void;
  /** What its project says should be taken out before somebody else sees it, beside what is taken out of every question. */
  readonly redaction?: RedactionRules;
  /** Called once, before a backend elsewhere is asked: what was found, by kind, and what became of it. */
  readonly onRedacted?: (found: Redacted) => void;
  /** What was taken out of the question before a backend elsewhere saw it stands in what it said, before that is passed on. */
  readonly onRestored?: () => void;
}

export type AnswerPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "usage"; readonly promptTokens: number; readonly completionTokens: number };

/** What one model can do, as its server says. `null`: it does not say. */
export interface ModelInfo {
  readonly id: string;
  /** Prompt and answer together, as it is served now and not as it was trained. */
  readonly contextTokens: number | null;
  readonly tools: boolean | null;
  readonly vision: boolean | null;
  readonly reasoning: boolean | null;
  /** In memory now, so that an answer begins at once. */
  readonly isLoaded: boolean | null;
  /** Its server says how much of a question it has read, when it is asked to (llama.cpp's `return_progress`). */
  readonly tellsReading?: boolean;
  /** Of its files. */
  readonly sizeBytes: number | null;
  /** It makes embeddings and cannot chat. */
  readonly embeddings: boolean;
  /**
   * How it continues an answer that has begun. "plain": a last turn of the assistant is enough. "flags": with vLLM's two flags.
   * "unthinking": only with its thinking switched off. "no": it would begin anew, or nobody knows.
   */
  readonly prefill: "no" | "plain" | "flags" | "unthinking";
}

export interface Backend {
  readonly kind: "guide" | "model";
  /** What answers, in words: shown with each answer that names no model. */
  readonly label: string;
  /** Where it runs, in words. */
  readonly where: string;
  /** Those that can chat. */
  readonly models: readonly string[];
  /** What its owner should know about it: a server that is away, a model file that has changed. Left out or empty: nothing. */
  readonly remark?: string;
  /** Empty when there is no model to choose. */
  readonly defaultModel: string;
  /** How much prompt and answer may hold together; `null` when nobody knows. */
  contextTokens(model: string): number | null;
  /** Whether it goes on with an answer that has begun (see `Question.turns`). */
  prefill(model: string): boolean;
  /** All that is known of a model; `null` for one that is not here. */
  describe(model: string): ModelInfo | null;
  /** Where this model runs, in words: the first that is asked. Left out, all of them run at `where`. */
  whereIs?(model: string): string | null;
  /**
   * Ends when the answer is complete. Throws `BackendError` when it is not; parts that came before stay true. An abort ends
   * it early, without an error.
   */
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerPart>;
  /** Left out where nothing here can make vectors. */
  readonly embed?: Embed;
}

export type BackendErrorCode =
  | "backend-away" /* nothing listens there */
  | "backend-silent" /* it took the question and then said nothing for too long */
  | "backend-dropped" /* the connection broke in the middle */
  | "backend-busy"
  | "backend-key" /* it asks for a key */
  | "backend-model" /* it does not have that model */
  | "backend-refused" /* it does not like the question: too long, or a form it does not know */
  | "backend-error" /* it failed, and says so */
  | "backend-redirect"
  | "backend-strange" /* what it sends is no answer: a web page, or garbage */
  | "backend-flood" /* it sends more than any answer holds */
  | "backend-far" /* only the host's own machines may answer, and they do not have that model */
  | "backend-config" /* the configured address makes no sense */
  | "backend-engine" /* the embedded engine or its model file cannot be used */
  | "backend-changed"; /* a model file is not the one that was pinned, and such a change blocks */

/** `ownerSentence` says what happened and what to do; it is written into the chat as it is. */
export class BackendError extends SentenceError<BackendErrorCode> {
  override readonly name = "BackendError";
}

/** A model of which nothing is known but its name. */
export function unknownModel(id: string): ModelInfo {
  const unsaid = { contextTokens: null, tools: null, vision: null, reasoning: null, isLoaded: null, sizeBytes: null };
  return { id, ...unsaid, embeddings: false, prefill: "no" };
}
