/**
 * Where each doc's log ends, and each author's chain in it, as the append path needs it: asked of the file once and kept. An append wrote
 * three trees and searched three more for what the one before it had just written. It is told only of what stands in the file, and forgets all
 * when anything was taken back there.
 */
import { idToBytes, type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import { endsKeptMax } from "./limits.ts";

export interface Tip {
  readonly counter: number;
  readonly hash: Uint8Array;
}

export interface DocEnd {
  readonly id: number;
  readonly vault: VaultId;
  readonly head: number;
  /** Of the head; `null` where the log is from before there were marks. */
  readonly mark: Uint8Array | null;
}

/** What the file says. */
export interface EndReader {
  doc(doc: Uint8Array): DocEnd | null;
  tip(id: number, author: Uint8Array): Tip | null;
  /** Grows whenever something that was written is gone again. */
  readonly takenBack: number;
}

export interface LogEnds {
  doc(doc: DocId): DocEnd | null;
  tip(doc: DocId, id: number, author: AuthorId): Tip | null;
  note(doc: DocId, end: DocEnd, author: AuthorId, tip: Tip): void;
  /** Logs were dropped from the file. */
  forget(): void;
}

export function createLogEnds(file: EndReader): LogEnds {
  const ends = new Map<DocId, DocEnd>();
  const tips = new Map<string, Tip>();
  let takenBack = file.takenBack;

  function look(): void {
    const isFull = ends.size > endsKeptMax || tips.size > endsKeptMax;
    if (takenBack === file.takenBack && !isFull) return;
    takenBack = file.takenBack;
    ends.clear();
    tips.clear();
  }

  return {
    doc: (doc) => {
      look();
      const known = ends.get(doc) ?? file.doc(idToBytes(doc));
      if (known !== null) ends.set(doc, known);
      return known;
    },
    tip: (doc, id, author) => {
      look();
      const name = doc + author;
      const known = tips.get(name) ?? file.tip(id, idToBytes(author));
      if (known !== null) tips.set(name, known);
      return known;
    },
    forget: () => {
      ends.clear();
      tips.clear();
    },
    note: (doc, end, author, tip) => {
      ends.set(doc, end);
      tips.set(doc + author, tip);
    },
  };
}
