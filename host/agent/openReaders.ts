/** The chats that are read now: one reader each, for as long as a run of it lasts. */
import type { DocId } from "#crypto/ids.ts";
import { createChatReader, type ChatReader, type ChatReaderOptions } from "./chatReader.ts";

export interface OpenReaders {
  /** How many docs' keys are held. */
  readonly size: number;
  open(doc: DocId): ChatReader;
  /** Closed as often as it was opened, its keys are let go. */
  close(doc: DocId): void;
  find(doc: DocId): ChatReader | undefined;
  rosterGrew(): void;
}

export function createOpenReaders(options: Omit<ChatReaderOptions, "doc">): OpenReaders {
  const readers = new Map<DocId, { readonly reader: ChatReader; uses: number }>();
  return {
    get size() {
      return readers.size;
    },
    open: (doc) => {
      const open = readers.get(doc) ?? { reader: createChatReader({ ...options, doc }), uses: 0 };
      open.uses += 1;
      readers.set(doc, open);
      return open.reader;
    },
    close: (doc) => {
      const open = readers.get(doc);
      if (open === undefined) return;
      open.uses -= 1;
      if (open.uses > 0) return;
      readers.delete(doc);
      open.reader.close();
    },
    find: (doc) => readers.get(doc)?.reader,
    rosterGrew: () => {
      for (const { reader } of readers.values()) reader.rosterGrew();
    },
  };
}
