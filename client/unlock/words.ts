/** The words of locking and unlocking, in the language that the page has: tables of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { unlockEnglish, type UnlockStrings } from "./english.ts";
import { unlockGerman } from "./german.ts";

export const unlockTables: Readonly<Record<string, UnlockStrings>> = { en: unlockEnglish, de: unlockGerman };

/** Read when the first of these views is: the language was chosen before. */
export const u: UnlockStrings = unlockTables[t.language] ?? unlockEnglish;
