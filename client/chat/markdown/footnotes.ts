/**
 * Footnotes in Markdown, as an extension of the parser: `[^name]` in the words, and `[^name]: the note` at the beginning of a line, with what stands further in below it. They are
 * numbered in the order in which the words come to them, and a name means the first note that has it, large letters or small.
 */
import type { Lexer, MarkedOptions, Tokens } from "marked";
import { firstParagraph } from "./firstParagraph.ts";
import type { MarkdownToken } from "./readBlocks.ts";

/** `footnote`: a note, where it was written. */
interface FootnoteToken extends Tokens.Generic {
  readonly type: "footnote" | "footnoteRef";
  readonly raw: string;
  readonly name: string;
}

export interface Footnote {
  readonly name: string;
  readonly number: number;
  readonly tokens: readonly MarkdownToken[];
  /** No word leads to it: it is shown all the same, since it was said. */
  readonly isLoose: boolean;
}

export interface Footnotes {
  /** Of a name that the words use. */
  numberOf(name: string): number | null;
  isWritten(name: string): boolean;
  /** In the order of their numbers. */
  readonly notes: readonly Footnote[];
}

/** A name is a number or a word. */
const name = String.raw`\[\^([^\]\s\\\x60*[]{1,64})\]`;
const reference = new RegExp(`^${name}(?!\\()`);
const definition = new RegExp(`^ {0,3}${name}:[ \\t]*`);
const nextDefinition = new RegExp(`\\n(?= {0,3}${name}:)`);
/** What a paragraph of a note further down begins with. */
const further = /^(?: {4}|\t)/;

/** Something else begins, which is no part of the note above it. */
const other = /^ {0,3}(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|>|\||`{3}|~{3}|-{3,}\s*$)/;
/** As models name them; `[^a-z]` outside of code is more likely a set of letters. */
const plainName = /^[\p{L}\p{N}_]+$/u;

const named = (name: string): string => name.toLowerCase();

/** A note within a note is none: a line of a thousand names would be read a thousand deep. */
let isWithin = false;

function noteAtStart(this: { lexer: Lexer }, text: string): FootnoteToken | undefined {
  const head = isWithin ? null : definition.exec(text);
  if (head === null) return undefined;
  const raw = text.slice(0, head[0].length + noteLength(text.slice(head[0].length)));
  const words = raw
    .slice(head[0].length)
    .split("\n")
    .map((line, index) => (index === 0 ? line : line.replace(further, "").replace(/^ {1,3}(?=\S)/, "")))
    .join("\n");
  isWithin = true;
  try {
    return { type: "footnote", raw, name: named(head[1] ?? ""), tokens: this.lexer.blockTokens(words, []) };
  } finally {
    isWithin = false;
  }
}

/** Up to the next note, or to an empty line after which nothing stands further in. */
function noteLength(text: string): number {
  let at = 0;
  let end = 0;
  let isAfterGap = false;
  while (at < text.length) {
    const stop = text.indexOf("\n", at);
    const next = stop < 0 ? text.length : stop + 1;
    const line = text.slice(at, next);
    if (line.trim() === "") isAfterGap = true;
    else if (at > 0 && (definition.test(line) || (!further.test(line) && (isAfterGap || other.test(line))))) break;
    else {
      isAfterGap = false;
      end = next;
    }
    at = next;
  }
  // An empty line that nothing follows is nobody's yet.
  return end === 0 ? text.indexOf("\n") + 1 || text.length : end;
}

function referenceAtStart(text: string): FootnoteToken | undefined {
  const match = reference.exec(text);
  return match === null ? undefined : { type: "footnoteRef", raw: match[0], name: named(match[1] ?? "") };
}

/** A note begins within it. */
export const holdsNote = (text: string): boolean => nextDefinition.test(text);

/** As the lexer takes them. In a paragraph alone, or each of a thousand paragraphs would be looked through to the end of the answer. */
export const footnoteExtensions = {
  block: [noteAtStart],
  inline: [referenceAtStart],
  startBlock: [
    (text: string): number | undefined => {
      const index = firstParagraph(text).search(nextDefinition);
      return index < 0 ? undefined : index;
    },
  ],
} satisfies Partial<NonNullable<MarkedOptions["extensions"]>>;

/** Of a token, whatever it is: where others lie in it. */
interface Parts {
  readonly name?: string;
  readonly items?: readonly MarkdownToken[];
  readonly header?: readonly Pick<MarkdownToken, "tokens">[];
  readonly rows?: readonly (readonly Pick<MarkdownToken, "tokens">[])[];
}

interface Found {
  readonly names: readonly string[];
  readonly notes: readonly FootnoteToken[];
}

/** Blocks keep their identity while an answer grows, so each is looked through once. */
const foundIn = new WeakMap<MarkdownToken, Found>();

/** `isComplete`: no more words come. Until then a note that is not there yet is taken to be on its way, so that what leads to it stays as it is. */
export function findFootnotes(blocks: readonly MarkdownToken[], isComplete: boolean): Footnotes {
  const found = blocks.map(lookThrough);
  const written = new Map<string, FootnoteToken>();
  for (const { notes } of found) for (const note of notes) if (!written.has(note.name)) written.set(note.name, note);
  const numbers = new Map<string, number>();
  const use = (name: string): void => {
    if (numbers.has(name) || (!written.has(name) && (isComplete || !plainName.test(name)))) return;
    numbers.set(name, numbers.size + 1);
  };
  for (const { names } of found) names.forEach(use);
  // What notes lead to comes after what the words lead to.
  for (const name of numbers.keys())
    for (const token of tokensOf(written.get(name))) lookThrough(token).names.forEach(use);
  const isUsed = new Set(numbers.keys());
  for (const name of written.keys()) use(name);
  const notes = [...written].map(([name, note]) => ({
    name,
    number: numbers.get(name) ?? 0,
    tokens: tokensOf(note),
    isLoose: !isUsed.has(name),
  }));
  return {
    numberOf: (name) => numbers.get(name) ?? null,
    isWritten: (name) => written.has(name),
    notes: notes.sort((a, b) => a.number - b.number),
  };
}

const tokensOf = (note: FootnoteToken | undefined): readonly MarkdownToken[] =>
  (note?.tokens ?? []) as readonly MarkdownToken[];

function lookThrough(block: MarkdownToken): Found {
  const known = foundIn.get(block);
  if (known !== undefined) return known;
  const names: string[] = [];
  const notes: FootnoteToken[] = [];
  const open: MarkdownToken[] = [block];
  for (let token = open.pop(); token !== undefined; token = open.pop()) {
    const { name, items, header, rows } = token as Parts;
    if (token.type === "footnoteRef") names.push(name ?? "");
    if (token.type === "footnote") notes.push(token as unknown as FootnoteToken);
    else {
      const cells = [...(header ?? []), ...(rows ?? []).flat()].flatMap(({ tokens }) => tokens ?? []);
      // One by one: a hundred thousand of them are more than a call takes.
      for (const each of [...(token.tokens ?? []), ...(items ?? []), ...cells].reverse()) open.push(each);
    }
  }
  const found = { names, notes };
  foundIn.set(block, found);
  return found;
}
