/** A line of a message around what was found in it. */
import { foldText } from "./searchWords.ts";

export interface SnippetPart {
  readonly text: string;
  readonly isHit: boolean;
}

const beforeChars = 36;
const lineChars = 180;

/** `words` are folded. Marks of Markdown and line ends are left out: it is a line to recognise, not to read. */
export function toSnippet(text: string, words: readonly string[]): readonly SnippetPart[] {
  const first = firstHit(text, words);
  const start = first <= beforeChars ? 0 : wordStart(text, first - beforeChars);
  const line = plainLine(text.slice(start, start + 2 * lineChars)).slice(0, lineChars);
  const parts = markWords(line, words);
  const more = start + lineChars < text.length;
  return [
    ...(start > 0 ? [{ text: "… ", isHit: false }] : []),
    ...parts,
    ...(more ? [{ text: " …", isHit: false }] : []),
  ];
}

/** `text` in parts, those that begin with one of the words apart from the rest. */
export function markWords(text: string, words: readonly string[]): SnippetPart[] {
  const parts: SnippetPart[] = [];
  const push = (piece: string, isHit: boolean): void => {
    const last = parts.at(-1);
    if (last?.isHit === isHit) parts[parts.length - 1] = { text: last.text + piece, isHit };
    else if (piece !== "") parts.push({ text: piece, isHit });
  };
  for (const piece of text.split(/([\p{L}\p{N}\p{M}]+)/u)) {
    const folded = foldText(piece);
    const isWord =
      piece !== "" && words.some((word) => folded === word || (word.length > 1 && folded.startsWith(word)));
    push(piece, isWord || (isUnspaced(piece) && words.some((word) => folded.includes(word))));
  }
  return parts;
}

const isUnspaced = (piece: string): boolean => /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}]/u.test(piece);

function firstHit(text: string, words: readonly string[]): number {
  // Folding may change lengths a little; a snippet that begins a few letters off is still the right line.
  const folded = foldText(text);
  let first = text.length;
  for (const word of words) {
    const at = folded.search(new RegExp(`(?<![\\p{L}\\p{N}])${escapeRegExp(word)}`, "u"));
    const found = at >= 0 ? at : folded.indexOf(word);
    if (found >= 0) first = Math.min(first, found);
  }
  return first === text.length ? 0 : first;
}

function wordStart(text: string, from: number): number {
  const space = text.slice(from, from + beforeChars).search(/\s/);
  return space < 0 ? from : from + space + 1;
}

function plainLine(text: string): string {
  return text
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)?/g, "$1")
    .replace(/^[ \t]*(?:#{1,6} |[-*+>] |\|?[-:| ]{3,}$|`{3,}.*$)/gm, "")
    .replace(/[*_`~|]+/g, "")
    .replace(/\s+/g, " ")
    .trimStart();
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
