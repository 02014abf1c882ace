/**
 * Full text over the messages of every chat, on every branch. It lives in a worker (`searchWorker.ts`). What is saved are the
 * messages, in parts of two thousand, each when something in it changed: making words of them takes less time than reading an index.
 */
import type { SearchFilter } from "./searchQuery.ts";
import { toWords } from "./searchWords.ts";
import { type SnippetPart, toSnippet } from "./snippet.ts";
import { createWordIndex } from "./wordIndex.ts";

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
/** Few enough to be saved while somebody types, many enough that a hundred thousand messages are fifty rows. */
const partMessagesMax = 2_000;
/** A shorter word is looked for as it is written: with a letter more or less it is another word. */
const forgivenLettersMin = 5;

interface Known extends SearchMessage {
  readonly chat: string;
  /** In which it is saved. */
  readonly part: number;
}

/** A message as it is saved. */
type Row = readonly [chat: string, id: string, role: "user" | "assistant", at: number, by: string | null, text: string];

export function createSearchIndex(now: () => number = Date.now): SearchIndex {
  const index = createWordIndex();
  /** By slot, as the index gave them. */
  const known: (Known | undefined)[] = [];
  const inChat = new Map<string, Map<string, number>>();
  /** Of each part, the slots of its messages. */
  const parts = new Map<number, Set<number>>();
  const changed = new Set<number>();
  let lastPart = -1;
  let lastStamp = 0;

  const openPart = (): number => {
    const last = parts.get(lastPart);
    if (last === undefined || last.size >= partMessagesMax) parts.set((lastPart += 1), new Set());
    return lastPart;
  };
  const hold = (message: SearchMessage & { readonly chat: string }, part: number): void => {
    const slot = index.add(toWords(message.text));
    known[slot] = { ...message, part };
    parts.get(part)?.add(slot);
    const held = inChat.get(message.chat) ?? new Map<string, number>();
    inChat.set(message.chat, held.set(message.id, slot));
  };
  const drop = (slot: number): void => {
    const part = known[slot]?.part;
    index.remove(slot);
    known[slot] = undefined;
    if (part === undefined) return;
    parts.get(part)?.delete(slot);
    changed.add(part);
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
    return known
      .filter((message) => message !== undefined && isFitting(message))
      .sort((a, b) => (b?.at ?? 0) - (a?.at ?? 0))
      .slice(0, question.hitsMax)
      .flatMap((message) => (message === undefined ? [] : [toHit(message, [])]));
  };

  return {
    put: (chat, messages) => {
      for (const { id, role, at, by, text: whole } of messages) {
        const text = whole.slice(0, indexedCharsMax);
        const slot = inChat.get(chat)?.get(id);
        if (slot !== undefined) {
          if (known[slot]?.text === text) continue;
          drop(slot);
          inChat.get(chat)?.delete(id);
        }
        if (text === "") continue;
        const part = openPart();
        hold({ id, role, at, text, by, chat }, part);
        changed.add(part);
      }
    },
    retain: (chat, ids) => {
      const held = inChat.get(chat);
      const there = new Set(ids);
      for (const [id, slot] of held ?? []) {
        if (there.has(id)) continue;
        drop(slot);
        held?.delete(id);
      }
    },
    forget: (chat) => {
      for (const slot of inChat.get(chat)?.values() ?? []) drop(slot);
      inChat.delete(chat);
    },
    search: (question) => {
      const terms = toWords(question.words);
      if (terms.length === 0) return newest(question);
      const isFitting = fits(question);
      const at = now();
      const find = (isFuzzy: boolean) =>
        index.search({
          terms,
          combine: "all",
          // The last word is still being typed; a single letter would match half of everything.
          isBeginning: (term) => term.length > 1,
          isForgiving: (term) => isFuzzy && term.length >= forgivenLettersMin,
          weigh: (slot) => {
            const message = known[slot];
            return message === undefined || !isFitting(message)
              ? 0
              : 0.5 + 0.5 * 0.5 ** ((at - message.at) / halfLifeMs);
          },
          hitsMax: question.hitsMax,
        });
      const exact = find(false);
      const { hits, words } = exact.hits.length > 0 ? exact : find(true);
      return hits.flatMap(({ slot }) => {
        const message = known[slot];
        if (message === undefined) return [];
        return [
          toHit(
            message,
            [...new Set(toWords(message.text))].filter((word) => words.has(word)),
          ),
        ];
      });
    },
    get size() {
      return index.size;
    },
    takeChanged: () =>
      [...changed]
        .sort((a, b) => a - b)
        .map((id) => {
          changed.delete(id);
          lastStamp = Math.max(lastStamp + 1, now());
          const rows = [...(parts.get(id) ?? [])].flatMap((slot) => toRow(known[slot]));
          if (rows.length === 0) parts.delete(id);
          return { id, stamp: lastStamp, json: rows.length === 0 ? null : JSON.stringify(rows) };
        }),
    load: (saved) => {
      for (const { id, stamp, json } of saved) {
        if (json === null) continue;
        const messages = (JSON.parse(json) as readonly unknown[]).map(fromRow);
        parts.set(id, new Set());
        lastPart = Math.max(lastPart, id);
        lastStamp = Math.max(lastStamp, stamp);
        for (const message of messages) {
          if (inChat.get(message.chat)?.has(message.id) === true) throw new Error("an index of other messages");
          hold(message, id);
        }
      }
    },
  };
}

function toRow(message: Known | undefined): readonly Row[] {
  if (message === undefined) return [];
  const { chat, id, role, at, by, text } = message;
  return [[chat, id, role, at, by, text]];
}

function fromRow(row: unknown): SearchMessage & { readonly chat: string } {
  if (!Array.isArray(row)) throw new TypeError("no row of an index");
  const [chat, id, role, at, by, text] = row as unknown as Row;
  if (![chat, id, role, text].every((each) => typeof each === "string") || typeof at !== "number")
    throw new TypeError("no row of an index");
  return { chat, id, role, at, by, text };
}

function toHit({ id, chat, role, at, by, text }: Known, words: readonly string[]): SearchHit {
  return { id, chat, role, at, by, snippet: toSnippet(text, words), words };
}
