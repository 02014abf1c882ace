/** The words of files that are read, in the language that the page has: a table of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { readingEnglish, type ReadingStrings } from "./english.ts";
import { readingGerman } from "./german.ts";

export const readingTables: Readonly<Record<string, ReadingStrings>> = { en: readingEnglish, de: readingGerman };

/** Read when the first of these views is: the language was chosen before. */
export const r: ReadingStrings = readingTables[t.language] ?? readingEnglish;
