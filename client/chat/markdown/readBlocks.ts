/**
 * Markdown as it streams in. A block that has another after it can no longer change, so it is read once and keeps its
 * identity; only the last block is read again with each arrival. The views keep their elements by that identity.
 */
import type { TokensList } from "marked";
import { closeHalfOpen } from "./closeHalfOpen.ts";
import { lexMarkdown } from "./lexMarkdown.ts";

/** What every token of the parser has; the views know the rest of their own kind. */
export interface MarkdownToken {
  readonly type: string;
  readonly raw: string;
  readonly text?: string;
  readonly tokens?: readonly MarkdownToken[];
}

export interface MarkdownReader {
  /** All blocks of `text` so far. Blocks that did not change are the same objects as before. */
  read(text: string, isComplete: boolean): readonly MarkdownToken[];
}

export function createMarkdownReader(): MarkdownReader {
  let settled: MarkdownToken[] = [];
  /** How much of the text the settled blocks stand for. */
  let settledText = "";
  let tail: readonly MarkdownToken[] = [];
  let links = noLinks();

  const reset = (): void => {
    settled = [];
    settledText = "";
    tail = [];
    links = noLinks();
  };

  return {
    read: (text, isComplete) => {
      const plain = text.replace(/\r\n?/g, "\n");
      // A definition can stand after the link that needs it: then all is read once more at the end.
      if (!plain.startsWith(settledText) || (isComplete && Object.keys(links).length > 0)) reset();
      const rest = plain.slice(settledText.length);
      if (isTooDense(rest) || isTooDeep(rest)) {
        tail = keepSame(tail, [{ type: "plain", raw: rest, text: rest }]);
        return withoutGaps([...settled, ...tail]);
      }
      const fresh = lexMarkdown(isComplete ? rest : closeHalfOpen(rest), links);
      const isSettling = fresh.findLastIndex((token) => token.type !== "space");
      // What was closed for show is never settled: only the last block is half open.
      const done = isSettling > 0 ? fresh.slice(0, isSettling) : [];
      const doneText = done.map((token) => token.raw).join("");
      if (done.length > 0 && rest.startsWith(doneText)) {
        settled = [...settled, ...done];
        settledText += doneText;
        tail = keepSame(tail, fresh.slice(isSettling));
      } else {
        tail = keepSame(tail, fresh);
      }
      return withoutGaps([...settled, ...tail]);
    },
  };
}

function withoutGaps(tokens: readonly MarkdownToken[]): readonly MarkdownToken[] {
  return tokens.filter((token) => token.type !== "space" && token.type !== "def");
}

/**
 * Nobody reads sixty quotes or lists, one in the other; the parser goes down into each before it comes back, and some thousand of them
 * are more than a browser's stack holds. Two columns a list at least.
 */
const tooDeep = /^(?:(?:[ \t]{0,4}>){60}|[ \t]{120,}(?:[-*+]|\d{1,9}[.)])[ \t])/m;

function isTooDeep(text: string): boolean {
  return text.includes("> >") || text.includes(">>") || text.includes("\n      ") ? tooDeep.test(text) : false;
}

/** No line of prose is as long as this, and to read one such line of marks takes a second. */
const lineCharsMax = 10_000;
/** From here on a line is looked at for marks: reading ten thousand letters of them takes four tenths of a second, these two hundredths. */
const markedLineCharsMax = 2_000;
/** Nor a paragraph, a list or a table without an empty line in it. */
const paragraphCharsMax = 150_000;

/** Each line of a table gets all of its columns, also those that nobody wrote: 140 kB would be a hundred million cells. */
const tableCellsMax = 300_000;
const tableRule = /^[ \t|:-]*\|[ \t|:-]*$/;

/** Shown as it stands: a model that lost its way must not take the page with it. Code may be as long as it likes. */
function isTooDense(text: string): boolean {
  if (text.length <= markedLineCharsMax) return false;
  let fence = "";
  let paragraphChars = 0;
  let [columns, cells] = [0, 0];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    const stop = end < 0 ? text.length : end;
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(text.slice(at, Math.min(stop, at + 12)))?.[1] ?? "";
    if (fence === "") fence = mark;
    else if (mark !== "" && mark.startsWith(fence)) fence = "";
    paragraphChars = stop === at || fence !== "" ? 0 : paragraphChars + stop - at;
    if (paragraphChars === 0) [columns, cells] = [0, 0];
    else if (columns === 0 && text[at] !== "\n" && tableRule.test(text.slice(at, stop)))
      columns = text.slice(at, stop).split("|").length;
    else cells += columns;
    if (cells > tableCellsMax) return true;
    if (paragraphChars > paragraphCharsMax || (fence === "" && isLineTooDense(text.slice(at, stop)))) return true;
    at = stop + 1;
  }
  return false;
}

function isLineTooDense(line: string): boolean {
  if (line.length > lineCharsMax) return true;
  return line.length > markedLineCharsMax && line.replace(/[^*_~`[\]]+/g, "").length > line.length / 3;
}

/** Without a prototype: a link may be named `constructor`. */
function noLinks(): TokensList["links"] {
  return Object.create(null) as TokensList["links"];
}

function keepSame(before: readonly MarkdownToken[], after: readonly MarkdownToken[]): readonly MarkdownToken[] {
  return after.map((token, index) =>
    before[index]?.raw === token.raw && before[index]?.type === token.type ? before[index] : token,
  );
}
