/** Where the live text of each lane goes: to those who follow the doc that it writes in. Kept nowhere; a lane that is over is forgotten. */
import type { DocId, VaultId } from "#crypto/ids.ts";
import { liveTagOf } from "#sync/frame.ts";
import type { LogRecord } from "#sync/log.ts";
import { laneCacheMax } from "./limits.ts";

export interface LiveLanes {
  note(record: Pick<LogRecord, "vault" | "author" | "doc">, isOver: boolean): void;
  /** By the lane's tag, which is all that a frame of live text names. */
  find(tag: string): { readonly vault: VaultId; readonly doc: DocId } | undefined;
}

export function createLiveLanes(): LiveLanes {
  const docs = new Map<string, { readonly vault: VaultId; readonly doc: DocId }>();
  return {
    note: ({ vault, author, doc }, isOver) => {
      const tag = liveTagOf(author);
      docs.delete(tag);
      if (!isOver) docs.set(tag, { vault, doc });
      const oldest = docs.keys().next();
      if (docs.size > laneCacheMax && oldest.done === false) docs.delete(oldest.value);
    },
    find: (tag) => docs.get(tag),
  };
}
