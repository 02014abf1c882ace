import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { redactedWordCharsMax, redactedWordsMax, redactionTermsCharsMax } from "../limits.ts";
import {
  noRedactionRules,
  parseRedactionTerms,
  readRedactionRules,
  sayRedactionRules,
  writeRedactionRules,
  type RedactionRules,
} from "./redactionRules.ts";
import { noTerms, readTerms, writeTerms } from "./terms.ts";

/** As a host reads it: over the chat's terms. */
function asHostReads(rules: RedactionRules): RedactionRules {
  const [project, chat] = [new Doc(), new Doc()];
  writeRedactionRules(project, rules);
  writeTerms(chat, { ...noTerms, redaction: sayRedactionRules(project) });
  return parseRedactionTerms(readTerms(chat).redaction);
}

describe("what a project takes out", () => {
  test("RR1 comes to a host as it was written: mode, words in any script, names; where nothing was said, as the host does", () => {
    const rules: RedactionRules = {
      mode: "mask",
      words: ["Projekt Reiher", "Åsa", "鷺"].filter((word) => word.length > 1),
      names: true,
    };
    expect(asHostReads(rules)).toEqual(rules);
    expect(asHostReads(noRedactionRules)).toEqual(noRedactionRules);
    expect(sayRedactionRules(new Doc())).toBe("");
    for (const mode of ["off", "warn", "placeholders", null] as const)
      expect(asHostReads({ ...noRedactionRules, mode, words: ["Heron"] })).toEqual({
        mode,
        words: ["Heron"],
        names: false,
      });
  });

  test("RR2 words are tidied, each once, and no list is too long for a chat", () => {
    const project = new Doc();
    writeRedactionRules(project, { mode: null, words: ["  Heron ", "Heron", "x", "", "Two\nlines"], names: false });
    expect(readRedactionRules(project).words).toEqual(["Heron", "Two lines"]);
    const words = Array.from({ length: redactedWordsMax + 50 }, (_, at) =>
      `${at}`.padEnd(redactedWordCharsMax + 20, '"'),
    );
    writeRedactionRules(project, { mode: "mask", words, names: true });
    expect(sayRedactionRules(project).length).toBeLessThanOrEqual(redactionTermsCharsMax);
    expect(parseRedactionTerms(sayRedactionRules(project)).words.length).toBeGreaterThan(0);
  });

  test("RR3 what cannot be read takes out all it can", () => {
    const project = new Doc();
    writeRedactionRules(project, { mode: "off", words: ["Heron"], names: false });
    const whole = sayRedactionRules(project);
    for (let length = 1; length < whole.length; length++)
      expect(parseRedactionTerms(whole.slice(0, length))).toMatchObject({ mode: "mask", names: true });
    for (const odd of ["null", "[]", "7", '{"mode":"none","words":[]}', '{"mode":"off","words":7}'])
      expect(parseRedactionTerms(odd)).toMatchObject({ mode: "mask", names: true });
  });
});
