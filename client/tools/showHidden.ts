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

/** What is drawn over the sign before it and so makes it another: strokes, enclosing signs. */
const drawnOver = /[\p{Me}\u0334-\u0338\u20d0-\u20ea\u20ec-\u20ef]/u;
/** More of them on one letter than any language writes reach over what stands around. */
const marksMax = 3;
/** A word in our letters and in such as look like them. Of Greek those alone: μm and Δx are written every day. */
const word = /[\p{L}\p{M}\p{N}]+/gu;
const latin = /\p{Script=Latin}/u;
const lookAlike = /[\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορυχ]/u;
/** Slashes, dots, colons and letters that are others than they look, whatever they stand beside. */
const posing = /[\u2024\u2044\u2215\u2216\u2236\u29f5\u29f8\ua789\ufe52\ufe55\ufe68\uff01-\uff5e\u{1d400}-\u{1d7ff}]/u;

export function showHidden(text: string): readonly ShownPiece[] {
  const pieces: { text: string; isHidden: boolean }[] = [];
  const odd = lookAlikesIn(text);
  let [at, marks] = [0, 0];
  for (const sign of text) {
    marks = /\p{M}/u.test(sign) ? marks + 1 : 0;
    const isHidden =
      sign !== "\n" &&
      (hidden.test(sign) || drawnOver.test(sign) || posing.test(sign) || marks > marksMax || odd.has(at));
    const shown = isHidden ? `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}` : sign;
    const last = pieces.at(-1);
    if (last === undefined || isHidden || last.isHidden) pieces.push({ text: shown, isHidden });
    else last.text += shown;
    at += sign.length;
  }
  return pieces;
}

/** Where letters of another alphabet stand within a word in ours. */
function lookAlikesIn(text: string): ReadonlySet<number> {
  const odd = new Set<number>();
  if (!lookAlike.test(text)) return odd;
  for (const { 0: letters, index } of text.matchAll(word)) {
    if (!latin.test(letters) || !lookAlike.test(letters)) continue;
    let at = index;
    for (const letter of letters) {
      if (lookAlike.test(letter)) odd.add(at);
      at += letter.length;
    }
  }
  return odd;
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
