/**
 * What is taken out of a project's questions before a backend elsewhere sees them: a root map "redaction" in its doc, {mode, words, names}. Devices
 * write it; a host reads it in the chat's terms (terms.ts), beside what it does for all questions (host/backends/redactionSettings.ts).
 */
import type { Doc } from "yjs";
import { redactedWordCharsMax, redactedWordsMax } from "../limits.ts";
import { readFlag, readString } from "./fields.ts";

/** "warn": nothing is taken out, and the answer says what went out. */
export const redactionModes = ["off", "warn", "mask", "placeholders"] as const;
export type RedactionMode = (typeof redactionModes)[number];

export interface RedactionRules {
  /** `null`: as the host does. */
  readonly mode: RedactionMode | null;
  /** The owner's own, whole and in whatever case. */
  readonly words: readonly string[];
  /** Names and addresses too, as far as they can be told. */
  readonly names: boolean;
}

export const noRedactionRules: RedactionRules = { mode: null, words: [], names: false };
/** What cannot be read may have asked for anything. */
const strict: RedactionRules = { mode: "mask", words: [], names: true };

export function readRedactionRules(doc: Doc): RedactionRules {
  const map = doc.getMap<unknown>("redaction");
  return {
    mode: redactionModes.find((each) => each === map.get("mode")) ?? null,
    words: tidyWords((readString(map, "words") ?? "").split("\n")),
    names: readFlag(map, "names"),
  };
}

export function writeRedactionRules(doc: Doc, { mode, words, names }: RedactionRules): void {
  const map = doc.getMap<unknown>("redaction");
  doc.transact(() => {
    if (mode === null) map.delete("mode");
    else map.set("mode", mode);
    map.set("words", tidyWords(words).join("\n"));
    map.set("names", names);
  });
}

/** For `Terms.redaction`; "" where nothing was said. */
export function sayRedactionRules(doc: Doc): string {
  const rules = readRedactionRules(doc);
  return rules.mode === null && rules.words.length === 0 && !rules.names ? "" : JSON.stringify(rules);
}

export function parseRedactionTerms(text: string): RedactionRules {
  if (text === "") return noRedactionRules;
  try {
    const { mode, words, names } = JSON.parse(text) as { mode?: unknown; words?: unknown; names?: unknown };
    const known = mode === null ? null : redactionModes.find((each) => each === mode);
    if (known === undefined || !Array.isArray(words) || !words.every((word) => typeof word === "string")) return strict;
    return { mode: known, words: tidyWords(words), names: names === true };
  } catch {
    // reason: as above.
    return strict;
  }
}

/** What a person wrote a line each. */
function tidyWords(words: readonly string[]): readonly string[] {
  const tidy = words.map((word) =>
    word
      .trim()
      .replace(/[\s\p{Cc}]+/gu, " ")
      .slice(0, redactedWordCharsMax)
      .toWellFormed(),
  );
  return [...new Set(tidy.filter((word) => word.length > 1))].slice(0, redactedWordsMax);
}
