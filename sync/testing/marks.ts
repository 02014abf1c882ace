/** What a relay says of its log, for tests that play one by hand: every seq has a mark of its own. */
import type { LogEntry, LogMark, PageMarks } from "../frame.ts";

export const markOf = (seq: number): LogMark => ({ seq, hash: new Uint8Array(16).fill(seq) });

export function marksOf(entries: readonly LogEntry[], head: number): PageMarks {
  const first = entries[0]?.seq ?? head + 1;
  return { from: first > 1 ? markOf(first - 1) : null, to: markOf(head) };
}
