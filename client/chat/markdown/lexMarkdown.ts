/** Text to tokens: the one place where it is said which Markdown this is. */
import { Lexer, type TokensList } from "marked";
import { footnoteExtensions } from "./footnotes.ts";
import { mathExtensions } from "./mathSyntax.ts";

const extensions: typeof mathExtensions = {
  ...mathExtensions,
  block: [...(mathExtensions.block ?? []), ...footnoteExtensions.block],
  inline: [...(mathExtensions.inline ?? []), ...footnoteExtensions.inline],
  startBlock: [...(mathExtensions.startBlock ?? []), ...footnoteExtensions.startBlock],
};

/** `links`: definitions that stand elsewhere, by name; those of `text` are added to them. */
export function lexMarkdown(text: string, links?: TokensList["links"]): TokensList {
  const lexer = new Lexer({ gfm: true, breaks: false, pedantic: false, extensions });
  if (links !== undefined) Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(text);
  if (links !== undefined) Object.assign(links, tokens.links);
  return tokens;
}
