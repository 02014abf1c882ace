/** The words of a piece of Markdown, without its marks: for names, titles and what is read out. */
import type { MarkdownToken } from "./readBlocks.ts";

export function tokensToText(tokens: readonly MarkdownToken[]): string {
  return tokens.map(tokenToText).join("");
}

function tokenToText(token: MarkdownToken): string {
  if (token.type === "br") return " ";
  if (token.type === "image") return token.text ?? "";
  if (token.tokens !== undefined && token.tokens.length > 0) return tokensToText(token.tokens);
  return token.text ?? "";
}

/** A browser lays a paragraph out as a whole, at each letter that is added to it: half a megabyte would take the page with it. */
const pieceChars = 8_000;

export function toPieces(text: string): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / pieceChars) }, (_, index) =>
    text.slice(index * pieceChars, (index + 1) * pieceChars),
  );
}
