/** The words of artifacts, in the language that the page has: tables of their own, to keep them out of the first load. */
import { t } from "../app/strings.ts";
import { artifactEnglish, type ArtifactStrings } from "./english.ts";
import { artifactGerman } from "./german.ts";

export const artifactTables: Readonly<Record<string, ArtifactStrings>> = { en: artifactEnglish, de: artifactGerman };

/** Read when the first of these views is: the language was chosen before. */
export const a: ArtifactStrings = artifactTables[t.language] ?? artifactEnglish;
