/** What the palette offers, and which of it fits what was typed. */
import { foldText, toWords } from "./searchWords.ts";

export interface Command {
  readonly id: string;
  readonly label: string;
  /** As it is written on the keys. */
  readonly keys?: string;
  readonly isMarked?: boolean;
  act(): void;
}

/** Every word typed begins a word of the label; those whose label begins with it come first. */
export function fitting<T extends { readonly label: string }>(items: readonly T[], query: string): readonly T[] {
  const typed = toWords(query);
  if (typed.length === 0) return items;
  const start = foldText(query.trim());
  const ranked: { readonly item: T; readonly rank: number }[] = [];
  for (const item of items) {
    const words = toWords(item.label);
    if (!typed.every((part) => words.some((word) => word.startsWith(part)))) continue;
    ranked.push({ item, rank: foldText(item.label).startsWith(start) ? 0 : 1 });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}
