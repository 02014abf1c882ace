/** What an @ or a # before the caret asks for: somebody to answer, or something to go with the question. */

export interface Mention {
  readonly sign: "@" | "#";
  /** As it was typed, in small letters. */
  readonly query: string;
  /** Where the sign stands. */
  readonly start: number;
}

/** Longer than any name is looked up by. */
const queryCharsMax = 40;

/** One word after the sign, which begins a line or follows a space: "C#", an address of mail and a heading are none. */
export function mentionAt(words: string, caret: number): Mention | null {
  const before = words.slice(Math.max(0, caret - queryCharsMax - 2), caret);
  const [whole, sign, query = ""] = /(?<=^|\s)([@#])([\p{L}\p{N}._:/-]*)$/u.exec(before) ?? [];
  if (whole === undefined || query.length > queryCharsMax) return null;
  return { sign: sign === "@" ? "@" : "#", query: query.toLowerCase(), start: caret - whole.length };
}

/** Those that begin so first, then those of which a word does: a letter in the middle of a name was not meant. */
export function namedSo<T extends { readonly name: string }>(items: readonly T[], query: string): readonly T[] {
  const begin = items.filter(({ name }) => name.toLowerCase().startsWith(query));
  const haveWord = items.filter(
    (item) =>
      !begin.includes(item) &&
      item.name
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .some((word) => word.startsWith(query)),
  );
  return [...begin, ...haveWord];
}

/** The words without what was typed to find it. */
export function withoutMention(words: string, { start }: Mention, caret: number): string {
  const [before, after] = [words.slice(0, start), words.slice(caret)];
  // A space on both sides of it was meant for one word between them.
  return /(^|\s)$/.test(before) ? before + after.replace(/^ /, "") : before + after;
}
