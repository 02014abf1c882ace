/** Text to tokens: the one place where it is said which Markdown this is. */
import { Lexer, Tokenizer, type Tokens, type TokensList } from "marked";
import { footnoteExtensions, holdsNote } from "./footnotes.ts";
import { mathExtensions } from "./mathSyntax.ts";
import { tagExtensions } from "./tags.ts";

const extensions: typeof mathExtensions = {
  ...mathExtensions,
  block: [...(mathExtensions.block ?? []), ...footnoteExtensions.block],
  inline: [...(mathExtensions.inline ?? []), ...footnoteExtensions.inline, ...tagExtensions.inline],
  startBlock: [...(mathExtensions.startBlock ?? []), ...footnoteExtensions.startBlock],
};

class AppTokenizer extends Tokenizer {
  /** A rule below a note does not make a heading of the words above it, with the note in it. */
  override lheading(text: string): Tokens.Heading | undefined {
    const heading = super.lheading(text);
    return heading !== undefined && holdsNote(heading.raw) ? undefined : heading;
  }
}

/** `links`: definitions that stand elsewhere, by name; those of `text` are added to them. */
export function lexMarkdown(text: string, links?: TokensList["links"]): TokensList {
  // One for each: the parser writes its own rules into it.
  const tokenizer = new AppTokenizer();
  const lexer = new Lexer({ gfm: true, breaks: false, pedantic: false, extensions, tokenizer });
  if (links !== undefined) Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(text);
  if (links !== undefined) Object.assign(links, tokens.links);
  return tokens;
}
