/** A text in pieces that a voice reads in one breath. */

/** Some browsers fall silent in the middle of an utterance that takes more than about 15 s. */
const pieceCharsMax = 200;

export function toUtterances(text: string): string[] {
  const pieces: string[] = [];
  for (const line of text.split(/\n+/)) {
    let piece = "";
    for (const sentence of line.match(/[^.!?…。！？]+[.!?…。！？]*[”"’)\]]*\s*/gu) ?? []) {
      for (const part of splitLong(sentence)) {
        if (piece !== "" && piece.length + part.length > pieceCharsMax) {
          pieces.push(piece.trim());
          piece = "";
        }
        piece += part;
      }
    }
    if (/[\p{L}\p{N}]/u.test(piece)) pieces.push(piece.trim());
  }
  return pieces;
}

/** At a space near the limit, where there is one. */
function splitLong(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence;
  while (rest.length > pieceCharsMax) {
    const space = rest.lastIndexOf(" ", pieceCharsMax);
    const end = space > pieceCharsMax / 2 ? space + 1 : pieceCharsMax;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}
