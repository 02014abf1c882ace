/**
 * A long paste, kept out of the way of what is typed. In the text of a draft and of a question it stands after the words, between two
 * lines of tildes, which a model reads as quoted material; on the page it is one line that can be opened.
 *
 *   Please sum this up.
 *
 *   ~~~~~~ pasted
 *   …
 *   ~~~~~~
 */

/** Longer than what anyone types into a fence of their own; a paste with such a line in it gets a longer one. */
const fenceCharsMin = 6;
const mark = " pasted";

/** What is pasted becomes a paste from here on: about what fills the field. */
export const pasteCharsMin = 3000;
export const pasteLinesMin = 40;

export interface Draft {
  readonly words: string;
  readonly pastes: readonly string[];
}

export function isLongPaste(text: string): boolean {
  return text.length >= pasteCharsMin || text.split("\n", pasteLinesMin + 1).length > pasteLinesMin;
}

export function joinPastes({ words, pastes }: Draft): string {
  return [words, ...pastes.map(fenced)].join("\n\n");
}

/** What was typed while the draft was not at hand stands behind it. */
export function addDraft(draft: Draft, typed: Draft): Draft {
  return { words: draft.words + typed.words, pastes: [...draft.pastes, ...typed.pastes] };
}

function fenced(text: string): string {
  let fence = "~".repeat(fenceCharsMin);
  while (text.includes(fence)) fence += "~";
  return `${fence}${mark}\n${text}\n${fence}`;
}

export function splitPastes(text: string): Draft {
  const pastes: string[] = [];
  // A question that is nothing but a paste begins with it: what stands before its words is not sent.
  const opening = new RegExp(`(?:^|\\n\\n)(~{${fenceCharsMin},})${mark}\\n`, "g");
  const start = opening.exec(text);
  if (start === null) return { words: text, pastes };
  for (let at: RegExpExecArray | null = start; at !== null; at = opening.exec(text)) {
    const fence = at[1] ?? "";
    const from = at.index + at[0].length;
    const end = text.indexOf(`\n${fence}`, from);
    const after = end + fence.length + 1;
    // Somebody changed it by hand, or typed after it: then it is all one text.
    if (end < 0 || (after < text.length && !text.startsWith("\n\n~", after))) return { words: text, pastes: [] };
    pastes.push(text.slice(from, end));
    opening.lastIndex = after;
  }
  return { words: text.slice(0, start.index), pastes };
}

export function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
