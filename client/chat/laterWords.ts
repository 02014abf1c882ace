/** The words of what is fetched later, in the language that the page has: a table of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { laterEnglish, type LaterStrings } from "./laterEnglish.ts";
import { laterGerman } from "./laterGerman.ts";

export const laterTables: Readonly<Record<string, LaterStrings>> = { en: laterEnglish, de: laterGerman };

/** Read when the first of these views is: the language was chosen before. */
export const l: LaterStrings = laterTables[t.language] ?? laterEnglish;
