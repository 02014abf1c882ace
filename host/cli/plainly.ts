/**
 * Somebody else's text, for the eyes of an owner who decides on it: what would not be seen, or would be seen as something else (control characters, text that runs backwards, characters of no width,
 * other spaces), is written as its number. What looks the same is then the same.
 */
export function sayPlainly(text: string): string {
  return text.replace(
    /[^\P{C}\n]|[\p{Z}](?<! )|\p{M}|\p{Default_Ignorable_Code_Point}/gu,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`,
  );
}
