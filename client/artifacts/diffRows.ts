/** A change as it is laid out: hunks with what was and what comes, word by word, and the lines between them, of which few are shown. */
import { diffWordsWithSpace } from "diff";
import type { Hunk } from "#sync/artifacts/hunks.ts";

/** Of one line: what is changed in it stands apart. */
export type DiffLine = readonly { readonly text: string; readonly isChanged: boolean }[];

export type DiffPart =
  | { readonly kind: "same"; readonly lines: readonly string[] }
  /** Lines that stay and are not shown. */
  | { readonly kind: "gap"; readonly lines: number }
  | {
      readonly kind: "hunk";
      readonly index: number;
      readonly removed: readonly DiffLine[];
      readonly added: readonly DiffLine[];
    };

/** Lines around a change that say where it is. */
const contextLines = 3;
/** Longer ones are shown as a whole: words are compared in the time of their product, and nobody reads them so. */
const wordsCharsMax = 6_000;

export function diffParts(before: string, hunks: readonly Hunk[]): readonly DiffPart[] {
  const parts: DiffPart[] = [];
  let at = 0;
  for (const [index, hunk] of hunks.entries()) {
    parts.push(...stay(before.slice(at, hunk.at), index > 0, true));
    parts.push({ kind: "hunk", index, ...inWords(hunk) });
    at = hunk.at + hunk.before.length;
  }
  if (hunks.length > 0) parts.push(...stay(before.slice(at), true, false));
  return parts;
}

/** What stays between two changes, before the first or after the last. */
function stay(text: string, isAfterOne: boolean, isBeforeOne: boolean): readonly DiffPart[] {
  const lines = toLines(text);
  if (lines.length === 0) return [];
  const [head, tail] = [isAfterOne ? contextLines : 0, isBeforeOne ? contextLines : 0];
  const left = lines.length - head - tail;
  // A single line is shown rather than counted.
  if (left <= 1) return [{ kind: "same", lines }];
  const same = (some: readonly string[]): DiffPart[] => (some.length === 0 ? [] : [{ kind: "same", lines: some }]);
  return [...same(lines.slice(0, head)), { kind: "gap", lines: left }, ...same(tail === 0 ? [] : lines.slice(-tail))];
}

/** Without the line ends; the last line of a text that ends with one is none. */
export function toLines(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function inWords({ before, after }: Hunk): {
  readonly removed: readonly DiffLine[];
  readonly added: readonly DiffLine[];
} {
  const whole = (text: string): readonly DiffLine[] => toLines(text).map((line) => [{ text: line, isChanged: true }]);
  if (before === "" || after === "" || before.length + after.length > wordsCharsMax)
    return { removed: whole(before), added: whole(after) };
  const words = diffWordsWithSpace(before, after);
  const side = (isOther: (word: (typeof words)[number]) => boolean): readonly DiffLine[] => {
    const lines: { text: string; isChanged: boolean }[][] = [[]];
    for (const word of words) {
      if (isOther(word)) continue;
      for (const [index, piece] of word.value.split("\n").entries()) {
        if (index > 0) lines.push([]);
        if (piece !== "") lines.at(-1)?.push({ text: piece, isChanged: word.added || word.removed });
      }
    }
    if (lines.at(-1)?.length === 0) lines.pop();
    return lines;
  };
  return { removed: side((word) => word.added), added: side((word) => word.removed) };
}
