/** Which destroyed docs this device has nothing of any more: a list of their ids, 16 bytes each, in its cache. */
import { docIdFromBytes, ID_BYTES, idToBytes, type DocId } from "#crypto/ids.ts";
import { concatBytes } from "#crypto/bytes.ts";

export function encodeDocs(docs: readonly DocId[]): Uint8Array {
  return concatBytes(...docs.map(idToBytes));
}

/** `null`: nothing was noted. What is no whole id is none. */
export function decodeDocs(bytes: Uint8Array | null): readonly DocId[] {
  const docs: DocId[] = [];
  for (let at = 0; bytes !== null && at + ID_BYTES <= bytes.length; at += ID_BYTES)
    docs.push(docIdFromBytes(bytes.subarray(at, at + ID_BYTES)));
  return docs;
}
