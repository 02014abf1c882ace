/**
 * What a question begins with that somebody else has said: lines that open with ">", as in a letter. A model reads them as quoted,
 * and the page sets them apart from the question itself.
 */

/** More than this is not quoted to be talked about: it stands above anyway. */
export const quoteCharsMax = 2_000;

export interface Quoting {
  /** Without its signs; "" when nothing is quoted. */
  readonly quote: string;
  readonly words: string;
}

export function toQuote(text: string): string {
  const trimmed = text.trim().replace(/\n{3,}/g, "\n\n");
  const said = trimmed.length > quoteCharsMax ? `${trimmed.slice(0, quoteCharsMax).trimEnd()} …` : trimmed;
  return said === "" ? "" : `${said.replace(/^/gm, "> ").replace(/ +$/gm, "")}\n\n`;
}

export function splitQuote(text: string): Quoting {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith(">"));
  // Nothing but a quote is the question itself.
  if (end <= 0) return { quote: "", words: text };
  const words = lines.slice(end).join("\n").trimStart();
  if (words === "") return { quote: "", words: text };
  return {
    quote: lines
      .slice(0, end)
      .map((line) => line.replace(/^> ?/, ""))
      .join("\n"),
    words,
  };
}
