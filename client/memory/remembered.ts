/** What a model proposes to remember, at the end of its answer: `<remember>one sentence</remember>` on lines of their own (host/agent/memory.ts). */
import { factCharsMax } from "#sync/limits.ts";

export interface Remembered {
  /** The answer without them. */
  readonly words: string;
  readonly facts: readonly string[];
}

/** More than this at once is no proposal. */
const proposalsMax = 4;
const last = /(?:^|\n)[ \t]*<remember>([^<>\n]*)<\/remember>\s*$/;
/** One that is still arriving. */
const half = /(?:^|\n)[ \t]*<r(?:e(?:m(?:e(?:m(?:b(?:e(?:r(?:>[^\n]*)?)?)?)?)?)?)?)?$/;

export function splitRemembered(answer: string, isArriving: boolean): Remembered {
  // Most answers have none, and this is asked at every word.
  if (!answer.includes("<r")) return { words: answer, facts: [] };
  let words = isArriving ? answer.replace(half, "") : answer;
  const facts: string[] = [];
  for (let found = last.exec(words); found !== null && facts.length < proposalsMax; found = last.exec(words)) {
    const fact = (found[1] ?? "").trim().slice(0, factCharsMax);
    if (fact !== "") facts.unshift(fact);
    words = words.slice(0, found.index);
  }
  return { words, facts };
}
