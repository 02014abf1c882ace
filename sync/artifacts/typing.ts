/**
 * What is typed between two changes. A letter by itself would be a change with a hash, a place among all others and a signature over it: a paper
 * typed so takes three times its text, and most of a minute to open. So letters wait here for a moment and become one change; until then the text
 * is what Automerge holds with these splices in it. Pure: it neither knows Automerge nor when the moment is over.
 */
import type { Splice } from "./edits.ts";

export interface Typing {
  /** Nothing waits. */
  isEmpty(): boolean;
  /** The text with what waits in it. */
  textOn(written: string): string;
  /** At a place in the text with what waits in it. */
  add(splice: Splice): void;
  /** One after the other, each on the text as those before it left it. */
  waiting(): readonly Splice[];
  /** The same, and nothing waits then. */
  take(): readonly Splice[];
  /** A place in the text, in what is written. `null`: only what waits has it. */
  toWritten(at: number): number | null;
  fromWritten(at: number): number;
}

export function createTyping(): Typing {
  let splices: Splice[] = [];
  let known: { readonly written: string; readonly text: string } | null = null;

  return {
    isEmpty: () => splices.length === 0,
    textOn: (written) => {
      if (splices.length === 0) return written;
      // Strings are compared by what they are: the same one, as it nearly always is, takes no time.
      if (known?.written !== written) known = { written, text: splices.reduce(applySplice, written) };
      return known.text;
    },
    add: (splice) => {
      if (splice.del === 0 && splice.text === "") return;
      const last = splices.at(-1);
      const joined = last === undefined ? null : joinSplices(last, splice);
      if (joined === null) splices.push(splice);
      else if (joined.del === 0 && joined.text === "") splices.pop();
      else splices[splices.length - 1] = joined;
      known = known === null ? null : { ...known, text: applySplice(known.text, splice) };
    },
    waiting: () => splices,
    take: () => {
      const all = splices;
      [splices, known] = [[], null];
      return all;
    },
    toWritten: (given) => {
      let at = given;
      for (const splice of splices.toReversed()) {
        const end = splice.at + splice.text.length;
        if (at >= end) at += splice.del - splice.text.length;
        else if (at >= splice.at) return null;
      }
      return at;
    },
    fromWritten: (given) =>
      splices.reduce((at, splice) => {
        if (at >= splice.at + splice.del) return at + splice.text.length - splice.del;
        return Math.min(at, splice.at);
      }, given),
  };
}

/** Two that follow each other as one; `null`: they do not touch. */
function joinSplices(first: Splice, second: Splice): Splice | null {
  const end = first.at + first.text.length;
  const secondEnd = second.at + second.del;
  if (second.at > end || secondEnd < first.at) return null;
  const kept = first.text.slice(0, Math.max(0, second.at - first.at));
  const rest = first.text.slice(Math.max(0, secondEnd - first.at));
  return {
    at: Math.min(first.at, second.at),
    del: first.del + Math.max(0, first.at - second.at) + Math.max(0, secondEnd - end),
    text: kept + second.text + rest,
  };
}

/** Both ends lie between characters, and what comes is made of whole ones: an engine that counts characters does the same with it. */
export function isWhole(text: string, { at, del, text: put }: Splice): boolean {
  return put.isWellFormed() && !isWithin(text, at) && !isWithin(text, at + del);
}

const isWithin = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at));

function applySplice(text: string, { at, del, text: put }: Splice): string {
  return text.slice(0, at) + put + text.slice(at + del);
}
