/** Pages and documents as plain text. A parser reads them event by event, so that nothing is built of what is only to be read. */
import { Parser } from "htmlparser2";
import { nestingMax } from "./limits.ts";
import { ReadingError } from "./outcome.ts";

const unseen = new Set(["script", "style", "template", "noscript", "title", "svg", "math", "head", "iframe", "object"]);
const blocks = new Set(
  "address article aside blockquote body dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section table tbody tr ul".split(
    " ",
  ),
);

/** What a reader of the page would read, a line for each block; headings keep a mark, so that passages can begin there. */
export function htmlToText(html: string): string {
  const lines = createLines();
  let [hidden, kept, depth] = [0, 0, 0];
  const parser = new Parser({
    onopentagname: (name) => {
      depth += 1;
      if (depth > nestingMax) throw new ReadingError("nested");
      if (unseen.has(name)) hidden += 1;
      if (name === "pre") kept += 1;
      if (name === "br") lines.end();
      if (blocks.has(name)) lines.end();
      if (name === "td" || name === "th") lines.add("\t", true);
      const [, level] = /^h([1-6])$/.exec(name) ?? [];
      if (level !== undefined) lines.add(`${"#".repeat(Number(level))} `, true);
      if (name === "li") lines.add("- ", true);
    },
    ontext: (text) => {
      if (hidden === 0) lines.add(kept > 0 ? text : text.replace(/\s+/g, " "), kept > 0);
    },
    onclosetag: (name) => {
      depth -= 1;
      if (unseen.has(name)) hidden -= 1;
      if (name === "pre") kept -= 1;
      if (blocks.has(name)) lines.end();
      if (/^(p|h[1-6]|table|ul|ol|pre|blockquote)$/.test(name)) lines.gap();
    },
  });
  parser.end(html);
  return lines.finish();
}

/** The words of `word/document.xml`. What was deleted with changes on stands in other elements, and is not among them. */
export function createDocumentReader(): { take(piece: string): void; finish(): string } {
  const lines = createLines();
  let [isWords, depth] = [false, 0];
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        depth += 1;
        if (depth > nestingMax) throw new ReadingError("nested");
        if (name === "w:t") isWords = true;
        if (name === "w:tab") lines.add("\t", true);
        if (name === "w:br" || name === "w:cr") lines.end();
        const [, level] =
          name === "w:pStyle"
            ? (/^(?:Heading|berschrift|Überschrift)\s?([1-6])$/.exec(attributes["w:val"] ?? "") ?? [])
            : [];
        if (level !== undefined) lines.add(`${"#".repeat(Number(level))} `, true);
        if (name === "w:numPr") lines.add("- ", true);
      },
      ontext: (text) => {
        if (isWords) lines.add(text, true);
      },
      onclosetag: (name) => {
        depth -= 1;
        if (name === "w:t") isWords = false;
        if (name === "w:p") lines.end();
        if (name === "w:tc") lines.add("\t", true);
        if (name === "w:tbl") lines.gap();
      },
    },
    { xmlMode: true },
  );
  return {
    take: (piece) => parser.write(piece),
    finish: () => {
      parser.end();
      return lines.finish();
    },
  };
}

interface Lines {
  /** `isExact`: its spaces mean something. */
  add(text: string, isExact: boolean): void;
  end(): void;
  /** A line is left free. */
  gap(): void;
  finish(): string;
}

function createLines(): Lines {
  const done: string[] = [];
  let line = "";
  const end = (): void => {
    const text = line.replaceAll("\f", " ").trimEnd();
    line = "";
    if (text.trim() !== "") done.push(text);
  };
  return {
    add: (text, isExact) => {
      line += isExact || (line !== "" && !/\s$/.test(line)) ? text : text.trimStart();
    },
    end,
    gap: () => {
      end();
      if (done.length > 0 && done.at(-1) !== "") done.push("");
    },
    finish: () => {
      end();
      return done.join("\n").trim();
    },
  };
}
