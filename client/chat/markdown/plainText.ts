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
