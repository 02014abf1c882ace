/**
 * Where unmodified automerge-repo keeps a document: in a root map "chunks" of a doc like any other, one entry a chunk. So an artifact
 * is sealed at rest, travels, is kept offline, gets its snapshots and its keys by the same path as a chat, and a device that holds the doc
 * holds the artifact.
 *
 *   key     the storage key's parts, each percent-encoded, with "/" between them
 *   value   the chunk
 *
 * automerge-repo names a chunk by what is in it, so two devices that save the same write the same entry, and an entry never changes. Whole saves, which
 * we make ourselves, have short names of that sort: each that is folded into the next leaves its name in the doc for good.
 */
import type { Chunk, StorageAdapterInterface, StorageKey } from "@automerge/automerge-repo/slim";
import type { Doc, Map as YMap } from "yjs";
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";

export function chunksOf(doc: Doc): YMap<unknown> {
  return doc.getMap<unknown>("chunks");
}

/** `origin` is the transaction's: who observes the map can tell these writes from others'. */
export function createChunkStore(doc: Doc, origin: unknown): StorageAdapterInterface {
  const chunks = chunksOf(doc);
  const bytesAt = (name: string): Uint8Array | undefined => {
    const value = chunks.get(name);
    return value instanceof Uint8Array ? value : undefined;
  };
  const namesUnder = (prefix: StorageKey): string[] => {
    const start = chunkName(prefix);
    return [...chunks.keys()].filter((name) => start === "" || name === start || name.startsWith(`${start}/`));
  };
  return {
    load: (key) => Promise.resolve(bytesAt(chunkName(key))),
    save: (key, data) => {
      const name = chunkName(key);
      const held = bytesAt(name);
      // Writing it once more would send it once more.
      if (held === undefined || !isEqualBytes(held, data)) doc.transact(() => chunks.set(name, data.slice()), origin);
      return Promise.resolve();
    },
    remove: (key) => {
      doc.transact(() => chunks.delete(chunkName(key)), origin);
      return Promise.resolve();
    },
    loadRange: (prefix) =>
      Promise.resolve(
        namesUnder(prefix).map((name): Chunk => ({
          key: name.split("/").map(decodeURIComponent),
          data: bytesAt(name),
        })),
      ),
    removeRange: (prefix) => {
      doc.transact(() => {
        for (const name of namesUnder(prefix)) chunks.delete(name);
      }, origin);
      return Promise.resolve();
    },
  };
}

/** `place`: a hash of where in the history it was made. */
export const wholeName = (place: Uint8Array): string => `~${bytesToHex(place.subarray(0, 8))}`;
export const isShortName = (name: string): boolean => name.startsWith("~");
export const isWholeName = (name: string): boolean => isShortName(name) || name.includes("/snapshot/");

export const chunkName = (key: StorageKey): string => key.map(encodeURIComponent).join("/");
