/**
 * `LogStore` on one SQLite file, for one machine. The rules of order (PROTOCOL §3, §5) stand here: a counter exactly
 * one above its author's last, `prev` the hash of that one, one doc in one vault, one ACCEPT a run, and a FINAL in
 * place of what it replaces. What snapshots do to a log is in logCompaction.ts.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import {
  authorIdFromBytes,
  idToBytes,
  vaultIdFromBytes,
  type AuthorId,
  type DocId,
  type VaultId,
} from "#crypto/ids.ts";
import type { LogEntry } from "#sync/frame.ts";
import { nextMark, type AppendOutcome, type LogRecord, type LogStore } from "#sync/log.ts";
import type { Database } from "./database.ts";
import { createDestroyedLogs, type DestroyedLogs } from "./destroyedLogs.ts";
import { entriesPageMax } from "./limits.ts";
import { createLogCompaction, isRekeySql, markOfSql } from "./logCompaction.ts";
import { createLogEnds, type DocEnd, type Tip } from "./logEnds.ts";

export interface SqliteLogStore extends LogStore {
  /**
   * An author's envelope by its counter, also one whose flush is still due: a lane's first envelope is its certificate,
   * and what follows it on the link must not wait for the disk. `null` when there is none.
   */
  envelopeOf(vault: VaultId, doc: DocId, author: AuthorId, counter: number): Uint8Array | null;
  /** A doc's REKEY envelopes, also those whose flush is still due. */
  rekeysOf(vault: VaultId, doc: DocId): readonly Uint8Array[];
  /** Bytes of a vault's envelopes by author. */
  usageOf(vault: VaultId): ReadonlyMap<AuthorId, number>;
  readonly destroyed: DestroyedLogs;
}

const NO_PREV = new Uint8Array(32);
const SEQ_STEP = 1;

