/** Full text over the passages of some files: those of a project, or those that came with a chat. It lives in a worker (`passageWorker.ts`). */
import { toWords } from "../search/searchWords.ts";
import { createWordIndex } from "../search/wordIndex.ts";
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
  readonly file: string;
  readonly name: string;
}

/** A change of what is kept makes saved indexes another thing. 2: passages, and no longer what an index makes of them. */
const version = 2;
/** Beginnings of shorter words are beginnings of too many. */
const beginningLettersMin = 5;

/** The words of a text that may be meant by somebody, without their endings. */
const toTerms = (text: string): string[] => toWords(text).flatMap((word) => (common.has(word) ? [] : [toStem(word)]));

/** A file as it is saved. */
type Saved = readonly [file: string, name: string, passages: readonly Row[]];
type Row = readonly [page: number | null, at: number, text: string];

/** `null`: an app of another day saved it. */
export function parsePassageIndex(json: string): PassageIndex | null {
  const saved = JSON.parse(json) as { version: number; files: readonly Saved[] };
  return saved.version === version ? createPassageIndex(saved.files) : null;
}

export function createPassageIndex(saved: readonly Saved[] = []): PassageIndex {
  const index = createWordIndex();
  /** By slot, as the index gave them. */
  const known: (Indexed | undefined)[] = [];
  const slotsOf = new Map<string, readonly number[]>();

  const hold = (file: string, passages: readonly Indexed[]): void => {
    // A file's name is about each of its passages.
    const ofName = toTerms(passages[0]?.name ?? "");
    const slots = passages.map((passage) => {
      const slot = index.add([...toTerms(passage.text), ...ofName]);
      known[slot] = passage;
      return slot;
    });
    slotsOf.set(file, slots);
  };
  const forget = (file: string): void => {
    for (const slot of slotsOf.get(file) ?? []) {
      index.remove(slot);
      known[slot] = undefined;
    }
    slotsOf.delete(file);
  };
  const passagesOf = (file: string): readonly Indexed[] =>
    (slotsOf.get(file) ?? []).flatMap((slot) => known[slot] ?? []);

  const isFrequent = (term: string): boolean => index.textsWith(term) > index.size * frequentShare;

  /** What is in every other passage tells none from another, in any language. */
  const tellingTerms = (words: string): readonly string[] => {
    const terms = [...new Set(toTerms(words))];
    const telling = index.size < frequentFromPassages ? terms : terms.filter((term) => !isFrequent(term));
    return telling.length > 0 ? telling : terms;
  };

  for (const [file, name, rows] of saved)
    hold(
      file,
      rows.map(([page, at, text]) => ({ file, name, page, at, text })),
    );

  const search = ({ words, hitsMax, about = [] }: PassageQuestion): readonly FoundPassage[] => {
    const isAbout = new Set(about);
    const find = (weigh: (slot: number) => number) =>
      index.search({
        terms: tellingTerms(words),
        combine: "any",
        isBeginning: (term) => term.length >= beginningLettersMin,
        isForgiving: () => false,
        ...{ weigh, hitsMax },
      }).hits;
    const best = find(() => 1);
    const fitting = best.filter(({ score }) => score >= (best[0]?.score ?? 0) * fitShareMin);
    // Those that the question is about count although others fit better.
    const ofAbout = isAbout.size === 0 ? [] : find((slot) => (isAbout.has(known[slot]?.file ?? "") ? 1 : 0));
    const chosen = new Set<Indexed>();
    const take = (passage: Indexed | undefined): void => {
      if (passage !== undefined && chosen.size < hitsMax) chosen.add(passage);
    };
    for (const { slot } of [...fitting, ...ofAbout].sort((a, b) => b.score - a.score)) take(known[slot]);
    // "What does this say?" has no words to look for.
    for (const file of about) for (const passage of passagesOf(file)) take(passage);
    return [...chosen].map(({ page, at, text, file, name }) => ({ page, at, text, file, name }));
  };

  return {
    get files() {
      return [...slotsOf.keys()];
    },
    get size() {
      return index.size;
    },
    put: ({ file, name, text, isPaged }) => {
      forget(file);
      const passages = toPassages(text, isPaged).slice(0, Math.max(0, passagesMax - index.size));
      hold(
        file,
        passages.map((passage) => ({ ...passage, file, name })),
      );
    },
    retain: (files) => {
      const kept = new Set(files);
      for (const file of [...slotsOf.keys()]) if (!kept.has(file)) forget(file);
    },
    search,
    toJson: () => {
      const files = [...slotsOf.keys()].map((file) => {
        const passages = passagesOf(file);
        const rows = passages.map(({ page, at, text }): Row => [page, at, text]);
        return [file, passages[0]?.name ?? "", rows] satisfies Saved;
      });
      return JSON.stringify({ version, files });
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
