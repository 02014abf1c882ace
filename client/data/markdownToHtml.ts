/**
 * Markdown as HTML text, for a page that is read outside of the app. Every word is escaped; what is not known is written as text;
 * a link leads to http, https or mail; nothing is fetched.
 */
import type { Tokens } from "marked";
import { decodeEntities } from "../chat/markdown/entities.ts";
import type { MathToken } from "../chat/markdown/mathSyntax.ts";
import { tokensToText } from "../chat/markdown/plainText.ts";
import { createMarkdownReader, type MarkdownToken } from "../chat/markdown/readBlocks.ts";
import { safeUrl } from "../chat/markdown/safeUrl.ts";

/** Quotes in lists in quotes: deeper than this, a token's own text is written. */
const depthMax = 24;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

export function markdownToHtml(markdown: string): string {
  try {
    return nodes(createMarkdownReader().read(markdown, true), 0);
  } catch (error) {
    // A thousand quotes within each other, which nobody wrote to be read: they stand as they are.
    if (error instanceof RangeError) return `<pre>${escapeHtml(markdown)}</pre>\n`;
    throw error;
  }
}

function nodes(tokens: readonly MarkdownToken[] | undefined, depth: number): string {
  if (tokens === undefined) return "";
  if (depth > depthMax) return escapeHtml(decodeEntities(tokensToText(tokens)));
  return tokens.map((token) => node(token, depth + 1)).join("");
}

function node(token: MarkdownToken, depth: number): string {
  const inner = (): string =>
    token.tokens === undefined ? escapeHtml(decodeEntities(token.text ?? "")) : nodes(token.tokens, depth);
  switch (token.type) {
    case "paragraph":
      return `<p>${inner()}</p>\n`;
    case "plain":
      return `<pre>${escapeHtml(token.text ?? "")}</pre>\n`;
    case "heading": {
      // The page's own headings are the chat's title and who speaks.
      const level = Math.min((token as Tokens.Heading).depth + 2, 6);
      return `<h${level}>${inner()}</h${level}>\n`;
    }
    case "blockquote":
      return `<blockquote>${inner()}</blockquote>\n`;
    case "list":
      return list(token as Tokens.List, depth);
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "☑ " : "☐ ";
    case "code":
      return `<pre><code>${escapeHtml((token as Tokens.Code).text)}</code></pre>\n`;
    case "table":
      return table(token as Tokens.Table, depth);
    case "math":
      return (token as MathToken).isDisplay
        ? `<pre class="formula">${escapeHtml(token.text ?? "")}</pre>\n`
        : `<code class="formula">${escapeHtml(token.text ?? "")}</code>`;
    case "hr":
      return "<hr>\n";
    case "br":
      return "<br>\n";
    case "html":
      return /^<br\s*\/?>\s*$/i.test(token.raw) ? "<br>\n" : escapeHtml(token.raw);
    case "escape":
      return escapeHtml(token.text ?? "");
    case "strong":
    case "em":
    case "del":
      return `<${token.type}>${inner()}</${token.type}>`;
    case "codespan":
      return `<code>${escapeHtml(token.text ?? "")}</code>`;
    case "link":
      return link((token as Tokens.Link).href, nodes(token.tokens, depth));
    case "image":
      // Named and not fetched, as in the app.
      return link((token as Tokens.Image).href, `[${escapeHtml(decodeEntities(token.text ?? "") || "…")}]`);
    case "text":
      return inner();
    case "space":
    case "def":
      return "";
    default:
      return escapeHtml(token.raw);
  }
}

function link(address: string, words: string): string {
  const url = safeUrl(address);
  return url === null ? words : `<a href="${escapeHtml(url)}" rel="noopener noreferrer nofollow">${words}</a>`;
}

function list({ ordered, start, items }: Tokens.List, depth: number): string {
  const rows = items
    .map((item) => `<li${item.task ? ' class="task"' : ""}>${nodes(item.tokens, depth)}</li>`)
    .join("\n");
  return ordered ? `<ol start="${Number(start) || 1}">\n${rows}\n</ol>\n` : `<ul>\n${rows}\n</ul>\n`;
}

function table({ header, rows, align }: Tokens.Table, depth: number): string {
  const row = (cells: readonly Tokens.TableCell[], tag: "td" | "th"): string =>
    `<tr>${cells
      .map((cell, column) => {
        const side = align[column];
        return `<${tag}${side === null || side === undefined ? "" : ` class="${side}"`}>${nodes(cell.tokens, depth)}</${tag}>`;
      })
      .join("")}</tr>`;
  const body = rows.map((cells) => row(cells, "td")).join("\n");
  return `<div class="wide"><table>\n<thead>${row(header, "th")}</thead>\n<tbody>\n${body}\n</tbody>\n</table></div>\n`;
}
