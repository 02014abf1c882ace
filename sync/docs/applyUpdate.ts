/**
 * Bytes on their way into a Yjs document. Yjs makes room for as many operations as an update says it has, before it looks at one:
 * 15 bytes took 0.3 s and 230 MB. Its other decoder reads them one by one and stops where they end, so it goes first, and nothing
 * else in the project may call Yjs' own `applyUpdate` with what came from elsewhere. Twice the decoding, of bytes that are few.
 */
import * as Y from "yjs";

/** Throws whatever Yjs throws on bytes that are no update; then nothing was applied. */
export function applyUpdate(doc: Y.Doc, update: Uint8Array): void {
  Y.decodeUpdate(update);
  Y.applyUpdate(doc, update);
}
