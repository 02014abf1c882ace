/** A vault's files and cache in memory, and a library over them whose index stands on this thread. */
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import { createLibrary, type Library } from "../library.ts";
import { createPassageIndex, parsePassageIndex, type PassageIndex } from "../passageIndex.ts";
import type { PassageThread } from "../passageThread.ts";

export interface TestShelf {
  readonly library: Library;
  /** What was asked of the files' log, in order. */
  readonly reads: string[];
  readonly cached: Map<string, Uint8Array>;
  /** A text that this vault can read, or (`isHere: false`) not now. */
  file(byte: number, name: string, text: string, options?: { isPaged?: boolean; isHere?: boolean }): Attachment;
  /** Another one on the same files and cache, as after a restart. */
  restart(): Library;
  setHere(file: Attachment): void;
}

export const idOf = (byte: number): DocId => docIdFromBytes(new Uint8Array(16).fill(byte));

export function createTestShelf(): TestShelf {
  const texts = new Map<string, Uint8Array>();
  const away = new Set<string>();
  const reads: string[] = [];
  const cached = new Map<string, Uint8Array>();
  const vault = {
    files: {
      read: ({ id, name }: Attachment) => {
        reads.push(name);
        const bytes = texts.get(id);
        return bytes === undefined || away.has(id) ? Promise.reject(new Error("not there")) : Promise.resolve(bytes);
      },
    },
    cache: {
      get: (name: readonly string[]) => Promise.resolve(cached.get(name.join("/")) ?? null),
      put: (name: readonly string[], value: Uint8Array) => Promise.resolve(void cached.set(name.join("/"), value)),
      remove: () => Promise.resolve(),
    },
  } as unknown as Parameters<typeof createLibrary>[0];
  const restart = (): Library => createLibrary(vault, createLocalThread);
  return {
    library: restart(),
    reads,
    cached,
    restart,
    file: (byte, name, text, { isPaged = false, isHere = true } = {}) => {
      const [id, key] = [idOf(byte), byte.toString(16).padStart(2, "0").repeat(32)];
      const place = { id: idOf(byte + 100), bytes: 1, key, content: key };
      texts.set(place.id, new TextEncoder().encode(text));
      if (!isHere) away.add(place.id);
      return { id, name, type: "", bytes: 1, key, content: key, reading: { ...place, isPaged } };
    },
    setHere: ({ reading }) => {
      if (typeof reading === "object") away.delete(reading.id);
    },
  };
}

function createLocalThread(): PassageThread {
  const indexes = new Map<string, PassageIndex>();
  const indexOf = (scope: string): PassageIndex => {
    const index = indexes.get(scope) ?? createPassageIndex();
    indexes.set(scope, index);
    return index;
  };
  return {
    load: async (scope, packed) => {
      const loaded = parsePassageIndex(new TextDecoder().decode(packed));
      if (loaded !== null) indexes.set(scope, loaded);
      return Promise.resolve(indexOf(scope).files);
    },
    put: async (scope, text) => Promise.resolve(indexOf(scope).put(text)),
    retain: async (scope, files) => {
      indexOf(scope).retain(files);
      return Promise.resolve(indexOf(scope).files);
    },
    search: async (scope, question) => Promise.resolve(indexOf(scope).search(question)),
    save: async (scope) => Promise.resolve(new TextEncoder().encode(indexOf(scope).toJson())),
    close: () => indexes.clear(),
  };
}
