/**
 * What is typed into the search: words, and filters among them.
 *
 *   in:bread   in:"a longer title"     in chats whose title or project begins so
 *   is:pinned  is:archived  is:unread  in chats that are
 *   from:me    from:assistant          by whom
 *   before:2026-03   after:yesterday   a year, a month, a day, "today" or "yesterday"; before its beginning, from its beginning on
 *
 * Each also by its word in the app's language. What does not mean anything stands as a word: nothing typed is passed over.
 */

export interface SearchFilter {
  readonly from: "user" | "assistant" | null;
  /** Milliseconds, exclusive. */
  readonly before: number | null;
  /** Inclusive. */
  readonly after: number | null;
}

export type ChatState = "pinned" | "archived" | "unread";
export type FilterKey = "in" | "is" | "from" | "before" | "after";

/** One filter as it stands in what was typed. */
export interface FilterPiece {
  readonly key: FilterKey;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface SearchQuery {
  /** All that is no filter. */
  readonly words: string;
  readonly filter: SearchFilter;
  /** All of them must fit. */
  readonly places: readonly string[];
  readonly states: readonly ChatState[];
  readonly pieces: readonly FilterPiece[];
  /** A filter at the end that has its name and not yet its value: `in:`, `in:bre`. */
  readonly open: FilterPiece | null;
}

/** The filters' words in the app's language; the English ones are always understood. */
export interface FilterWords {
  readonly keys: Readonly<Record<FilterKey, string>>;
  readonly states: Readonly<Record<ChatState, string>>;
  readonly me: string;
  readonly assistant: string;
  readonly today: string;
  readonly yesterday: string;
}

const keys: readonly FilterKey[] = ["in", "is", "from", "before", "after"];
const states: readonly ChatState[] = ["pinned", "archived", "unread"];
const dayMs = 86_400_000;

export const noFilter: SearchFilter = { from: null, before: null, after: null };

export function parseSearch(text: string, words: FilterWords, now: number): SearchQuery {
  const pieces: FilterPiece[] = [];
  const [places, found]: [string[], ChatState[]] = [[], []];
  let filter = noFilter;
  let rest = "";
  let at = 0;
  let open: FilterPiece | null = null;
  for (const match of text.matchAll(/(?<=^|\s)(\p{L}+):(?:"([^"]*)"?|(\S*))/gu)) {
    const key = keyOf(match[1] ?? "", words);
    if (key === null) continue;
    const value = match[2] ?? match[3] ?? "";
    const piece: FilterPiece = { key, value, start: match.index, end: match.index + match[0].length };
    if (piece.end === text.length && !match[0].endsWith('"')) open = piece;
    const state = key === "is" ? stateOf(value, words) : null;
    const from = key === "from" ? writerOf(value, words) : null;
    const day = key === "before" || key === "after" ? parseDay(value, words, now) : null;
    const isMeant = value === "" || key === "in" || state !== null || from !== null || day !== null;
    // Half a value is on its way to being one; what can never be one is a word like any other.
    if (!isMeant && piece !== open) continue;
    if (key === "in" && value !== "") places.push(value);
    if (state !== null) found.push(state);
    if (from !== null) filter = { ...filter, from };
    if (day !== null) filter = { ...filter, [key]: day };
    if (value !== "" && isMeant) pieces.push(piece);
    rest += text.slice(at, piece.start);
    at = piece.end;
  }
  rest += text.slice(at);
  return { words: rest.replace(/\s+/g, " ").trim(), filter, places, states: found, pieces, open };
}

export function hasFilter({ pieces }: SearchQuery): boolean {
  return pieces.length > 0;
}

/** What was typed with one filter taken out. */
export function withoutPiece(text: string, { start, end }: FilterPiece): string {
  return `${text.slice(0, start)}${text.slice(end).trimStart()}`.trimStart();
}

/** What was typed with a filter's value put where it was begun, ready for the next word. */
export function withValue(text: string, open: FilterPiece | null, written: string): string {
  const before = open === null ? text : text.slice(0, open.start);
  return `${before}${before === "" || before.endsWith(" ") ? "" : " "}${written}`;
}

export function quoted(value: string): string {
  return /\s/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function keyOf(name: string, words: FilterWords): FilterKey | null {
  return keys.find((key) => isSame(key, name) || isSame(words.keys[key], name)) ?? null;
}

function stateOf(value: string, words: FilterWords): ChatState | null {
  return states.find((state) => isSame(state, value) || isSame(words.states[state], value)) ?? null;
}

function writerOf(value: string, words: FilterWords): SearchFilter["from"] {
  if (isSame(value, "me") || isSame(value, words.me)) return "user";
  return isSame(value, "assistant") || isSame(value, words.assistant) ? "assistant" : null;
}

/** The beginning of a day, month or year on this device's calendar; `null`: there is no such day. */
function parseDay(value: string, words: FilterWords, now: number): number | null {
  const today = new Date(now).setHours(0, 0, 0, 0);
  if (isSame(value, "today") || isSame(value, words.today)) return today;
  // Noon of the day before is in it whatever clocks were changed.
  if (isSame(value, "yesterday") || isSame(value, words.yesterday))
    return new Date(today - dayMs / 2).setHours(0, 0, 0, 0);
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : null;
}
