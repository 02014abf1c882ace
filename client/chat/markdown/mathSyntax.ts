/**
 * Formulas in Markdown, as an extension of the parser: `$x$`, `\(x\)` within a line, `$$x$$`, `\[x\]` set apart. Money stays text:
 * a dollar opens a formula only where no word or number stands before it and no space after it, and closes it only where no
 * space stands before and no word or number after. No formula holds an empty line: TeX allows none either.
 */
import type { MarkedOptions, Tokens } from "marked";
import { firstParagraph } from "./firstParagraph.ts";

export interface MathToken extends Tokens.Generic {
  readonly type: "math";
  readonly raw: string;
  readonly text: string;
  /** Set apart, in a line of its own. */
  readonly isDisplay: boolean;
}

/** A page of TeX. What opens and does not close within it is text, and is not read to its end from each such mark. */
const formulaCharsMax = 3000;

/** Up to its closing mark, and no further: a second try from every mark would take for ever over a text of marks alone. */
const upTo = (mark: string): string => String.raw`((?:(?!${mark}|\n[ \t]*\n)[\s\S]){1,${formulaCharsMax}})${mark}`;
const apart = [String.raw`\$\$(?!\$)${upTo(String.raw`\$\$`)}`, String.raw`\\\[${upTo(String.raw`\\\]`)}`];
const within = [
  String.raw`\$(?![\s$])((?:\\[\s\S]|[^\\$\n]|\n(?![ \t]*\n))*?(?:\\[\s\S]|[^\\$\s]))\$(?![\p{L}\p{N}$])`,
  String.raw`\\\(${upTo(String.raw`\\\)`)}`,
];
const inline = new RegExp(`^(?:${[...apart, ...within].join("|")})`, "u");
const block = new RegExp(`^ {0,3}(?:${apart.join("|")})[ \\t]*(?:\\n+|$)`);
const inlineStart = /(?<![\p{L}\p{N}$\\])\$(?!\s)|\\[([]/u;
const blockStart = /\n(?= {0,3}(?:\$\$|\\\[))/g;

/** The formula that `text` begins with, or `null`. */
export function mathAtStart(text: string): MathToken | null {
  const match = inline.exec(text);
  if (match === null) return null;
  const [raw, dollars, square, dollar, round] = match;
  const source = (dollars ?? square ?? dollar ?? round ?? "").trim();
  if (source === "") return null;
  return { type: "math", raw, text: source, isDisplay: dollars !== undefined || square !== undefined };
}

/** `text` begins with the mark that opens a formula, and not with that of money. */
export function opensMath(text: string): boolean {
  return /^(?:\$\$(?!\$)|\\[([])/.test(text);
}

function blockMath(text: string): MathToken | undefined {
  const match = block.exec(text);
  const source = (match?.[1] ?? match?.[2] ?? "").trim();
  return match === null || source === "" ? undefined : { type: "math", raw: match[0], text: source, isDisplay: true };
}

/** Only where there is one: a paragraph cut at every mark would be read again from each cut. */
function nextBlockMath(text: string): number | undefined {
  for (const { index } of firstParagraph(text).matchAll(blockStart))
    if (blockMath(text.slice(index + 1)) !== undefined) return index;
  return undefined;
}

const indexOr = (index: number): number | undefined => (index < 0 ? undefined : index);

/** As the lexer takes them. */
export const mathExtensions: NonNullable<MarkedOptions["extensions"]> = {
  renderers: {},
  childTokens: {},
  block: [blockMath],
  inline: [(text) => mathAtStart(text) ?? undefined],
  startBlock: [nextBlockMath],
  startInline: [(text) => indexOr(text.search(inlineStart))],
};
