/**
 * Long code in pieces, each laid out by itself and only when it is in sight: a browser lays one text out as a whole with each line that
 * is added to it, and a hundred thousand lines of it take the page with them. A piece that has another after it never changes.
 */

/** Up to here code is one text, which can be painted. Some two thousand lines. */
export const wholeCodeCharsMax = 60_000;
/** Of a piece: a screen or three. A longer line is shown in parts, each of them marked; copying gives it whole. */
export const pieceCharsMax = 8_000;

/** A line goes on in the piece after it. */
export const isCut = (piece: string): boolean => !piece.endsWith("\n");

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
