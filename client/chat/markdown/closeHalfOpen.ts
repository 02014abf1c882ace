/**
 * While an answer streams in, its last line is often half of something: an emphasis not yet closed, a link whose address is
 * still arriving, a `-` that may become a list or a rule. Shown as it stands, it would jump once the rest is there. This
 * makes the tail read as what it most likely becomes, without ever changing what is stored.
 */

import { mathAtStart, opensMath } from "./mathSyntax.ts";
import { closeTag } from "./tags.ts";

/** Only the last paragraph can be half open, and no line of prose is longer than this. */
const tailCharsMax = 4000;

const beginsBlock = /^[ \t]*(?:[-*+>#|=`~_]|\d{1,9}[.)])/;

/** Of a small tag with its words (`tags.ts`). */
const tagCharsMax = 220;

export function closeHalfOpen(text: string): string {
  if (isInsideFence(text)) return withoutHalfFence(text);
  const paragraph = text.lastIndexOf("\n\n");
  const start = Math.max(paragraph < 0 ? 0 : paragraph + 2, text.length - tailCharsMax);
  return text.slice(0, start) + closeParagraph(withoutLoneMarker(text.slice(start)));
}

/** An odd number of fences: everything after the last one is code. */
function isInsideFence(text: string): boolean {
  let fence: string | null = null;
  for (const match of text.matchAll(/^ {0,3}(`{3,}|~{3,})([^\n]*)$/gm)) {
    const [, marks = "", info = ""] = match;
    if (fence === null) {
      if (marks.startsWith("~") || !info.includes("`")) fence = marks;
    } else if (marks.startsWith(fence[0] ?? "") && marks.length >= fence.length && info.trim() === "") fence = null;
  }
  return fence !== null;
}

/** The closing fence arrives mark by mark; until it is whole it is not part of the code. */
function withoutHalfFence(text: string): string {
  return text.replace(/\n {0,3}(`{1,2}|~{1,2})$/, "\n");
}

/** A line that is so far only a marker (`-`, `1.`, `##`, `=`, `|`, ```` `` ````, `[^1]:`) says nothing yet. */
function withoutLoneMarker(tail: string): string {
  return tail.replace(
    /(^|\n)[ \t]*(?:>[ \t]*)?(?:[-*+=_]{1,2}|\d{1,9}[.)]?|#{1,6}|`{1,3}|~{1,3}|\||\[\^[^\]\s]*(?:\]:?)?)[ \t]*$/,
    "$1",
  );
}

/** Reads the paragraph once from the left, with a stack of the emphasis that is open. */
function closeParagraph(text: string): string {
  const open: string[] = [];
  let at = 0;
  while (at < text.length) {
    const mark = text[at] ?? "";
    const math = mark === "$" || mark === "\\" ? mathAtStart(text.slice(at)) : null;
    if (math !== null) at += math.raw.length;
    // Half a formula says nothing that can be read.
    else if (opensMath(text.slice(at, at + 3))) return closeParagraph(text.slice(0, at));
    else if (mark === "\\") at += 2;
    else if (mark === "`") {
      const ticks = runAt(text, at);
      const end = text.indexOf(ticks, at + ticks.length);
      if (end < 0) return closeCode(text, at + ticks.length, ticks) + open.reverse().join("");
      at = end + ticks.length;
    } else if (mark === "[" || (mark === "!" && text[at + 1] === "[")) {
      // A link or an image: its words are shown, its address is not there yet.
      const half = /^!?\[([^[\]\n]*)(?:\]\([^()\s]*)?$/.exec(text.slice(at));
      // Of a footnote nothing: its name is no word of the answer.
      if (half !== null && text[at + 1] === "^") return closeParagraph(text.slice(0, at));
      // Nor of words that would begin a list, a quote or a heading, were they without their bracket.
      if (half !== null && beginsBlock.test(half[1] ?? "") && /(?:^|\n)[ \t]*$/.test(text.slice(0, at)))
        return closeParagraph(text.slice(0, at));
      if (half !== null) return closeParagraph(text.slice(0, at) + (half[1] ?? ""));
      at += 1;
    } else if (mark === "<") {
      const closed = text.length - at > tagCharsMax ? null : closeTag(text.slice(at));
      if (closed !== null) return closeParagraph(text.slice(0, at) + closed);
      at += 1;
    } else if (mark === "*" || mark === "_" || mark === "~") {
      const run = runAt(text, at);
      const left = meetMarks(open, run, text[at - 1], text[at + run.length]);
      at += run.length;
      // The first marks of something whose words are not there yet.
      if (at === text.length && left > 0) return closeParagraph(text.slice(0, at - left));
    } else at += 1;
  }
  const end = text.trimEnd().length;
  return text.slice(0, end) + open.reverse().join("") + text.slice(end);
}

/** Where its words end: in a line of their own, the ticks would be a paragraph, and what stands above it as good as done. */
function closeCode(text: string, from: number, ticks: string): string {
  const end = text.trimEnd().length;
  return end <= from ? text.slice(0, from - ticks.length) : text.slice(0, end) + ticks + text.slice(end);
}

/** Closes and opens emphasis as CommonMark does, near enough; tells how many marks did neither. */
function meetMarks(open: string[], run: string, before: string | undefined, after: string | undefined): number {
  const mark = run[0] ?? "";
  let left = run.length;
  if (mark === "~" && left !== 2 && after !== undefined) return 0;
  if (mark === "_" && isWord(before) && isWord(after)) return 0;
  if (isThere(before)) {
    for (let top = open.at(-1); top !== undefined && top[0] === mark && top.length <= left; top = open.at(-1)) {
      left -= top.length;
      open.pop();
    }
  }
  if (left > 0 && isThere(after)) {
    open.push(...(left > 2 ? [mark.repeat(2), mark] : [mark.repeat(left)]));
    left = 0;
  }
  return after === undefined ? left : 0;
}

function runAt(text: string, at: number): string {
  let end = at;
  while (text[end] === text[at]) end += 1;
  return text.slice(at, end);
}

const isThere = (character: string | undefined): boolean => character !== undefined && /\S/.test(character);
const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
