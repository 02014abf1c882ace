/**
 * The editing trace of "A Conflict-Free Replicated JSON Datatype" by Martin Kleppmann and Alastair R. Beresford, from
 * github.com/automerge/automerge-perf (CC BY 4.0), changed in form alone: 259,778 insertions and deletions of single characters with the second of
 * each, by runs, in columns: seconds since the last, place since the end of the last, deleted, lengths, text.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/**
 * Runs in the order in which they were typed. One of deletions was typed from its end, one of insertions from its beginning.
 * @returns {(readonly [seconds: number, at: number, deleted: number, text: string])[]}
 */
export function readTrace() {
  const packed = readFileSync(join(import.meta.dirname, "paperEdits.json.br"));
  const [seconds, places, deleted, lengths, letters] = JSON.parse(brotliDecompressSync(packed).toString());
  let [place, read] = [0, 0];
  return seconds.map((since, index) => {
    const at = place + places[index];
    const text = letters.slice(read, read + lengths[index]);
    read += text.length;
    place = at + text.length;
    return [since, at, deleted[index], text];
  });
}

/** What every engine is given: each letter of a run by itself, as it was typed. */
export function eachLetter([, at, deleted, text], splice) {
  for (let left = deleted; left > 0; left--) splice(at + left - 1, 1, "");
  for (let offset = 0; offset < text.length; offset++) splice(at + offset, 0, text[offset]);
}
