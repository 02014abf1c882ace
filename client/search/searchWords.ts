/** How a text becomes the words it is found by. */

/** Scripts that write no spaces are found by pairs of characters. */
const unspaced = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** The words of a text, folded: small letters, no accents. */
export function toWords(text: string): string[] {
  const folded = foldText(text);
  // Most text is plain, and asking is cheaper than looking each letter up in the tables of all scripts.
  if (!/\P{ASCII}/u.test(folded)) return folded.match(/[a-z0-9]+/g) ?? [];
  const words: string[] = [];
  for (const word of folded.split(/[^\p{L}\p{N}\p{M}]+/u)) {
    if (word === "") continue;
    if (!unspaced.test(word)) words.push(word);
    else if (word.length === 1) words.push(word);
    else for (let at = 0; at + 1 < word.length; at += 1) words.push(word.slice(at, at + 2));
  }
  return words;
}

export function foldText(text: string): string {
  const small = text.toLowerCase();
  // Most text has no accents, and asking is cheaper than taking it apart.
  return /\P{ASCII}/u.test(small) ? small.normalize("NFKD").replace(/[\u0300-\u036f]/g, "") : small;
}
