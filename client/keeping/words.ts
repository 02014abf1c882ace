/** The words of keeping and destroying, in the language that the page has: a table of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { keepingEnglish, type KeepingStrings } from "./english.ts";
import { keepingGerman } from "./german.ts";

export const keepingTables: Readonly<Record<string, KeepingStrings>> = { en: keepingEnglish, de: keepingGerman };

/** Read when the first of these views is: the language was chosen before. */
export const keeping: KeepingStrings = keepingTables[t.language] ?? keepingEnglish;
