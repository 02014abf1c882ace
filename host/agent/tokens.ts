import { turnTokens } from "./limits.ts";

/**
 * An estimate from above, since each model counts in its own way: a token is seldom less than three characters of English or code,
 * a character and a half of accented or Cyrillic text, and one of Chinese or Japanese.
 */
export function tokensOf(text: string): number {
  let tokens = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    tokens += unit < 0x80 ? 1 / 3 : unit < 0x800 ? 2 / 3 : 1;
  }
  return Math.ceil(tokens) + turnTokens;
}
