/** What a slash at the beginning of a message opens: commands, and the owner's templates with places to fill in. */

export interface SlashItem {
  readonly id: string;
  /** What is typed after the slash. */
  readonly name: string;
  readonly says: string;
  /** A template's text takes the place of the words; a command does something. */
  readonly template?: string;
  act?(): void;
}

/** Between slash and caret; `null` where nothing of the kind is being typed. */
export function slashQuery(words: string, caret: number): string | null {
  const match = /^\/(\S*)$/u.exec(words);
  return match === null || caret !== words.length ? null : (match[1] ?? "").toLowerCase();
}

/** Those that begin so first, then those that have it anywhere. */
export function fittingItems(items: readonly SlashItem[], query: string): readonly SlashItem[] {
  const begin = items.filter(({ name }) => name.toLowerCase().startsWith(query));
  const have = items.filter((item) => !begin.includes(item) && item.name.toLowerCase().includes(query));
  return [...begin, ...have];
}

/** The next place to fill in, from `from` on and around again. */
export function nextPlace(text: string, from: number): { readonly start: number; readonly end: number } | null {
  const places = [...text.matchAll(/\{\{[^{}\n]{1,80}\}\}/gu)];
  const next = places.find(({ index }) => index >= from) ?? places[0];
  return next === undefined ? null : { start: next.index, end: next.index + next[0].length };
}

/** What can be filled in without asking. */
export function fillTemplate(text: string, today: string): string {
  return text.replace(/\{\{\s*(?:date|today|datum|heute)\s*\}\}/giu, today);
}
