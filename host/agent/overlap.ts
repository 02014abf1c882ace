/**
 * No word twice: a backend that is given the beginning of an answer should say what follows, and some say the beginning once more, or
 * its last sentence, or the space that was cut off it. What repeats is left out. Whether it does shows in its first words, so those
 * are held back until it is clear; nearly always that is the first.
 */
import { overlapCharsMax, overlapCharsMin, wholeOverlapCharsMin } from "./limits.ts";

export interface OverlapFilter {
  /** What is new in it, as far as that is clear. */
  take(text: string): string;
  /** Nothing more comes: what was held back. */
  end(): string;
}

/** What a backend is given: models continue better from a word than from a space, which chat templates cut off anyway. */
export function prefillOf(before: string): string {
  return before.trimEnd();
}

export function createOverlapFilter(before: string): OverlapFilter {
  const given = prefillOf(before);
  const space = before.slice(given.length);
  const tail = given.slice(-overlapCharsMax);
  let held = "";
  let isClear = false;

  /** Held back while it could still turn out to repeat. */
  const isUnclear = (): boolean => {
    if (held === "") return true;
    if (given.startsWith(held)) return true;
    if (held.length < overlapCharsMax && tail.includes(held)) return true;
    const rest = held.slice(repeatedLength(given, held));
    return rest.length < space.length && space.startsWith(rest);
  };

  const release = (): string => {
    const rest = held.slice(repeatedLength(given, held));
    held = "";
    isClear = true;
    return space !== "" && rest.startsWith(space) ? rest.slice(space.length) : rest;
  };

  return {
    take: (text) => {
      if (isClear) return text;
      held += text;
      return isUnclear() ? "" : release();
    },
    end: () => (isClear ? "" : release()),
  };
}

/** How many characters of `said` are the whole of `given` again, or its end. Fewer than a few may be chance: "ha" after "ha". */
export function repeatedLength(given: string, said: string): number {
  if (given.length >= wholeOverlapCharsMin && said.startsWith(given)) return given.length;
  for (let length = Math.min(overlapCharsMax, given.length, said.length); length >= overlapCharsMin; length--) {
    if (given.endsWith(said.slice(0, length))) return length;
  }
  return 0;
}
