/** An answer as plain text, as one would type it into a letter: the words and their order, without the marks of Markdown. */
import type { Tokens } from "marked";
import { decodeEntities } from "./entities.ts";
import { lexMarkdown } from "./lexMarkdown.ts";
import type { MarkdownToken } from "./readBlocks.ts";

export function toPlainText(markdown: string): string {
  return blocks(lexMarkdown(markdown)).trim();
}

/** The same for the ear: code is not read out, and an address is only its words. */
export function toSpokenText(markdown: string): string {
  const tokens = lexMarkdown(markdown).filter(({ type }) => type !== "code");
  return blocks(tokens, true).trim();
}

function blocks(tokens: readonly MarkdownToken[], isSpoken = false): string {
  return tokens
    .map((token) => block(token, isSpoken))
    .filter((text) => text !== "")
    .join("\n\n");
}

function block(token: MarkdownToken, isSpoken: boolean): string {
  if (token.type === "space" || token.type === "def" || token.type === "hr") return "";
  if (token.type === "code" || token.type === "math") return token.text ?? "";
  if (token.type === "footnote") return `${isSpoken ? "" : nameOf(token)}${blocks(token.tokens ?? [], isSpoken)}`;
  if (token.type === "list") return list(token as Tokens.List, isSpoken);
  if (token.type === "table") return table(token as Tokens.Table, isSpoken);
  if (token.type === "blockquote") return blocks(token.tokens ?? [], isSpoken);
  return token.tokens === undefined ? decodeEntities(token.text ?? token.raw) : inline(token.tokens, isSpoken);
}

function list({ ordered, start, items }: Tokens.List, isSpoken: boolean): string {
  return items
    .map((item, index) => {
      const mark = ordered ? `${(Number(start) || 1) + index}. ` : isSpoken ? "" : "- ";
      const done = item.task && !isSpoken ? (item.checked === true ? "[x] " : "[ ] ") : "";
      const parts = item.tokens.filter(({ type }) => type !== "checkbox");
      // A list within stands on lines of its own, further in.
      const text = parts.map((part) => block(part, isSpoken)).join("\n");
      return mark + done + text.replaceAll("\n", `\n${" ".repeat(mark.length)}`);
    })
    .join("\n");
}

/** As it was written: what stands at its end is found by it. */
const nameOf = (token: MarkdownToken): string => `[${(token as { name?: string }).name ?? ""}] `;

/** Tabs between cells: a sheet takes it as a table. */
function table({ header, rows }: Tokens.Table, isSpoken: boolean): string {
  return [header, ...rows]
    .map((row) => row.map((cell) => inline(cell.tokens, isSpoken)).join(isSpoken ? ", " : "\t"))
    .join("\n");
}

function inline(tokens: readonly MarkdownToken[], isSpoken: boolean): string {
  return tokens
    .map((token) => {
      if (token.type === "br") return "\n";
      if (token.type === "codespan" || token.type === "escape") return token.text ?? "";
      if (token.type === "footnoteRef") return isSpoken ? "" : nameOf(token).trimEnd();
      if (token.type === "image") return decodeEntities(token.text ?? "");
      const text =
        token.tokens === undefined ? decodeEntities(token.text ?? token.raw) : inline(token.tokens, isSpoken);
      const { href } = token as { href?: string };
      const isAddress = href === undefined || href === text || href.replace(/^(?:https?:\/\/|mailto:)/, "") === text;
      return token.type === "link" && !isSpoken && !isAddress ? `${text} (${href})` : text;
    })
    .join("");
}
