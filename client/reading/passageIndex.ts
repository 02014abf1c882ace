/** Full text over the passages of some files: those of a project, or those that came with a chat. It lives in a worker (`passageWorker.ts`). */
import MiniSearch from "minisearch";
import { toWords } from "../search/searchWords.ts";
import { fitShareMin, frequentFromPassages, frequentShare, passagesMax } from "./limits.ts";
import { type Passage, toPassages } from "./passages.ts";

export interface IndexedText {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  readonly isPaged: boolean;
}

export interface FoundPassage extends Passage {
  readonly file: string;
  readonly name: string;
}

export interface PassageQuestion {
  readonly words: string;
  readonly hitsMax: number;
  /** Files that the question is about: they are shown from their beginning, as far as there is room, where words do not choose. */
  readonly about?: readonly string[];
}

export interface PassageIndex {
  readonly files: readonly string[];
  readonly size: number;
  put(text: IndexedText): void;
  /** These are there still, and no other. */
  retain(files: readonly string[]): void;
  /** Best first. */
  search(question: PassageQuestion): readonly FoundPassage[];
  toJson(): string;
}

interface Indexed extends Passage {
  readonly id: number;
  readonly file: string;
  readonly name: string;
}

/** A change of how words are made, or of what is kept, makes saved indexes another thing. */
const version = 1;

const toTerm = (word: string): string | null => (common.has(word) ? null : toStem(word));

/** `counts`: how often each term was taken in. */
const optionsFor = (counts: Map<string, number>) => ({
  fields: ["text", "name"],
  tokenize: toWords,
  processTerm: (word: string) => {
    const term = toTerm(word);
    if (term !== null) counts.set(term, (counts.get(term) ?? 0) + 1);
    return term;
  },
  autoVacuum: false,
});

/** `null`: an app of another day saved it. */
export function parsePassageIndex(json: string): PassageIndex | null {
  const saved = JSON.parse(json) as {
    version: number;
    last: number;
    files: [string, string, Row[]][];
    counts: [string, number][];
    index: string;
  };
  if (saved.version !== version) return null;
  const known = new Map<number, Indexed>();
  for (const [file, name, rows] of saved.files)
    for (const [id, page, at, text] of rows) known.set(id, { id, file, name, page, at, text });
  const counts = new Map(saved.counts);
  return createIndex(MiniSearch.loadJSON<Indexed>(saved.index, optionsFor(counts)), known, counts, saved.last);
}

type Row = readonly [id: number, page: number | null, at: number, text: string];

export function createPassageIndex(): PassageIndex {
  const counts = new Map<string, number>();
  return createIndex(new MiniSearch<Indexed>(optionsFor(counts)), new Map(), counts, 0);
}

function createIndex(
  index: MiniSearch<Indexed>,
  known: Map<number, Indexed>,
  counts: Map<string, number>,
  lastId: number,
): PassageIndex {
  const byFile = new Map<string, Indexed[]>();
  for (const passage of known.values()) byFile.set(passage.file, [...(byFile.get(passage.file) ?? []), passage]);
  let last = lastId;

  const forget = (file: string): void => {
    const gone = byFile.get(file) ?? [];
    byFile.delete(file);
    for (const { id } of gone) known.delete(id);
    index.discardAll(gone.map(({ id }) => id));
  };

  const isFrequent = (term: string): boolean => (counts.get(term) ?? 0) > known.size * frequentShare;

  /** What is in every other passage tells none from another, in any language; and looking through all of them is what takes time. */
  const tellingTerms = (words: string): readonly string[] => {
    const terms = [...new Set(toWords(words).flatMap((word) => toTerm(word) ?? []))];
    const telling = known.size < frequentFromPassages ? terms : terms.filter((term) => !isFrequent(term));
    return telling.length > 0 ? telling : terms;
  };

  const search = ({ words, hitsMax, about = [] }: PassageQuestion): readonly FoundPassage[] => {
    const hits = index.search(tellingTerms(words).join(" "), {
      ...{ combineWith: "OR", processTerm: (term: string) => term, boost: { name: 0.5 } },
      prefix: (term) => term.length > 4,
    });
    const best = hits[0]?.score ?? 0;
    const chosen = new Set<Indexed>();
    const take = (passage: Indexed | undefined): void => {
      if (passage !== undefined && chosen.size < hitsMax) chosen.add(passage);
    };
    const isAbout = new Set(about);
    for (const { id, score } of hits) {
      if (chosen.size === hitsMax) break;
      const passage = known.get(id as number);
      if (score >= best * fitShareMin || isAbout.has(passage?.file ?? "")) take(passage);
    }
    // "What does this say?" has no words to look for.
    for (const file of about) for (const passage of byFile.get(file) ?? []) take(passage);
    return [...chosen].map(({ page, at, text, file, name }) => ({ page, at, text, file, name }));
  };

  return {
    get files() {
      return [...byFile.keys()];
    },
    get size() {
      return known.size;
    },
    put: ({ file, name, text, isPaged }) => {
      if (byFile.has(file)) forget(file);
      const fresh: Indexed[] = [];
      for (const passage of toPassages(text, isPaged).slice(0, Math.max(0, passagesMax - known.size))) {
        last += 1;
        fresh.push({ ...passage, id: last, file, name });
      }
      byFile.set(file, fresh);
      for (const passage of fresh) known.set(passage.id, passage);
      index.addAll(fresh);
    },
    retain: (files) => {
      const kept = new Set(files);
      const gone = [...byFile.keys()].filter((file) => !kept.has(file));
      for (const file of gone) forget(file);
    },
    search,
    toJson: () => {
      const files = [...byFile].map(([file, passages]) => [
        file,
        passages[0]?.name ?? "",
        passages.map(({ id, page, at, text }): Row => [id, page, at, text]),
      ]);
      // The others are as good as never counted.
      const frequent = [...counts].filter(([, count]) => count > (known.size * frequentShare) / 2);
      return JSON.stringify({ version, last, files, counts: frequent, index: JSON.stringify(index) });
    },
  };
}

/** One ending off: what stands in the plural is found by the singular. */
function toStem(term: string): string {
  return term.length > 4 && term.endsWith("s") && !term.endsWith("ss") ? term.slice(0, -1) : term;
}

/** Words of questions, in English and German: every passage has them, and none is meant by them. Folded, as words come here. */
const common = new Set(
  (
    "a about all also am an and any are as at be been but by can could did do does for from had has have he her his how i if in into is it its " +
    "me my no not of on or our she should so some tell than that the their them then there these they this those to us was we were what when " +
    "where which who whom why will with would you your " +
    "aber als am an auch auf aus bei bin bis bist da das dass dem den der des die du durch ein eine einem einen einer eines er es fur hat habe " +
    "haben hatte ich ihm ihn ihr im in ist ja kann kein keine konnen man mein meine mir mit nach nicht noch nur ob oder sein seine sich sie sind " +
    "so um und uns unser von vom vor war waren warum was wann wenn wer werden wie wird wir wo zu zum zur uber"
  ).split(" "),
);
