/**
 * Which texts have which words. A text has a slot, a small number; a word has the slots of the texts it is in, each with how often,
 * in one number. Ten thousand messages are some ten megabytes so, and a query reads lists of numbers from their beginning to their end.
 */

export interface WordQuery {
  /** Folded, as they were when the texts were taken in; what is beyond `queryTermsMax` is not looked for. */
  readonly terms: readonly string[];
  /** `all`: only texts that have each of them. */
  readonly combine: "all" | "any";
  /** Whether words that begin with it count, too. */
  isBeginning(term: string): boolean;
  /** Whether words that are one letter away from it count, too. */
  isForgiving(term: string): boolean;
  /** What a text's score is multiplied by; 0: it is not wanted. */
  weigh(slot: number): number;
  readonly hitsMax: number;
}

export interface WordHits {
  /** Best first. */
  readonly hits: readonly { readonly slot: number; readonly score: number }[];
  /** The words that were looked for: those of the query, and what they stand for. */
  readonly words: ReadonlySet<string>;
}

export interface WordIndex {
  /** Texts that are in it. */
  readonly size: number;
  /** Takes a text in by its words, and gives it a slot. */
  add(words: readonly string[]): number;
  /** Its slot is given to another text once the words of many that are gone are taken out together. */
  remove(slot: number): void;
  /** How many texts have the word, those that were taken out of late among them. */
  textsWith(word: string): number;
  search(query: WordQuery): WordHits;
}

/** A slot and how often in one small integer, as V8 keeps it without a box: 2^25 texts, and what is said 31 times is said often. */
const timesBits = 5;
const timesMax = 2 ** timesBits - 1;
/** Words of a query that are looked for: a byte counts them, and a question has fewer. */
const queryTermsMax = 255;
/** Of this share of all texts the words are still there although they are gone: then all of them are taken out. */
const goneShareMax = 0.25;
/** Below this, taking them out is not worth the look through all words. */
const goneMin = 256;
/** New words are looked through one by one until there are so many; sorting all of them takes tens of milliseconds. */
const unsortedMax = 512;
/** Robertson's weighting, BM25+, with the values that MiniSearch chose for short texts. */
const [saturation, lengthShare, floor] = [1.2, 0.7, 0.5];
/** What stands for a word counts less than the word: one that begins with it, one that is a letter away. */
const [beginningWeight, forgivenWeight] = [0.375, 0.45];

interface Match {
  readonly word: number;
  readonly weight: number;
}

