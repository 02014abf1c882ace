/** What one transaction touched in a chat, so that a view can patch only that. */
import { parseRunId, type RunId } from "#crypto/ids.ts";
import type { AbstractType, Doc, Transaction } from "yjs";
import { rootNameOf } from "./fields.ts";

export interface ChatChange {
  /** Messages or requests: the thread may have a different shape. */
  readonly thread: boolean;
  readonly draft: boolean;
  /** With each, those that it goes on from: their answer has grown. */
  readonly runs: ReadonlySet<RunId>;
  /** Words on their way, or places in a queue: only what is known beside the document, which is as it was. They come a hundred times a second. */
  readonly isBeside: boolean;
}

/** `null`: nothing that a chat shows. */
export function readChange(doc: Doc, transaction: Transaction): ChatChange | null {
  const runs = new Set<RunId>();
  let thread = false;
  let isDraft = false;
  // A root that nobody here has read has no kind yet, and Yjs lists it only among `changed`.
  for (const type of new Set([...transaction.changed.keys(), ...transaction.changedParentTypes.keys()])) {
    const name = rootNameOf(doc, type as AbstractType<unknown>);
    if (name === null) continue;
    if (name === "messages" || name === "requests") thread = true;
    else if (name === "draft") isDraft = true;
    else {
      const run = parseRunId(name.slice(name.indexOf("/") + 1));
      if (run !== null) runs.add(run);
    }
  }
  return thread || isDraft || runs.size > 0 ? { thread, draft: isDraft, runs, isBeside: false } : null;
}
