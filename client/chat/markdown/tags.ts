/**
 * Keys and small letters as models write them, `<kbd>Ctrl</kbd>` and `H<sub>2</sub>O`, as an extension of the parser: three names, without
 * attributes, around words in one line. All other HTML stays the text it is.
 */
import type { Lexer, MarkedOptions, Tokens } from "marked";

export interface TagToken extends Tokens.Generic {
  readonly type: "tag";
  readonly name: "kbd" | "sub" | "sup";
}

const tag = /^<(kbd|sub|sup)>([^<>\n]{1,200})<\/\1>/;

function tagAtStart(this: { lexer: Lexer }, text: string): TagToken | undefined {
  const [raw, name, words = ""] = tag.exec(text) ?? [];
  if (raw === undefined) return undefined;
  return { type: "tag", raw, name: name as TagToken["name"], tokens: this.lexer.inlineTokens(words, []) };
}

/** As the lexer takes them. */
export const tagExtensions = { inline: [tagAtStart] } satisfies Partial<NonNullable<MarkedOptions["extensions"]>>;

/** What such a tag, half of which has arrived at the end of `text`, is shown as; `null`: it is none. */
export function closeTag(text: string): string | null {
  if (/^<(?:kb?d?|su?[bp]?)$/.test(text)) return "";
  const [open, name, words = ""] = /^<(kbd|sub|sup)>([^<>\n]{0,200})(?=(?:<\/?\w{0,3})?$)/.exec(text) ?? [];
  if (open === undefined) return null;
  return words === "" ? "" : `${open}</${name}>`;
}
