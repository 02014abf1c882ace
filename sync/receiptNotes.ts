/** What is told of docs as they move, and asked of others (receipts.ts): nothing of a temporary chat, of which no device keeps anything. */
import { isTemporaryDoc, type AuthorId, type DocId } from "#crypto/ids.ts";
import type { Receipts } from "./receipts.ts";
import type { Replica } from "./replicaTypes.ts";
import type { SealedWhole } from "./sealedReading.ts";

export interface ReceiptNotes {
  /** More of it is strictly committed here. */
  noteHeld(doc: DocId): void;
  /** It was read to its end without being opened. */
  noteWhole(doc: DocId, whole: Pick<SealedWhole, "tips" | "unconfirmed">): void;
  /** Its status changed. */
  noteStatus(doc: DocId): void;
  noteClosed(doc: DocId): void;
}

export interface ReceiptNotesOptions {
  readonly receipts: Receipts;
  /** `null` also while the vault is being put together. */
  readonly replicaOf: (doc: DocId) => Replica | null;
  /** Active devices of the roster but this one. */
  readonly others: () => readonly AuthorId[];
  /** Resolves when it is known again what an earlier life was told. */
  readonly recall: () => Promise<void>;
}

export function createReceiptNotes({ receipts, replicaOf, others, recall }: ReceiptNotesOptions): ReceiptNotes {
  const live = new Set<DocId>();
  const lastingOf = (doc: DocId): Replica | null => (isTemporaryDoc(doc) ? null : replicaOf(doc));

  return {
    noteHeld: (doc) => {
      const replica = lastingOf(doc);
      if (replica !== null) receipts.noteHeld(doc, replica.heldOf());
    },
    noteWhole: (doc, { tips, unconfirmed }) =>
      void recall().then(() => {
        receipts.noteHeld(doc, tips);
        const said = receipts.of(doc);
        const isLacked = others().some((device) => (said.get(device) ?? 0) < unconfirmed);
        if (unconfirmed > 0 && isLacked) receipts.noteUnconfirmed(doc, unconfirmed);
      }),
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
