/** How docs stand that nobody has open: kept whole in the background, or as they were when they were closed. */
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { DocStatus } from "./status.ts";

export interface ClosedDocs {
  statusOf(doc: DocId): DocStatus;
  /** It is being closed. */
  note(doc: DocId, status: DocStatus): void;
  /** It was destroyed: there is nothing to be in order. */
  forget(doc: DocId): void;
  /** It was read to its end without being opened, and nothing of that was amiss. */
  noteWhole(doc: DocId): void;
}

export interface ClosedDocsOptions {
  /** Its log is here as far as the host has it, and is followed. */
  readonly isWhole: (doc: DocId) => boolean;
  readonly holdersOf: (doc: DocId) => readonly AuthorId[];
}

const LOADING: DocStatus = { phase: "loading", pending: 0, unsaved: 0, onDevices: [], setAside: [], alarm: null };

export function createClosedDocs({ isWhole, holdersOf }: ClosedDocsOptions): ClosedDocs {
  /** Only what is not in order is kept: a vault has thousands of docs. */
  const troubled = new Map<DocId, DocStatus>();

  return {
    statusOf: (doc) => {
      const last = troubled.get(doc) ?? LOADING;
      // It is set aside until it is opened anew, whatever its log says meanwhile.
      if (last.phase === "quarantine") return last;
      if (isWhole(doc)) return { ...last, phase: "live", onDevices: holdersOf(doc) };
      return last === LOADING ? LOADING : { ...last, phase: "local" };
    },
    note: (doc, status) => {
      const { phase, pending, unsaved, setAside, alarm } = status;
      const isInOrder = phase !== "quarantine" && pending + unsaved + setAside.length === 0 && alarm === null;
      if (isInOrder) troubled.delete(doc);
      else troubled.set(doc, status);
    },
    forget: (doc) => void troubled.delete(doc),
    noteWhole: (doc) => {
      const last = troubled.get(doc);
      if (last === undefined) return;
      // What a text says that may not be, and what its owner has to decide about, is seen by who opens it alone.
      if (last.phase === "quarantine") return;
      if (last.setAside.length === 0) troubled.delete(doc);
      else troubled.set(doc, { ...last, pending: 0, unsaved: 0, alarm: null });
    },
  };
}
