/**
 * Long code in pieces, each laid out by itself and only when it is in sight: a browser lays one text out as a whole with each line that
 * is added to it, and a hundred thousand lines of it take the page with them. A piece that has another after it never changes.
 */

/** Up to here code is one text, which can be painted. Some two thousand lines. */
export const wholeCodeCharsMax = 60_000;
/** Of a piece: a screen or three. A line that is longer is cut: nobody reads it, and copying gives it whole. */
const pieceCharsMax = 8_000;

export function toCodePieces(text: string): readonly string[] {
  if (text.length <= wholeCodeCharsMax) return [text];
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const lineEnd = text.lastIndexOf("\n", at + pieceCharsMax - 1) + 1;
    const isLast = at + pieceCharsMax >= text.length;
    const end = isLast ? text.length : lineEnd > at ? lineEnd : at + pieceCharsMax;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
