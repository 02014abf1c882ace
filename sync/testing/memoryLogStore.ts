/** `LogStore` in memory, for tests: the shortest honest reading of its rules. `rollBack` plays a host restored from a backup. */
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import type { AuthorId, DocId, RunId, VaultId } from "#crypto/ids.ts";
import type { LogEntry } from "../frame.ts";
import { aloneKeepMs, coveredHashesKept } from "../limits.ts";
import { nextMark, type AppendOutcome, type LogRecord, type LogStore } from "../log.ts";

export interface MemoryLogStore extends LogStore {
  /** Forgets everything after `seq` in a doc, as a restored backup does. */
  rollBack(doc: DocId, seq: number): void;
  /** For good: nothing of it, and nothing more for it. */
  destroy(doc: DocId): void;
  isDestroyed(doc: DocId): boolean;
}

interface Stored {
  readonly seq: number;
  readonly record: LogRecord;
  /** Covered and deleted: only its hash is left. */
  isEmptied: boolean;
}

interface Snapshot {
  readonly seq: number;
  readonly record: LogRecord;
  readonly atMs: number;
  readonly coverage: ReadonlyMap<AuthorId, number>;
  isConfirmed: boolean;
}

interface Log {
  readonly vault: VaultId;
  head: number;
  stored: Stored[];
  readonly marks: Map<number, Uint8Array>;
  readonly tips: Map<AuthorId, { counter: number; hash: string }>;
  /** Those that count, oldest first. */
  snapshots: Snapshot[];
}

const NO_PREV = "00".repeat(32);

export function createMemoryLogStore(): MemoryLogStore {
  const logs = new Map<DocId, Log>();
  const accepted = new Set<RunId>();
  const destroyed = new Set<DocId>();

  function appendNow(record: LogRecord): AppendOutcome {
    const log: Log = logs.get(record.doc) ?? {
      vault: record.vault,
      head: 0,
      stored: [],
      marks: new Map(),
      tips: new Map(),
      snapshots: [],
    };
    if (log.vault !== record.vault) return { kind: "refused" };
    const tip = log.tips.get(record.author) ?? { counter: 0, hash: NO_PREV };
    const expected = tip.counter + 1;
    const hash = bytesToHex(record.hash);
    if (record.counter < expected) {
      const same = log.stored.find((held) => bytesToHex(held.record.hash) === hash);
      return same === undefined ? { kind: "conflict", expected } : { kind: "repeated", seq: same.seq };
    }
    if (record.counter > expected || bytesToHex(record.prev) !== tip.hash) return { kind: "conflict", expected };
    if (record.accepts !== null) {
      if (accepted.has(record.accepts)) return { kind: "refused" };
      accepted.add(record.accepts);
    }
    const mark = nextMark(log.marks.get(log.head) ?? null, record.hash);
    if (record.replacesOwn) {
      for (const held of log.stored) if (isReplaced(held.record, record)) log.marks.delete(held.seq);
      log.stored = log.stored.filter((held) => !isReplaced(held.record, record));
    }
    const snapshot = exactSnapshot(log, record);
    log.head += 1;
    log.marks.set(log.head, mark);
    log.stored.push({ seq: log.head, record, isEmptied: false });
    log.tips.set(record.author, { counter: record.counter, hash });
    logs.set(record.doc, log);
    if (snapshot !== null) log.snapshots.push(snapshot);
    compact(log, record, snapshot !== null);
    return { kind: "stored", seq: log.head };
  }

  return {
    append: (record) => Promise.resolve(appendNow(record)),
    read: (vault, doc, cursor, bytesMax, isFresh = false) => {
      const log = logs.get(doc);
      if (log === undefined || log.vault !== vault) return [];
      return takePage(
        log.stored.filter(
          (held) => held.seq > cursor && !held.isEmptied && !(isFresh && isCovered(held, log.snapshots)),
        ),
        bytesMax,
      );
    },
    head: (vault, doc) => {
      const log = logs.get(doc);
      return log === undefined || log.vault !== vault ? 0 : log.head;
    },
    mark: (vault, doc, seq) => {
      const log = logs.get(doc);
      const hash = log?.vault === vault ? log.marks.get(seq) : undefined;
      return hash === undefined ? null : { seq, hash };
    },
    close: () => Promise.resolve(),
    destroy: (doc) => {
      logs.delete(doc);
      destroyed.add(doc);
    },
    isDestroyed: (doc) => destroyed.has(doc),
    rollBack: (doc, seq) => {
      const log = logs.get(doc);
      if (log === undefined) return;
      log.stored = log.stored.filter((held) => held.seq <= seq);
      log.head = Math.min(log.head, seq);
      log.snapshots = log.snapshots.filter((snapshot) => snapshot.seq <= seq);
      log.tips.clear();
      for (const at of [...log.marks.keys()]) if (at > seq) log.marks.delete(at);
      for (const { record } of log.stored) {
        log.tips.set(record.author, { counter: record.counter, hash: bytesToHex(record.hash) });
      }
    },
  };
}

