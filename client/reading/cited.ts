/** Numbers in an answer that cite a source: [2], [1, 3], and as some models write them, 【2】 and 【2†L4-L7】. */

export type CitedPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cite"; readonly number: number };

const citation = /\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]|【(\d{1,2})(?:†[^【】]{0,40})?】/g;

/** `has`: there is a source of that number; any other is text like the rest. */
export function splitCitations(text: string, has: (number: number) => boolean): readonly CitedPart[] {
  const parts: CitedPart[] = [];
  let from = 0;
  for (const { 0: mark, 1: several, 2: one, index } of text.matchAll(citation)) {
    const numbers = (several ?? one ?? "").split(",").map(Number);
    if (!numbers.every(has)) continue;
    if (index > from) parts.push({ kind: "text", text: text.slice(from, index) });
    for (const number of numbers) parts.push({ kind: "cite", number });
    from = index + mark.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

/** In the order in which they are first cited. */
export function citedNumbers(text: string): readonly number[] {
  const found = new Set<number>();
  for (const { 1: several, 2: one } of text.matchAll(citation))
    for (const number of (several ?? one ?? "").split(",")) found.add(Number(number));
  return [...found];
}

/** A text that is still arriving, up to where a citation may have begun. */
export function beforeHalfCitation(text: string): string {
  return text.replace(/(?:\[[\d,\s]{0,12}|【[^【】]{0,44})$/, "");
}
