/** `LogStore` in memory, for tests: the shortest honest reading of its rules. `rollBack` plays a host restored from a backup. */
import { bytesToHex } from "#crypto/bytes.ts";
import type { AuthorId, DocId, RunId, VaultId } from "#crypto/ids.ts";
import type { LogEntry } from "../frame.ts";
import type { AppendOutcome, LogRecord, LogStore } from "../log.ts";

export interface MemoryLogStore extends LogStore {
  /** Forgets everything after `seq` in a doc, as a restored backup does. */
  rollBack(doc: DocId, seq: number): void;
}

interface Stored {
  readonly seq: number;
  readonly record: LogRecord;
}

interface Log {
  readonly vault: VaultId;
  head: number;
  stored: Stored[];
  readonly tips: Map<AuthorId, { counter: number; hash: string }>;
}

const NO_PREV = "00".repeat(32);

export function createMemoryLogStore(): MemoryLogStore {
  const logs = new Map<DocId, Log>();
  const accepted = new Set<RunId>();

  function appendNow(record: LogRecord): AppendOutcome {
    const log: Log = logs.get(record.doc) ?? { vault: record.vault, head: 0, stored: [], tips: new Map() };
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
    if (record.replacesOwn) log.stored = log.stored.filter((held) => !isReplaced(held.record, record));
    log.head += 1;
    log.stored.push({ seq: log.head, record });
    log.tips.set(record.author, { counter: record.counter, hash });
    logs.set(record.doc, log);
    return { kind: "stored", seq: log.head };
  }

  return {
    append: (record) => Promise.resolve(appendNow(record)),
    read: (vault, doc, cursor, bytesMax) => {
      const log = logs.get(doc);
      if (log === undefined || log.vault !== vault) return [];
      return takePage(
        log.stored.filter((held) => held.seq > cursor),
        bytesMax,
      );
    },
    head: (vault, doc) => {
      const log = logs.get(doc);
      return log === undefined || log.vault !== vault ? 0 : log.head;
    },
    close: () => Promise.resolve(),
    rollBack: (doc, seq) => {
      const log = logs.get(doc);
      if (log === undefined) return;
      log.stored = log.stored.filter((held) => held.seq <= seq);
      log.head = Math.min(log.head, seq);
      log.tips.clear();
      for (const { record } of log.stored) {
        log.tips.set(record.author, { counter: record.counter, hash: bytesToHex(record.hash) });
      }
    },
  };
}

function isReplaced(held: LogRecord, final: LogRecord): boolean {
  return held.author === final.author && held.counter > 1 && held.counter < final.counter;
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
