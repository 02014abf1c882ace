/**
 * Full text over the messages of every chat, on every branch, in memory only. Nothing of it is written anywhere: a search index
 * on disk would be the chats in clear.
 */
import MiniSearch, { type SearchResult } from "minisearch";

export interface SearchMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly text: string;
}

export interface SearchHit extends SearchMessage {
  readonly chat: string;
  /** The words of the message that were found, as they are spelled there but folded. */
  readonly words: readonly string[];
}

export interface SearchIndex {
  /** Takes in what is new or longer in a chat; what did not change costs a comparison. */
  put(chat: string, messages: readonly SearchMessage[]): void;
  forget(chat: string): void;
  /** Best first. */
  search(query: string, hitsMax: number): readonly SearchHit[];
  readonly size: number;
}

/** A message longer than this is found by its beginning: a model that ran away must not fill the memory. */
const indexedCharsMax = 100_000;
/** What is this much older counts for half as much; what fits well still comes before what is merely new. */
const halfLifeMs = 90 * 86_400_000;

export function createSearchIndex(): SearchIndex {
  const known = new Map<string, SearchMessage & { readonly chat: string }>();
  const inChat = new Map<string, Set<string>>();
  const index = new MiniSearch<SearchMessage>({
    fields: ["text"],
    tokenize: toWords,
    processTerm: (term) => term,
  });

  const drop = (key: string): void => {
    known.delete(key);
    if (index.has(key)) index.discard(key);
  };

  return {
    put: (chat, messages) => {
      const held = inChat.get(chat) ?? new Set<string>();
      inChat.set(chat, held);
      for (const message of messages) {
        const key = `${chat}/${message.id}`;
        const text = message.text.slice(0, indexedCharsMax);
        if (text === "" || known.get(key)?.text === text) continue;
        drop(key);
        known.set(key, { ...message, text, chat });
        held.add(key);
        index.add({ ...message, id: key, text });
      }
    },
    forget: (chat) => {
      for (const key of inChat.get(chat) ?? []) drop(key);
      inChat.delete(chat);
    },
    search: (query, hitsMax) => {
      const terms = toWords(query);
      if (terms.length === 0) return [];
      const now = Date.now();
      const find = (fuzzy: boolean): SearchResult[] =>
        index.search(terms.join(" "), {
          tokenize: () => terms,
          combineWith: "AND",
          // The last word is still being typed; a single letter would match half of everything.
          prefix: (term) => term.length > 1,
          fuzzy: (term) => (fuzzy && term.length > 4 ? 1 : false),
          boostDocument: (key) => 0.5 + 0.5 * 0.5 ** ((now - (known.get(String(key))?.at ?? 0)) / halfLifeMs),
        });
      const exact = find(false);
      const found = exact.length > 0 ? exact : find(true);
      return found.slice(0, hitsMax).flatMap(({ id, terms: words }) => {
        const message = known.get(String(id));
        return message === undefined ? [] : [{ ...message, words }];
      });
    },
    get size() {
      return known.size;
    },
  };
}

/** Scripts that write no spaces are found by pairs of characters. */
const unspaced = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** The words of a text, folded: small letters, no accents. */
export function toWords(text: string): string[] {
  const words: string[] = [];
  for (const word of foldText(text).split(/[^\p{L}\p{N}\p{M}]+/u)) {
    if (word === "") continue;
    if (!unspaced.test(word)) words.push(word);
    else if (word.length === 1) words.push(word);
    else for (let at = 0; at + 1 < word.length; at += 1) words.push(word.slice(at, at + 2));
  }
  return words;
}

export function foldText(text: string): string {
  const small = text.toLowerCase();
  // Most text has no accents, and asking is cheaper than taking it apart.
  return /\P{ASCII}/u.test(small) ? small.normalize("NFKD").replace(/[\u0300-\u036f]/g, "") : small;
}
