/** The last code of an answer, wherever it stands in it: also in a list or a quotation. */
import { lexMarkdown } from "./lexMarkdown.ts";
import type { MarkdownToken } from "./readBlocks.ts";

/** `null`: there is none. */
export function lastCode(markdown: string): string | null {
  return lastOf(lexMarkdown(markdown));
}

function lastOf(tokens: readonly MarkdownToken[]): string | null {
  for (const token of tokens.toReversed()) {
    if (token.type === "code") return token.text ?? "";
    const { items } = token as { readonly items?: readonly MarkdownToken[] };
    const inner = lastOf(items ?? token.tokens ?? []);
    if (inner !== null) return inner;
  }
  return null;
}
