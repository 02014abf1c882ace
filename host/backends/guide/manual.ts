/** The manual: Markdown files beside this one, cut into sections at their headings, and found by words. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import MiniSearch from "minisearch";

export interface Section {
  readonly id: number;
  /** The chapter's title: the file's first heading. */
  readonly chapter: string;
  /** The section's own heading, or the chapter's for what stands before the first. */
  readonly heading: string;
  /** Markdown, without the heading. */
  readonly body: string;
  /** Words people use for it, from a comment `<!-- also: … -->` under the heading. */
  readonly also: string;
}

export interface Manual {
  readonly sections: readonly Section[];
  readonly chapters: readonly string[];
  /** Best first; only sections that fit about as well as the best. */
  find(question: string): readonly Section[];
}

/** How far below the best a second section may score and still be about the same thing. */
const COMPANION_SHARE = 0.62;
/**
 * A section that knows half of the question's words is about it, unless they are too common to say anything. One that knows fewer
 * must know them very well (they are its heading). Found by asking the questions in guide.test.ts.
 */
const KNOWN_SHARE_MIN = 0.5;
const SCORE_MIN = 6;
const SCORE_OF_FEW_MIN = 45;
const SECTIONS_MAX = 2;

/** Words that say nothing about what is asked. */
const STOP_WORDS = new Set(
  `a an and are as at be but by can could did do does for from get got had has have he hello her hey hi his how however i if in into is it its
  just like make may me might mine much my need no not now of on one or our out please she should so some tell than thank thanks that the
  their them then there these they thing this those to too up us use used using very want was we were what when where which who why will
  with would you your yours about explain help know let mean really say show work works working happen happens`.split(
    /\s+/,
  ),
);

export function loadManual(folder: string = join(import.meta.dirname, "manual")): Manual {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .sort();
  return createManual(files.map((file) => readFileSync(join(folder, file), "utf8")));
}

function createManual(files: readonly string[]): Manual {
  const sections = files.flatMap((file) => cutSections(file)).map((section, id) => ({ ...section, id }));
  const index = new MiniSearch<Section>({
    fields: ["heading", "also", "chapter", "body"],
    processTerm,
    searchOptions: {
      boost: { heading: 4, also: 3, chapter: 1.5 },
      prefix: (term) => term.length > 4,
      fuzzy: (term) => (term.length > 5 ? 0.2 : false),
    },
  });
  index.addAll(sections);
  const wordsOf = (text: string): Set<string> =>
    new Set(text.split(/[^\p{L}\p{N}]+/u).flatMap((word) => processTerm(word) ?? []));
  return {
    sections,
    chapters: [...new Set(sections.map((section) => section.chapter))],
    find: (question) => {
      const wordCount = wordsOf(question).size;
      const hits = index.search(question).filter((hit) => {
        const knowsEnough = hit.queryTerms.length >= wordCount * KNOWN_SHARE_MIN;
        return hit.score >= (knowsEnough ? SCORE_MIN : SCORE_OF_FEW_MIN);
      });
      const best = hits[0]?.score ?? 0;
      return hits
        .filter((hit) => hit.score >= best * COMPANION_SHARE)
        .slice(0, SECTIONS_MAX)
        .flatMap((hit) => sections[hit.id as number] ?? []);
    },
  };
}

function cutSections(markdown: string): Omit<Section, "id">[] {
  let chapter = "";
  const sections: { heading: string; lines: string[] }[] = [];
  for (const line of markdown.split("\n")) {
    const heading = /^(#{1,2}) (.+)$/.exec(line);
    if (heading?.[1] === "#") chapter = heading[2] ?? "";
    if (heading !== null) sections.push({ heading: heading[2] ?? "", lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.flatMap(({ heading, lines }) => {
    const text = lines.join("\n");
    const also = /<!-- also: (.*?) -->/s.exec(text)?.[1] ?? "";
    const body = text.replaceAll(/<!--.*?-->/gs, "").trim();
    return body === "" ? [] : [{ chapter, heading, body, also }];
  });
}

function processTerm(term: string): string | null {
  const word = term.toLowerCase();
  return STOP_WORDS.has(word) || word.length < 2 ? null : stem(word);
}

/** Just enough for English endings: "chats" and "chat", "connecting" and "connect" are one word here. */
function stem(word: string): string {
  const cut = word.replace(/ies$/, "y").replace(/(?:ing|ed|es|s)$/, "");
  return cut.length < 3 || cut === word ? word : cut.replace(/(.)\1$/, "$1");
}
