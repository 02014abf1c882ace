/**
 * Full text over the messages of every chat, on every branch. It lives in a worker (`searchWorker.ts`), in parts of two thousand
 * messages: a part is what is saved when something in it changed, and what is made anew when much of it is gone.
 */
import MiniSearch, { type SearchResult } from "minisearch";
import type { SearchFilter } from "./searchQuery.ts";
import { toWords } from "./searchWords.ts";
import { type SnippetPart, toSnippet } from "./snippet.ts";

export interface SearchMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly text: string;
  /** Whose words these are, where they are not the owner's or the answering model's: a tool's. */
  readonly by: string | null;
}

export interface SearchHit {
  readonly id: string;
  readonly chat: string;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly by: string | null;
  /** A line of the message around what was found. */
  readonly snippet: readonly SnippetPart[];
  /** The words of the message that were found, as they are spelled there but folded. */
  readonly words: readonly string[];
}

export interface SearchQuestion {
  readonly words: string;
  readonly filter: SearchFilter;
  /** `null`: any. */
  readonly chats: readonly string[] | null;
  readonly hitsMax: number;
}

export interface SearchIndex {
  /** Takes in what is new or longer in a chat; what did not change costs a comparison. */
  put(chat: string, messages: readonly SearchMessage[]): void;
  /** Of a chat's messages, only these are there still. */
  retain(chat: string, ids: readonly string[]): void;
  forget(chat: string): void;
  /** Best first; without words, newest first. */
  search(question: SearchQuestion): readonly SearchHit[];
  readonly size: number;
  /** Parts that changed since this was last asked; an empty one is to be forgotten. Each call gives a part a new stamp. */
  takeChanged(): readonly SavedPart[];
  /** Parts as they were saved. Throws when they are not of this form. */
  load(parts: readonly SavedPart[]): void;
}

export interface SavedPart {
  readonly id: number;
  /** Says which of its states this is. */
  readonly stamp: number;
  /** `null`: nothing is left of it. */
  readonly json: string | null;
}

/** A message longer than this is found by its beginning: a model that ran away must not fill the memory. */
const indexedCharsMax = 100_000;
/** What is this much older counts for half as much; what fits well still comes before what is merely new. */
const halfLifeMs = 90 * 86_400_000;
/** Few enough to be saved while somebody types, many enough that a hundred thousand messages are fifty searches. */
const partMessagesMax = 2_000;
/** A part of which this much was taken out again is made anew before it is saved: it would keep those words. */
const goneShareMax = 0.25;

interface Known extends SearchMessage {
  readonly chat: string;
}

interface Part {
  readonly id: number;
  stamp: number;
  index: MiniSearch<SearchMessage>;
  readonly known: Map<string, Known>;
  isChanged: boolean;
}

const options = {
  fields: ["text"],
  tokenize: toWords,
  processTerm: (term: string) => term,
  autoVacuum: false,
};

