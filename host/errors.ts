/**
 * The folder's one error: the machine or its owner has to do something. Each is one sentence that says what; the
 * supervisor prints it and ends, without a stack trace. What hostile peers send is answered on their own link and is no
 * `HostError`.
 */

export type HostErrorCode =
  | "config" /* an environment variable that makes no sense */
  | "home" /* the home folder cannot be used */
  | "locked" /* another host runs on the same home */
  | "port" /* the port cannot be bound */
  | "database" /* the log cannot be opened or written */
  | "full" /* the disk has no room, or the log none of its share */
  | "corrupt" /* a file does not hold what it should */
  | "newer" /* written by a later version */
  | "key" /* a tool's key that cannot be made */
  | "app" /* the built app is not there */
  | "backup" /* a backup cannot be made, or not be restored here */
  | "engine" /* the engine for model files, or a model file, cannot be had */
  | "child"; /* a part of the host keeps failing */

/** The shape of every folder's one error: a closed code for the program, a sentence for the owner. */
export abstract class SentenceError<Code extends string> extends Error {
  readonly code: Code;

  /**
   * `ownerSentence` is shown as it is: it says what is wrong, what to do, and that nothing was lost where that is in
   * question.
   */
  constructor(code: Code, ownerSentence: string, options?: ErrorOptions) {
    super(ownerSentence, options);
    this.code = code;
  }

  get ownerSentence(): string {
    return this.message;
  }
}

export class HostError extends SentenceError<HostErrorCode> {
  override readonly name = "HostError";
}

/** The code of a failing system call or of SQLite ("EADDRINUSE", "ERR_SQLITE_ERROR"), or "". */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Any error as a sentence; for our own mistakes, which have no sentence, one that asks for a report. */
export function toOwnerSentence(error: unknown): string {
  if (error instanceof HostError) return error.ownerSentence;
  const detail = error instanceof Error ? error.message : String(error);
  return `Something went wrong inside the host (${detail}). Nothing that was saved is lost; please report this and start it again.`;
}
