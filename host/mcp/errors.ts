/** The folder's one error: a tool server that cannot be had, or that broke off. The sentence is the owner's; what the server said is never part of it. */
import { SentenceError } from "../errors.ts";

export type McpErrorCode =
  | "settings" /* what was asked for makes no sense */
  | "sandbox" /* this machine cannot keep a program apart */
  | "start" /* it does not start, or says nothing that makes sense */
  | "silent" /* it was asked and says nothing */
  | "flood" /* it says more than it may */
  | "gone" /* it ended in the middle */
  | "refused" /* it says that it will not */
  | "key" /* it wants to know who asks, or does not take what it was given */
  | "changed" /* what it offers is not what was approved */
  | "strange" /* what it answers is not what it said it would */
  | "stopped"; /* its caller had enough */

export class McpError extends SentenceError<McpErrorCode> {
  override readonly name = "McpError";
}

export const goneError = (name: string): McpError =>
  new McpError("gone", `${name} has ended. It is started again with the next call.`);