export function createSqliteLogStore(database: Database): SqliteLogStore {
  const { writer, reader } = database;
  const selectDoc = writer.prepare("SELECT id, vault, head FROM doc WHERE doc = ?");
  const insertDoc = writer.prepare("INSERT INTO doc (doc, vault, head) VALUES (?, ?, 0)");
  const updateHead = writer.prepare("UPDATE doc SET head = ? WHERE id = ?");
  const selectTip = writer.prepare("SELECT counter, hash FROM tip WHERE doc = ? AND author = ?");
  const upsertTip = writer.prepare(
    "INSERT INTO tip (doc, author, counter, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET counter = excluded.counter, hash = excluded.hash",
  );
  const selectByCounter = writer.prepare(
    "SELECT seq, hash, envelope FROM envelope WHERE doc = ? AND author = ? AND counter = ?",
  );
  const selectRekeys = writer.prepare(`SELECT envelope FROM envelope WHERE doc = ? AND ${isRekeySql}`);
  const insertEnvelope = writer.prepare(
    "INSERT INTO envelope (doc, seq, author, counter, hash, envelope, mark) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const deleteReplaced = writer.prepare(
    "DELETE FROM envelope WHERE doc = ? AND author = ? AND counter > 1 AND counter < ?",
  );
  const deleteReplacedMarks = writer.prepare(
    "DELETE FROM mark WHERE doc = ?1 AND seq IN (SELECT seq FROM envelope WHERE doc = ?1 AND author = ?2 AND counter > 1 AND counter < ?3)",
  );
  const selectMark = writer.prepare(markOfSql);
  const readMark = reader.prepare(markOfSql);
  const insertAccepted = writer.prepare("INSERT INTO accepted (vault, run) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const readDoc = reader.prepare("SELECT id, vault, head FROM doc WHERE doc = ?");
  const readEntries = reader.prepare(
    "SELECT seq, envelope FROM envelope WHERE doc = ? AND seq > ? AND length(envelope) > 0 ORDER BY seq LIMIT ?",
  );
  const readFresh = reader.prepare(`
    SELECT seq, envelope FROM envelope WHERE doc = ?1 AND seq > ?2 AND length(envelope) > 0 AND (
      ${isRekeySql} OR NOT EXISTS (
        SELECT 1 FROM coverage WHERE coverage.doc = ?1 AND coverage.author = envelope.author
        AND coverage.counter >= envelope.counter))
    ORDER BY seq LIMIT ?3`);
  const compaction = createLogCompaction(database);

  const readUsage = reader.prepare("SELECT author, bytes FROM usage WHERE vault = ?");

  const ends = createLogEnds({
    doc: (id): DocEnd | null => {
      const doc = toDocRow(selectDoc.get(id));
      if (doc === null) return null;
      const mark = toMark(selectMark.get(doc.id, doc.head));
      return { id: doc.id, vault: vaultIdFromBytes(doc.vault), head: doc.head, mark };
    },
    tip: (id, author) => toTip(selectTip.get(id, author)),
    get takenBack() {
      return database.takenBack;
    },
  });

  function appendNow(record: LogRecord): AppendOutcome {
    const author = idToBytes(record.author);
    const doc = ends.doc(record.doc);
    if (doc !== null && doc.vault !== record.vault) return { kind: "refused" };

    const tip = doc === null ? null : ends.tip(record.doc, doc.id, record.author);
    const expected = (tip?.counter ?? 0) + 1;
    if (doc !== null && record.counter < expected) {
      const same = selectByCounter.get(doc.id, author, record.counter);
      const isSame = same !== undefined && isEqualBytes(asBytes(same["hash"]), record.hash);
      return isSame ? { kind: "repeated", seq: Number(same["seq"]) } : { kind: "conflict", expected };
    }
    if (record.counter !== expected || !isEqualBytes(record.prev, tip?.hash ?? NO_PREV))
      return { kind: "conflict", expected };
    if (record.accepts !== null && insertAccepted.run(idToBytes(record.vault), idToBytes(record.accepts)).changes === 0)
      return { kind: "refused" };

    const docRow = doc?.id ?? Number(insertDoc.run(idToBytes(record.doc), idToBytes(record.vault)).lastInsertRowid);
    const isExact = record.compaction !== undefined && compaction.isExact(docRow, doc?.head ?? 0, record.compaction);
    const seq = (doc?.head ?? 0) + SEQ_STEP;
    if (record.replacesOwn) {
      deleteReplacedMarks.run(docRow, author, record.counter);
      deleteReplaced.run(docRow, author, record.counter);
    }
    const mark = nextMark(doc?.mark ?? null, record.hash);
    insertEnvelope.run(docRow, seq, author, record.counter, record.hash, record.envelope, mark);
    upsertTip.run(docRow, author, record.counter, record.hash);
    updateHead.run(seq, docRow);
    compaction.take(docRow, seq, record, isExact);
    const { counter, hash } = record;
    ends.note(record.doc, { id: docRow, vault: record.vault, head: seq, mark }, record.author, {
      counter,
      hash: hash.slice(),
    });
    return { kind: "stored", seq };
  }

  function findDoc(vault: VaultId, doc: DocId): DocRow | null {
    const row = toDocRow(readDoc.get(idToBytes(doc)));
    return row !== null && isEqualBytes(row.vault, idToBytes(vault)) ? row : null;
  }

  return {
    append: (record) => database.write(() => appendNow(record)),
    read: (vault, doc, cursor, bytesMax, isFresh = false) => {
      const row = findDoc(vault, doc);
      if (row === null) return [];
      const entries: LogEntry[] = [];
      let bytes = 0;
      for (const entry of (isFresh ? readFresh : readEntries).iterate(row.id, cursor, entriesPageMax)) {
        const envelope = asBytes(entry["envelope"]);
        bytes += envelope.length;
        if (entries.length > 0 && bytes > bytesMax) break;
        entries.push({ seq: Number(entry["seq"]), envelope });
      }
      return entries;
    },
    mark: (vault, doc, seq) => {
      const row = findDoc(vault, doc);
      const hash = row === null ? null : toMark(readMark.get(row.id, seq));
      return hash === null ? null : { seq, hash };
    },
    head: (vault, doc) => findDoc(vault, doc)?.head ?? 0,
    envelopeOf: (vault, doc, author, counter) => {
      const row = toDocRow(selectDoc.get(idToBytes(doc)));
      if (row === null || !isEqualBytes(row.vault, idToBytes(vault))) return null;
      const found = selectByCounter.get(row.id, idToBytes(author), counter);
      const envelope = found === undefined ? null : asBytes(found["envelope"]);
      // Of a covered one, only the hash is left.
      return envelope === null || envelope.length === 0 ? null : envelope;
    },
    rekeysOf: (vault, doc) => {
      const row = toDocRow(selectDoc.get(idToBytes(doc)));
      if (row === null || !isEqualBytes(row.vault, idToBytes(vault))) return [];
      return selectRekeys.all(row.id).map((found) => asBytes(found["envelope"]));
    },
    usageOf: (vault) =>
      new Map(
        readUsage
          .all(idToBytes(vault))
          .map((row) => [authorIdFromBytes(asBytes(row["author"])), Number(row["bytes"])] as const),
      ),
    destroyed: createDestroyedLogs(database, ends.forget),
    close: () => database.close(),
  };
}

interface DocRow {
  readonly id: number;
  readonly vault: Uint8Array;
  readonly head: number;
}

type Row = Record<string, unknown> | undefined;

function toDocRow(row: Row): DocRow | null {
  return row === undefined ? null : { id: Number(row["id"]), vault: asBytes(row["vault"]), head: Number(row["head"]) };
}

function toMark(row: Row): Uint8Array | null {
  const hash = row?.["hash"];
  return hash === null || hash === undefined ? null : asBytes(hash);
}

function toTip(row: Row): Tip | null {
  return row === undefined ? null : { counter: Number(row["counter"]), hash: asBytes(row["hash"]) };
}

function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError("A column of the log is not what its schema says.");
  return value;
}