export function createSearchIndex(now: () => number = Date.now): SearchIndex {
  const parts = new Map<number, Part>();
  const partOf = new Map<string, Part>();
  const inChat = new Map<string, Set<string>>();
  let lastPart = -1;
  let lastStamp = 0;

  const openPart = (): Part => {
    const last = parts.get(lastPart);
    if (last !== undefined && last.known.size < partMessagesMax) return last;
    lastPart += 1;
    const part: Part = { id: lastPart, stamp: 0, index: new MiniSearch(options), known: new Map(), isChanged: true };
    parts.set(part.id, part);
    return part;
  };
  const drop = (key: string): void => {
    const part = partOf.get(key);
    if (part === undefined) return;
    part.known.delete(key);
    part.index.discard(key);
    part.isChanged = true;
    partOf.delete(key);
  };
  const hold = (key: string, part: Part, chat: string): void => {
    partOf.set(key, part);
    const held = inChat.get(chat) ?? new Set();
    inChat.set(chat, held.add(key));
  };

  const fits = ({ filter, chats }: SearchQuestion): ((message: Known) => boolean) => {
    const allowed = chats === null ? null : new Set(chats);
    return ({ chat, role, at, by }) =>
      (allowed === null || allowed.has(chat)) &&
      // What a tool asked was not asked by its owner.
      (filter.from === null || (filter.from === role && (role === "assistant" || by === null))) &&
      (filter.before === null || at < filter.before) &&
      (filter.after === null || at >= filter.after);
  };

  const newest = (question: SearchQuestion): SearchHit[] => {
    const isFitting = fits(question);
    const found = [...parts.values()].flatMap(({ known }) => [...known.values()].filter(isFitting));
    return found
      .sort((a, b) => b.at - a.at)
      .slice(0, question.hitsMax)
      .map((message) => toHit(message, []));
  };

  return {
    put: (chat, messages) => {
      for (const message of messages) {
        const key = `${chat}/${message.id}`;
        const text = message.text.slice(0, indexedCharsMax);
        if (partOf.get(key)?.known.get(key)?.text === text) continue;
        drop(key);
        if (text === "") continue;
        const part = openPart();
        const { id, role, at, by } = message;
        part.known.set(key, { id, role, at, text, by, chat });
        part.index.add({ ...message, id: key, text });
        part.isChanged = true;
        hold(key, part, chat);
      }
    },
    retain: (chat, ids) => {
      const held = inChat.get(chat);
      const there = new Set(ids.map((id) => `${chat}/${id}`));
      for (const key of held ?? []) {
        if (there.has(key)) continue;
        drop(key);
        held?.delete(key);
      }
    },
    forget: (chat) => {
      for (const key of inChat.get(chat) ?? []) drop(key);
      inChat.delete(chat);
    },
    search: (question) => {
      const terms = toWords(question.words);
      if (terms.length === 0) return newest(question);
      const isFitting = fits(question);
      const at = now();
      const find = (fuzzy: boolean): SearchResult[] =>
        [...parts.values()].flatMap(({ index, known }) =>
          index.search(terms.join(" "), {
            tokenize: () => terms,
            combineWith: "AND",
            // The last word is still being typed; a single letter would match half of everything.
            prefix: (term) => term.length > 1,
            fuzzy: (term) => (fuzzy && term.length > 4 ? 1 : false),
            boostDocument: (key) => 0.5 + 0.5 * 0.5 ** ((at - (known.get(String(key))?.at ?? 0)) / halfLifeMs),
            filter: ({ id }) => {
              const message = known.get(String(id));
              return message !== undefined && isFitting(message);
            },
          }),
        );
      const exact = find(false);
      const found = exact.length > 0 ? exact : find(true);
      return found
        .sort((a, b) => b.score - a.score)
        .slice(0, question.hitsMax)
        .flatMap(({ id, terms: words }) => {
          const message = partOf.get(String(id))?.known.get(String(id));
          return message === undefined ? [] : [toHit(message, words)];
        });
    },
    get size() {
      return partOf.size;
    },
    takeChanged: () =>
      [...parts.values()]
        .filter(({ isChanged }) => isChanged)
        .map((part) => {
          lastStamp = Math.max(lastStamp + 1, now());
          part.stamp = lastStamp;
          part.isChanged = false;
          if (part.known.size === 0) parts.delete(part.id);
          else if (part.index.dirtCount > goneShareMax * part.known.size) part.index = indexOf(part.known);
          const { id, stamp } = part;
          return { id, stamp, json: part.known.size === 0 ? null : encodePart(part) };
        }),
    load: (saved) => {
      for (const { id, stamp, json } of saved) {
        if (json === null) continue;
        const part: Part = { id, stamp, isChanged: false, ...decodePart(json) };
        parts.set(id, part);
        lastPart = Math.max(lastPart, id);
        lastStamp = Math.max(lastStamp, stamp);
        for (const [key, { chat }] of part.known) hold(key, part, chat);
      }
    },
  };
}

function toHit({ id, chat, role, at, by, text }: Known, words: readonly string[]): SearchHit {
  return { id, chat, role, at, by, snippet: toSnippet(text, words), words };
}

function indexOf(known: ReadonlyMap<string, Known>): MiniSearch<SearchMessage> {
  const index = new MiniSearch<SearchMessage>(options);
  index.addAll([...known].map(([key, message]) => ({ ...message, id: key })));
  return index;
}

function encodePart({ known, index }: Part): string {
  return JSON.stringify({ known: [...known], index });
}

function decodePart(json: string): Pick<Part, "known" | "index"> {
  const saved = JSON.parse(json) as {
    readonly known: readonly (readonly [string, Known])[];
    readonly index: Parameters<typeof MiniSearch.loadJS>[0];
  };
  const known = new Map(saved.known);
  const index = MiniSearch.loadJS<SearchMessage>(saved.index, options);
  if (index.documentCount !== known.size) throw new Error("an index of other messages");
  return { known, index };
}
