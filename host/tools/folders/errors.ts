/** The folder's one error. Its sentence is for the owner and for the model alike. */

export type FolderErrorCode =
  | "settings" /* what was asked for makes no sense */
  | "absent" /* there is no such thing */
  | "refused" /* it is there, and is not touched */
  | "failed"; /* the disk says no */

export class FolderError extends Error {
  override readonly name = "FolderError";
  readonly code: FolderErrorCode;

  constructor(code: FolderErrorCode, ownerSentence: string, options?: ErrorOptions) {
    super(ownerSentence, options);
    this.code = code;
  }

  get ownerSentence(): string {
    return this.message;
  }
}
