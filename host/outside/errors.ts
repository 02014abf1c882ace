/** The folder's one error; its sentence is for the owner and for a model. */
export type OutsideErrorCode =
  | "address" /* it may not be asked */
  | "away" /* nobody answers there */
  | "flood"
  | "strange";

export class OutsideError extends Error {
  override readonly name = "OutsideError";
  readonly code: OutsideErrorCode;

  constructor(code: OutsideErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
