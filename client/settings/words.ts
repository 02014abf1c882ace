/** The words of settings, data, status and privacy, in the language that the page has: tables of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { settingsEnglish, type SettingsStrings } from "./english.ts";
import { settingsGerman } from "./german.ts";

export const settingsTables: Readonly<Record<string, SettingsStrings>> = { en: settingsEnglish, de: settingsGerman };

/** Read when the first of these pages is: the language was chosen before. */
export const w: SettingsStrings = settingsTables[t.language] ?? settingsEnglish;
