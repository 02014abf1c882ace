/** The id of an artifact that an answer makes: the same on every device, and for the host that tells its model. */
import { concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import { docIdFromBytes, idToBytes, type DocId, type RunId } from "#crypto/ids.ts";

/** `run`: the answer's first. `index`: which of its parts that are no words. */
export function artifactOfAnswer(chat: DocId, run: RunId, index: number): DocId {
  const place = concatBytes(idToBytes(chat), utf8ToBytes(`${run}/${index}`));
  return docIdFromBytes(hash128("sovereign/artifact-of-answer/v1", place));
}
