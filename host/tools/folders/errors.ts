/** The folder's one error. Its sentence is for the owner and for the model alike. */
import { SentenceError } from "../../errors.ts";

export type FolderErrorCode =
  | "settings" /* what was asked for makes no sense */
  | "absent" /* there is no such thing */
  | "refused" /* it is there, and is not touched */
  | "failed"; /* the disk says no */

export class FolderError extends SentenceError<FolderErrorCode> {
  override readonly name = "FolderError";
}
