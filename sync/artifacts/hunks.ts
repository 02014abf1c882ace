/** What a proposal changes, in pieces that a person can take or leave one by one: whole lines, since nobody decides over letters. */
import { diffLines } from "diff";
import { diffLinesMax } from "../limits.ts";

export interface Hunk {
  /** Where the lines it replaces begin in the text before, and what they are; empty for lines that are new. */
  readonly at: number;
  readonly before: string;
  readonly after: string;
}

export function hunksBetween(before: string, after: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  let open: { at: number; before: string; after: string } | null = null;
  const changes = diffLines(before, after, { maxEditLength: diffLinesMax });
  // Too different for pieces; counted and not timed, so that every device finds the same.
  if (changes === undefined) return [{ at: 0, before, after }];
  for (const { value, added, removed } of changes) {
    if (added || removed) {
      open ??= { at, before: "", after: "" };
      if (added) open.after += value;
      else open.before += value;
    } else if (open !== null) {
      hunks.push(open);
      open = null;
    }
    if (!added) at += value.length;
  }
  if (open !== null) hunks.push(open);
  return hunks;
}

/** The text before with the chosen hunks in it. */
export function applyHunks(before: string, hunks: readonly Hunk[], isChosen: (index: number) => boolean): string {
  let text = "";
  let at = 0;
  for (const [index, hunk] of hunks.entries()) {
    if (!isChosen(index)) continue;
    text += before.slice(at, hunk.at) + hunk.after;
    at = hunk.at + hunk.before.length;
  }
  return text + before.slice(at);
}
