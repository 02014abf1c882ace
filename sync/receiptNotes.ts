/** What is told of docs as they move, and asked of others (receipts.ts): nothing of a temporary chat, of which no device keeps anything. */
import { isTemporaryDoc, type DocId } from "#crypto/ids.ts";
import type { Receipts } from "./receipts.ts";
import type { Replica } from "./replicaTypes.ts";

export interface ReceiptNotes {
  /** More of it is strictly committed here. */
  noteHeld(doc: DocId): void;
  /** Its status changed. */
  noteStatus(doc: DocId): void;
  noteClosed(doc: DocId): void;
}

/** `replicaOf`: `null` also while the vault is being put together. */
export function createReceiptNotes(receipts: Receipts, replicaOf: (doc: DocId) => Replica | null): ReceiptNotes {
  const live = new Set<DocId>();
  const lastingOf = (doc: DocId): Replica | null => (isTemporaryDoc(doc) ? null : replicaOf(doc));

  return {
    noteHeld: (doc) => {
      const replica = lastingOf(doc);
      if (replica !== null) receipts.noteHeld(doc, replica.heldOf());
    },
    // ON3: once a link, when a doc is read to its end, those who were away are asked whether they hold it.
    noteStatus: (doc) => {
      const replica = lastingOf(doc);
      if (replica === null || replica.status().phase !== "live") return void live.delete(doc);
      if (live.has(doc)) return;
      live.add(doc);
      const { counter, by } = replica.unconfirmed();
      if (counter > 0 && by.length > 0) receipts.noteUnconfirmed(doc, counter);
    },
    noteClosed: (doc) => void live.delete(doc),
  };
}
