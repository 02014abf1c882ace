/** The words of what is remembered, in the language that the page has: a table of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { memoryEnglish, type MemoryStrings } from "./english.ts";
import { memoryGerman } from "./german.ts";

export const memoryTables: Readonly<Record<string, MemoryStrings>> = { en: memoryEnglish, de: memoryGerman };

/** Read when the first of these views is: the language was chosen before. */
export const m: MemoryStrings = memoryTables[t.language] ?? memoryEnglish;
