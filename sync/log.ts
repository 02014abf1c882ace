/**
 * Logs at a relay: a doc's envelopes in the order in which they were stored, each with its seq (from 1, ever growing, with
 * gaps where envelopes were replaced). Behind each stands a mark, one hash over all that was ever stored up to there: two logs
 * with the same mark at a seq were the same up to it, whatever has been shortened since. The relay checks who may append (host/relay/admission.ts); a store checks order.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { isSnapshot } from "#crypto/envelopeHeader.ts";
import { hash128 } from "#crypto/hash.ts";
import { ID_BYTES, type AuthorId, type DocId, type RunId, type VaultId } from "#crypto/ids.ts";
import type { Covered } from "#crypto/snapshotHeader.ts";
import type { LogEntry, LogMark, PageMarks } from "./frame.ts";

/** What a store must know of an envelope, read from its clear header. */
export interface LogRecord {
  readonly vault: VaultId;
  readonly doc: DocId;
  readonly author: AuthorId;
  readonly counter: number;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
  readonly envelope: Uint8Array;
  /** An ACCEPT: no second one with this run is ever stored (at most one lane answers). */
  readonly accepts: RunId | null;
  /** A FINAL: it replaces this author's envelopes between its first (the ACCEPT) and itself. */
  readonly replacesOwn: boolean;
  /** What it means for the log's length; absent for most. */
  readonly compaction?: Compaction;
}

export type Compaction =
  /** A REKEY: it stays, whatever covers it, since all after it is sealed under the key that it carries. */
  | { readonly kind: "keep" }
  | {
      readonly kind: "snapshot";
      /** It stands for the log up to here, and counts only if that is the head. */
      readonly cursor: number;
      /** … and that log is this one: an envelope offered again after a rollback may come to stand behind the same seq. */
      readonly mark: Uint8Array;
      readonly coverage: readonly Covered[];
      /** No other device could confirm it. */
      readonly isAlone: boolean;
      readonly nowMs: number;
    }
  /** A device other than the snapshot's author found the same. */
  | { readonly kind: "beacon"; readonly snapshot: Uint8Array };

export type AppendOutcome =
  | { readonly kind: "stored"; readonly seq: number }
  /** The very same envelope is there already: a repeated APPEND is answered like the first. */
  | { readonly kind: "repeated"; readonly seq: number }
  /** Not the next in its author's chain; `expected` is the counter that would be. */
  | { readonly kind: "conflict"; readonly expected: number }
  /** The doc belongs to another vault, or the run has been accepted before. */
  | { readonly kind: "refused" };

export interface LogStore {
  /** Resolves only when the outcome is on stable storage. Concurrent appends share one flush. */
  append(record: LogRecord): Promise<AppendOutcome>;
  /**
   * Entries after `cursor`, oldest first, up to about `bytesMax` (at least one, if there is one). `isFresh`: for somebody who has
   * nothing of the doc, without what the newest snapshot covers.
   */
  read(vault: VaultId, doc: DocId, cursor: number, bytesMax: number, isFresh?: boolean): readonly LogEntry[];
  /** The newest seq of a doc; 0 when there is none. */
  head(vault: VaultId, doc: DocId): number;
  /** `null` where nothing was stored, or where a FINAL has replaced it. */
  mark(vault: VaultId, doc: DocId, seq: number): LogMark | null;
  /** Flushes and closes. Appends still waiting are settled first. */
  close(): Promise<void>;
}

const NOTHING_BEFORE = new Uint8Array(ID_BYTES);

/** `before`: the mark of the seq before it; `null` for the first, and in a log from before marks. */
export function nextMark(before: Uint8Array | null, envelopeHash: Uint8Array): Uint8Array {
  return hash128("sovereign/log-mark/v1", before ?? NOTHING_BEFORE, envelopeHash);
}

/** RB2: a relay was restored from a backup, and has since grown past what this device read of it. */
export function isOtherLog(known: LogMark | null, { from }: PageMarks): boolean {
  return known !== null && from !== null && from.seq === known.seq && !isEqualBytes(from.hash, known.hash);
}

/** A snapshot begins a page: then the page says what the log was up to there, and the snapshot can be held against it. */
export function untilSnapshot(entries: readonly LogEntry[]): readonly LogEntry[] {
  const next = entries.findIndex(({ envelope }, index) => index > 0 && isSnapshot(envelope));
  return next === -1 ? entries : entries.slice(0, next);
}
