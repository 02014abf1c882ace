/**
 * Words that somebody else wrote (a model, a tool's server, whoever named a chat), before a person reads them on a terminal. A terminal obeys what it is shown: control characters move its cursor, set its
 * title, fill its clipboard; text that runs backwards and characters of no width make one thing look like another. So each of those is shown as its number.
 */
import { isHighSurrogate } from "#sync/docs/text.ts";
import { letterCharsMax } from "./limits.ts";

/** For an owner who decides on it: anything that would not be seen, or seen as something else, also other spaces and marks over letters. What looks the same is then the same. */
export function sayPlainly(text: string): string {
  return text.replace(/[^\P{C}\n]|[\p{Z}](?<! )|\p{M}|\p{Default_Ignorable_Code_Point}/gu, (character) =>
    toNumber(character),
  );
}

/**
 * For whoever reads it: only what a terminal would obey, and what hides. Joiners stay where languages and pictures are written with them (Persian, Hindi, families), and the
 * marks by which a sign is drawn as a picture: there they change nothing but the letters.
 */
export function sayText(text: string): string {
  // Most of what is said, and then nothing of what follows is made.
  if (/^[\n\t -~]*$/.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(hidden(), (character, fine?: string) => fine ?? toNumber(character));
}

/** How much of a text that still grows can be shown: what its last letter is follows from what comes next. */
export function shownLength(text: string): number {
  // Half of a pair is a letter of its own, until the other half comes.
  const whole = text.slice(0, isHighSurrogate(text.charCodeAt(text.length - 1)) ? -1 : undefined);
  const from = Math.max(0, whole.length - letterCharsMax);
  return from + ([...letters().segment(whole.slice(from))].at(-1)?.index ?? 0);
}

/** The same data in JSON, with what a terminal would obey written as JSON writes it. */
export function sayJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]|[^\P{C}\n]|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu,
    (character) =>
      [...Array(character.length).keys()]
        .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
        .join(""),
  );
}

const letters = once(() => new Intl.Segmenter("en", { granularity: "grapheme" }));

/** Scripts that are written with joiners. */
const JOINING = ["Arab", "Syrc", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Khmr"]
  .map((script) => `\\p{scx=${script}}`)
  .join("");
const JOINED = `(?<=[${JOINING}])[\\u200c\\u200d]`;
/** A skin or a mark that stands after no picture joins nothing: what is joined is one letter, and so never shown in two halves. */
const PICTURE =
  "(?<=\\p{Extended_Pictographic}[\\p{Emoji_Modifier}\\ufe0f]*)\\u200d(?=\\p{Extended_Pictographic})|(?<=[\\p{Extended_Pictographic}\\d#*])[\\ufe0e\\ufe0f]";
/** What is let be comes first, and is put back as it is. */
const hidden = once(
  () => new RegExp(`(${JOINED}|${PICTURE})|[^\\P{C}\\n\\t]|\\p{Zl}|\\p{Zp}|\\p{Default_Ignorable_Code_Point}`, "gu"),
);

const toNumber = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;

/** Made when it is first asked for: a command answers at once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
