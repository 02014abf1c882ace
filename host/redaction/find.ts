/** Finds in a text what its owner may not want to give away. Pure: the same text, the same findings. */
import { entropyOf } from "./checksums.ts";
import { KEY_PATTERNS, SECRET_PATTERNS } from "./keyPatterns.ts";
import { pieceCharsMax, wordCharsMax, wordCharsMin, wordsMax } from "./limits.ts";
import { LOOSE_PATTERNS, PERSON_PATTERNS, type PersonPattern } from "./personPatterns.ts";

export interface Finding {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

export interface FindOptions {
  /** The owner's own: names, projects, places. Whole words, in whatever case. */
  readonly words?: readonly string[];
  /** Names and addresses as well, as far as they can be told: some of what is found then is neither. */
  readonly isLoose?: boolean;
}

/** In order, without overlaps; what was looked for first goes before: keys, then the owner's words, then persons. */
export function findPrivate(text: string, options: FindOptions = {}): readonly Finding[] {
  const patterns = patternsOf(options);
  const found: Finding[] = [];
  for (const { from, piece } of piecesOf(text)) {
    // One mark for each character: many findings must not be compared with each other.
    const taken = new Uint8Array(piece.length);
    for (const pattern of patterns) {
      for (const { kind, start, end } of findIn(piece, pattern)) {
        if (taken.subarray(start, end).includes(1)) continue;
        taken.fill(1, start, end);
        found.push({ kind, start: start + from, end: end + from });
      }
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
}

function patternsOf({ words = [], isLoose = false }: FindOptions): readonly PersonPattern[] {
  const own = words.slice(0, wordsMax).flatMap((word) => wordPattern(word) ?? []);
  return [...SECRETS, ...own, ...PERSON_PATTERNS, ...(isLoose ? LOOSE_PATTERNS : [])];
}

const SECRETS: readonly PersonPattern[] = [
  ...Object.entries(KEY_PATTERNS).map(([kind, pattern]) => ({ kind, pattern })),
  ...Object.entries(SECRET_PATTERNS).map(([kind, pattern]) => ({
    kind,
    pattern,
    // "password: required" and "token: the string" are prose; "token = process.env.TOKEN" is code.
    isReal: (found: string) => kind === "password in an address" || looksSecret(found, kind === "password"),
  })),
];

/** What a person calls a password need not be random; what is said to be a key is. */
function looksSecret(found: string, isPassword: boolean): boolean {
  if (
    /^(?:[$%{<[(*•]|x{3,}|\.{3}|process\.|env\.|os\.|config\.|your|my_?|null|none|true|false|undefined|required|string)/i.test(
      found,
    )
  )
    return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/].filter((kind) => kind.test(found)).length;
  if (isPassword) return kinds >= 2 && (/\d/.test(found) || /[^\w\s.)]/.test(found.slice(0, -1)));
  return /\d/.test(found) && entropyOf(found) > 3.2;
}

function wordPattern(word: string): PersonPattern | null {
  const plain = word.trim().slice(0, wordCharsMax);
  if (plain.length < wordCharsMin) return null;
  const escaped = plain.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replace(/\s+/g, "\\s+");
  return { kind: "word", pattern: new RegExp(`(?<![\\p{L}\\d])${escaped}(?![\\p{L}\\d])`, "giu") };
}

function* findIn(text: string, { kind, pattern, isReal, realLength }: PersonPattern): Generator<Finding> {
  for (const match of text.matchAll(pattern)) {
    const [whole, group] = match;
    const found = group ?? whole;
    const start = match.index + (group === undefined ? 0 : whole.lastIndexOf(group));
    const length = realLength === undefined ? found.length : realLength(found);
    if (length > 0 && (isReal === undefined || isReal(found))) yield { kind, start, end: start + length };
  }
}

/** Cut at ends of lines, so that hardly anything is cut in two. */
function* piecesOf(text: string): Generator<{ readonly from: number; readonly piece: string }> {
  let from = 0;
  while (from < text.length) {
    const limit = from + pieceCharsMax;
    const line = limit >= text.length ? -1 : text.lastIndexOf("\n", limit);
    const end = limit >= text.length ? text.length : line > from ? line + 1 : limit;
    yield { from, piece: text.slice(from, end) };
    from = end;
  }
}
