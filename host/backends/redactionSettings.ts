/**
 * What is taken out of questions before a backend outside sees them, as the owner wants it: `redaction.json` in the home, looked at with each question. Without it the usual holds.
 *
 *   { "mode": "placeholders", "words": ["Project Falcon"], "names": false }
 *
 * With a file that makes no sense the strictest holds: a question must not tell more because of a comma.
 */
import { join } from "node:path";
import { readFileIfThere } from "../home.ts";
import { redactionModes } from "../redaction/redact.ts";
import { redactionFileBytesMax } from "./limits.ts";
import { usualRedaction, type RedactionSettings } from "./redactedAnswer.ts";

const strict: RedactionSettings = { mode: "placeholders", words: [], isLoose: true };

export function readRedaction(home: string): RedactionSettings {
  try {
    const bytes = readFileIfThere(join(home, "redaction.json"));
    if (bytes === null) return usualRedaction;
    if (bytes.length > redactionFileBytesMax) return strict;
    return parseRedaction(JSON.parse(Buffer.from(bytes).toString("utf8"))) ?? strict;
  } catch {
    return strict;
  }
}

function parseRedaction(value: unknown): RedactionSettings | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { mode = "placeholders", words = [], names = false, ...other } = value as Readonly<Record<string, unknown>>;
  const known = redactionModes.find((each) => each === mode);
  if (known === undefined || typeof names !== "boolean" || Object.keys(other).length > 0) return null;
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) return null;
  return { mode: known, words, isLoose: names };
}