function isReplaced(held: LogRecord, final: LogRecord): boolean {
  return held.author === final.author && held.counter > 1 && held.counter < final.counter;
}

/** A snapshot counts when it stands for the log exactly as it is. */
function exactSnapshot(log: Log, record: LogRecord): Snapshot | null {
  const { compaction } = record;
  if (compaction?.kind !== "snapshot" || compaction.cursor !== log.head) return null;
  const mark = log.marks.get(log.head);
  if (mark === undefined || !isEqualBytes(mark, compaction.mark)) return null;
  for (const { author, counter, hash } of compaction.coverage) {
    const tip = log.tips.get(author);
    if (tip?.counter !== counter || tip.hash !== bytesToHex(hash)) return null;
  }
  const coverage = new Map(compaction.coverage.map(({ author, counter }) => [author, counter]));
  return { seq: log.head + 1, record, atMs: compaction.nowMs, coverage, isConfirmed: false };
}

/** Deletes what the newest snapshot but the last covers, if somebody confirmed it or nobody ever can. */
function compact(log: Log, { compaction, author }: LogRecord, isExact: boolean): void {
  if (compaction?.kind === "beacon") {
    const named = log.snapshots.find(({ record }) => bytesToHex(record.hash) === bytesToHex(compaction.snapshot));
    if (named !== undefined && named.record.author !== author) named.isConfirmed = true;
  } else if (compaction?.kind !== "snapshot" || !isExact) return;
  const isAged = ({ atMs }: Snapshot): boolean =>
    compaction.kind === "snapshot" && compaction.isAlone && atMs <= compaction.nowMs - aloneKeepMs;
  const due = log.snapshots.slice(0, -1).findLast((snapshot) => snapshot.isConfirmed || isAged(snapshot));
  if (due === undefined) return;
  const upToDue = log.snapshots.filter(({ seq }) => seq <= due.seq);
  for (const held of log.stored) if (isCovered(held, upToDue)) held.isEmptied = true;
  log.stored = log.stored.filter(({ isEmptied, record }) => {
    const tip = log.tips.get(record.author)?.counter ?? 0;
    return !isEmptied || record.counter > tip - coveredHashesKept;
  });
  log.snapshots = log.snapshots.filter(({ seq }) => seq >= due.seq);
}

function isCovered({ record }: Stored, snapshots: readonly Snapshot[]): boolean {
  if (record.compaction?.kind === "keep") return false;
  return snapshots.some(({ coverage }) => record.counter <= (coverage.get(record.author) ?? 0));
}

function takePage(stored: readonly Stored[], bytesMax: number): LogEntry[] {
  const page: LogEntry[] = [];
  let bytes = 0;
  for (const { seq, record } of stored) {
    bytes += record.envelope.length;
    if (page.length > 0 && bytes > bytesMax) break;
    page.push({ seq, envelope: record.envelope });
  }
  return page;
}
