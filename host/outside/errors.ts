/** The folder's one error; its sentence is for the owner and for a model. */
import { SentenceError } from "../errors.ts";

export type OutsideErrorCode =
  | "address" /* it may not be asked */
  | "away" /* nobody answers there */
  | "flood"
  | "strange";

export class OutsideError extends SentenceError<OutsideErrorCode> {
  override readonly name = "OutsideError";
}
