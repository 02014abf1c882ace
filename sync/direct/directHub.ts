/**
 * Where docs and direct links meet. It is there from the start and small; what opens links (directLinks.ts) is loaded later, where a
 * platform can, and attaches itself here.
 */
import type { AuthorId, DocId } from "#crypto/ids.ts";

/** A doc that is open on this device, as another device's link sees it. */
export interface DirectDoc {
  readonly doc: DocId;
  /** How far each author's chain is held here. */
  held(): ReadonlyMap<AuthorId, number>;
  /** What lies beyond, each author's in order; own envelopes only once they are strictly committed. */
  beyond(held: ReadonlyMap<AuthorId, number>): readonly Uint8Array[];
  take(envelopes: readonly Uint8Array[]): void;
  takeEphemeral(envelope: Uint8Array): void;
}

export interface DirectListener {
  /** At least one link is live. */
  readonly isLive: boolean;
  onJoin(doc: DirectDoc): void;
  onLeave(doc: DocId): void;
  onWritten(doc: DocId, envelopes: readonly Uint8Array[]): void;
  onTold(doc: DocId, envelope: Uint8Array): void;
}

export interface DirectHub {
  readonly isLive: boolean;
  join(doc: DirectDoc): () => void;
  get(doc: DocId): DirectDoc | undefined;
  all(): readonly DirectDoc[];
  /** Own envelopes that are strictly committed now. */
  noteWritten(doc: DocId, envelopes: readonly Uint8Array[]): void;
  /** An unlogged envelope for whoever is there. */
  tell(doc: DocId, envelope: Uint8Array): void;
  attach(listener: DirectListener): void;
}

export function createDirectHub(): DirectHub {
  const docs = new Map<DocId, DirectDoc>();
  let listener: DirectListener | null = null;
  return {
    get isLive() {
      return listener?.isLive ?? false;
    },
    join: (doc) => {
      docs.set(doc.doc, doc);
      listener?.onJoin(doc);
      return () => {
        if (docs.get(doc.doc) !== doc) return;
        docs.delete(doc.doc);
        listener?.onLeave(doc.doc);
      };
    },
    get: (doc) => docs.get(doc),
    all: () => [...docs.values()],
    noteWritten: (doc, envelopes) => listener?.onWritten(doc, envelopes),
    tell: (doc, envelope) => listener?.onTold(doc, envelope),
    attach: (next) => {
      listener = next;
    },
  };
}
