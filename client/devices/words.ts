/** The words of devices, pairing and recovery, in the language that the page has: a table of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { deviceEnglish, type DeviceStrings } from "./english.ts";
import { deviceGerman } from "./german.ts";

export const deviceTables: Readonly<Record<string, DeviceStrings>> = { en: deviceEnglish, de: deviceGerman };

/** Read when the first of these pages is: the language was chosen before. */
export const d: DeviceStrings = deviceTables[t.language] ?? deviceEnglish;
