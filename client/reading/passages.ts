/** A text in passages: each within one page, and ending where a reader would pause. */
import { passageChars, passageCharsMin } from "./limits.ts";

export interface Passage {
  /** From 1; `null` where there are none. */
  readonly page: number | null;
  /** Where it begins in the text. */
  readonly at: number;
  readonly text: string;
}

export function toPassages(text: string, isPaged: boolean): Passage[] {
  const found: Passage[] = [];
  let [page, start] = [1, 0];
  for (const part of isPaged ? text.split("\f") : [text]) {
    for (const { at, words } of splitPage(part))
      found.push({ page: isPaged ? page : null, at: start + at, text: words });
    page += 1;
    start += part.length + 1;
  }
  return found;
}

function splitPage(page: string): { at: number; words: string }[] {
  const found: { at: number; words: string }[] = [];
  for (let at = 0; at < page.length;) {
    const end = page.length - at <= passageChars ? page.length : at + endOf(page.slice(at, at + passageChars));
    const piece = page.slice(at, end);
    const words = piece.trim();
    if (words !== "") found.push({ at: at + piece.indexOf(words), words });
    at = end;
  }
  return found;
}

/** After the last paragraph that is whole, else the last line, sentence, word; else anywhere but within a character. */
function endOf(window: string): number {
  for (const pause of [/\n\s*\n/g, /\n/g, /[.!?。！？]["”’)]?\s/g, /\s/g]) {
    let end = -1;
    for (const { index, 0: mark } of window.matchAll(pause)) end = index + mark.length;
    if (end >= passageCharsMin) return end;
  }
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? window.length - 1 : window.length;
}
