/** A page's text, read and never run: tags are taken as they come, nothing is fetched, built or laid out. What a page hides from the eye by its style sheet is text like any other. */
import { Parser } from "htmlparser2";
import { depthMax, pageCharsMax, pieceChars } from "./limits.ts";

/** Nothing inside these is for reading. */
const SILENT = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "math",
  "iframe",
  "object",
  "head",
  "select",
  "canvas",
]);
const BLOCKS = new Set([
  "p",
  "div",
  "li",
  "tr",
  "br",
  "hr",
  "section",
  "article",
  "header",
  "footer",
  "nav",
  "table",
  "ul",
  "ol",
  "dl",
  "dt",
  "dd",
  "pre",
  "blockquote",
  "figure",
  "figcaption",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
]);

export interface PageText {
  readonly title: string;
  readonly text: string;
  readonly isCut: boolean;
}

export function readPage(html: string): PageText {
  const out = { text: "", title: "" };
  /** How many silent elements are open, and whether the title is. */
  let silent = 0;
  let inTitle = false;
  let depth = 0;
  const parser = new Parser({
    onopentagname: (name) => {
      depth += 1;
      if (name === "title") inTitle = true;
      if (SILENT.has(name)) silent += 1;
      else if (BLOCKS.has(name)) out.text += name.startsWith("h") && name.length === 2 && name !== "hr" ? "\n\n" : "\n";
      if (name === "td" || name === "th") out.text += "\t";
    },
    ontext: (text) => {
      if (inTitle && out.title.length < 500) out.title += text;
      else if (silent === 0 && out.text.length <= pageCharsMax * 4) out.text += text.replace(/\s+/g, " ");
    },
    onclosetag: (name) => {
      depth -= 1;
      if (name === "title") inTitle = false;
      if (SILENT.has(name)) silent = Math.max(0, silent - 1);
      else if (BLOCKS.has(name) && name !== "br" && name !== "hr") out.text += "\n";
    },
  });
  // What nobody nests so deep by hand would take the parser longer with each step.
  for (let from = 0; from < html.length && depth <= depthMax; from += pieceChars)
    parser.write(html.slice(from, from + pieceChars));
  parser.end();
  const lines = out.text.split("\n").map((line) => line.trim());
  return {
    title: out.title.replace(/\s+/g, " ").trim(),
    ...cutText(
      lines
        .join("\n")
        .replace(/\n{3,}/g, "\n\n")
        .trim(),
    ),
  };
}

export function cutText(text: string): Pick<PageText, "text" | "isCut"> {
  return { text: text.slice(0, pageCharsMax).toWellFormed(), isCut: text.length > pageCharsMax };
}
