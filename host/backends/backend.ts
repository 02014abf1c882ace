/** What an agent needs from whatever answers: a model server, or the built-in guide. */

export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** What answers a question, known with its first word. */
export interface ServedBy {
  readonly label: string;
  readonly where: string;
  /** As that backend calls it. */
  readonly model: string;
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
  /** Called once, before the first part: with several backends only then it is known which one answers. */
  readonly onServedBy?: (by: ServedBy) => void;
}

export type AnswerPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "usage"; readonly promptTokens: number; readonly completionTokens: number };

export interface Backend {
  readonly kind: "guide" | "model";
  /** What answers, in words: shown with each answer that names no model. */
  readonly label: string;
  /** Where it runs, in words. */
  readonly where: string;
  readonly models: readonly string[];
  /** Empty when there is no model to choose. */
  readonly defaultModel: string;
  /** How much prompt and answer may hold together; `null` when nobody knows. */
  contextTokens(model: string): number | null;
  /** Whether it goes on with an answer that has begun (see `Question.turns`). */
  prefill(model: string): boolean;
  /**
   * Ends when the answer is complete. Throws `BackendError` when it is not; parts that came before stay true. An abort ends
   * it early, without an error.
   */
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerPart>;
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
  | "backend-config"; /* the configured address makes no sense */

/** `ownerSentence` says what happened and what to do; it is written into the chat as it is. */
export class BackendError extends Error {
  override readonly name = "BackendError";
  readonly code: BackendErrorCode;

  constructor(code: BackendErrorCode, ownerSentence: string, options?: ErrorOptions) {
    super(ownerSentence, options);
    this.code = code;
  }

  get ownerSentence(): string {
    return this.message;
  }
}
