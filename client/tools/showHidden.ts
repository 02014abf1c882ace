/**
 * Text of which every sign is seen: those that turn the direction around, take no width, or look like an ordinary space are given by
 * their number. What somebody says yes to must not look like something else.
 */
export interface ShownPiece {
  readonly text: string;
  readonly isHidden: boolean;
}

/** Controls, formats, unassigned, private; separators but space; whatever draws nothing by itself (bidi, zero width, tags, selectors); the blank of Braille. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800]/u;

export function showHidden(text: string): readonly ShownPiece[] {
  const pieces: { text: string; isHidden: boolean }[] = [];
  for (const sign of text) {
    const isHidden = sign !== "\n" && hidden.test(sign);
    const shown = isHidden ? `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}` : sign;
    const last = pieces.at(-1);
    if (last === undefined || isHidden || last.isHidden) pieces.push({ text: shown, isHidden });
    else last.text += shown;
  }
  return pieces;
}

/** The same where only plain text can stand. */
export const sayHidden = (text: string): string =>
  showHidden(text)
    .map((piece) => piece.text)
    .join("");

/** Arguments, a line for each; as they came where that would not be the same. */
export function layOut(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value) === json ? JSON.stringify(value, null, 2) : json;
  } catch {
    // reason: what is cut off is no JSON any more, and is shown as it is.
    return json;
  }
}