export function createWordIndex(): WordIndex {
  let numberOf = new Map<string, number>();
  let words: string[] = [];
  /** For each word, its texts: slot and times. */
  let places: number[][] = [];
  /** Numbers of words by their spelling, for beginnings; the newest words are not in it yet. */
  let sorted: number[] = [];
  /** For each slot, how many words its text has; 0: none is there. */
  const lengths: number[] = [];
  let free: number[] = [];
  let gone: number[] = [];
  let size = 0;
  let wordsInAll = 0;

  const add = (text: readonly string[]): number => {
    const slot = free.pop() ?? lengths.length;
    const first = slot << timesBits;
    for (const word of text) {
      let number = numberOf.get(word);
      if (number === undefined) {
        number = words.length;
        numberOf.set(word, number);
        words.push(word);
        places.push([]);
      }
      const list = places[number] as number[];
      const last = list.length - 1;
      const place = list[last] ?? -1;
      if (place >> timesBits !== slot) list.push(first + 1);
      else if ((place & timesMax) < timesMax) list[last] = place + 1;
    }
    lengths[slot] = Math.max(1, text.length);
    wordsInAll += lengths[slot];
    size += 1;
    return slot;
  };

  const remove = (slot: number): void => {
    const length = lengths[slot] ?? 0;
    if (length === 0) return;
    lengths[slot] = 0;
    wordsInAll -= length;
    size -= 1;
    gone.push(slot);
    if (gone.length >= goneMin && gone.length > size * goneShareMax) sweep();
  };

  /** Takes out the words of texts that are gone, and words that no text has. */
  const sweep = (): void => {
    const [before, lists] = [words, places];
    [numberOf, words, places, sorted] = [new Map(), [], [], []];
    for (const [number, list] of lists.entries()) {
      const left = list.filter((place) => lengths[place >> timesBits] !== 0);
      if (left.length === 0) continue;
      const word = before[number] as string;
      numberOf.set(word, words.length);
      words.push(word);
      places.push(left);
    }
    free = [...free, ...gone];
    gone = [];
  };

  const sort = (): void => {
    if (words.length - sorted.length <= unsortedMax) return;
    const spelled = (number: number): string => words[number] as string;
    sorted = words
      .map((_, number) => number)
      .sort((a, b) => (spelled(a) < spelled(b) ? -1 : spelled(a) > spelled(b) ? 1 : 0));
  };

  const beginningWith = (term: string): number[] => {
    sort();
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((words[sorted[middle] as number] as string) < term) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (; low < sorted.length; low += 1) {
      const number = sorted[low] as number;
      if (!(words[number] as string).startsWith(term)) break;
      found.push(number);
    }
    for (let number = sorted.length; number < words.length; number += 1)
      if (words[number]?.startsWith(term) === true) found.push(number);
    return found;
  };

  const matchesOf = (term: string, query: WordQuery): readonly Match[] => {
    const matches: Match[] = [];
    const exact = numberOf.get(term);
    if (exact !== undefined) matches.push({ word: exact, weight: 1 });
    if (query.isBeginning(term))
      for (const word of beginningWith(term)) {
        if (word === exact) continue;
        const more = (words[word]?.length ?? 0) - term.length;
        matches.push({ word, weight: (beginningWeight * term.length) / (term.length + 0.3 * more) });
      }
    if (query.isForgiving(term))
      for (const [word, spelled] of words.entries())
        if (isOneAway(term, spelled))
          matches.push({ word, weight: (forgivenWeight * term.length) / (term.length + 1) });
    return matches;
  };

  const search = (query: WordQuery): WordHits => {
    const terms = [...new Set(query.terms)].slice(0, queryTermsMax);
    const found = terms.map((term) => matchesOf(term, query));
    const looked = new Set(found.flatMap((matches) => matches.map(({ word }) => words[word] as string)));
    const inAll = (matches: readonly Match[]): number =>
      matches.reduce((sum, { word }) => sum + (places[word]?.length ?? 0), 0);
    // The rarest first: of what does not have it, nothing more is reckoned.
    if (query.combine === "all") found.sort((a, b) => inAll(a) - inAll(b));
    const scores = new Float64Array(lengths.length);
    /** How many of the query's words a text has, and which was the last. */
    const [counts, lasts] = [new Uint8Array(lengths.length), new Uint8Array(lengths.length)];
    const meanLength = wordsInAll / Math.max(1, size);
    const touched: number[] = [];
    for (const [at, matches] of found.entries())
      for (const { word, weight } of matches) {
        const list = places[word] as number[];
        const rarity = Math.log(1 + Math.max(0, size - list.length + 0.5) / (list.length + 0.5));
        for (const place of list) {
          const slot = place >> timesBits;
          if (lasts[slot] !== at + 1) {
            const length = lengths[slot] as number;
            if (length === 0 || (query.combine === "all" && counts[slot] !== at)) continue;
            if (counts[slot] === 0) touched.push(slot);
            lasts[slot] = at + 1;
            counts[slot] = (counts[slot] as number) + 1;
          }
          const times = place & timesMax;
          const share = 1 - lengthShare + (lengthShare * (lengths[slot] as number)) / meanLength;
          scores[slot] =
            (scores[slot] as number) +
            weight * rarity * (floor + (times * (saturation + 1)) / (times + saturation * share));
        }
      }
    const least = query.combine === "all" ? found.length : 1;
    const best = createBest(query.hitsMax);
    for (const slot of touched) {
      const count = counts[slot] as number;
      if (count < least) continue;
      const weight = query.weigh(slot);
      // What has more of the words comes first, however rare the others' are.
      if (weight > 0) best.offer(slot, (scores[slot] as number) * count * weight);
    }
    return { hits: best.hits, words: looked };
  };

  return {
    get size() {
      return size;
    },
    add,
    remove,
    textsWith: (word) => places[numberOf.get(word) ?? -1]?.length ?? 0,
    search,
  };
}

/** The best so many of all that are offered. */
function createBest(max: number) {
  const hits: { readonly slot: number; readonly score: number }[] = [];
  return {
    hits,
    offer: (slot: number, score: number): void => {
      if (hits.length === max && score <= (hits.at(-1)?.score ?? Infinity)) return;
      let [low, high] = [0, hits.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((hits[middle]?.score ?? 0) >= score) low = middle + 1;
        else high = middle;
      }
      hits.splice(low, 0, { slot, score });
      if (hits.length > max) hits.pop();
    },
  };
}

/** Whether one letter more, less or another makes one of the other. */
function isOneAway(one: string, other: string): boolean {
  const more = other.length - one.length;
  if (more > 1 || more < -1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  if (more === 0) return at < one.length && one.slice(at + 1) === other.slice(at + 1);
  return more === 1 ? one.slice(at) === other.slice(at + 1) : one.slice(at + 1) === other.slice(at);
}
