/** The words of what a search finds, in the language that the page has: tables of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { searchEnglish, type SearchStrings } from "./english.ts";
import { searchGerman } from "./german.ts";

export const searchTables: Readonly<Record<string, SearchStrings>> = { en: searchEnglish, de: searchGerman };

/** Read when the first of these views is: the language was chosen before. */
export const s: SearchStrings = searchTables[t.language] ?? searchEnglish;
