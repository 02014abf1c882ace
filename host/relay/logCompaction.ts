/**
 * Shortening a log by its snapshots (PROTOCOL §6). A snapshot counts when it stands for the log exactly as it was in front of it;
 * any other is an envelope like all. The last two that count stay, and all after the older one. What a snapshot covers is deleted
 * once another device has confirmed it, or when there is no other device and it has stood for a week. All of it runs inside the
 * transaction of the append that causes it.
 *
 * Of each author's newest envelopes the hash stays: a device whose ACK was lost repeats them, and is answered as before.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { kindNumber } from "#crypto/envelopeHeader.ts";
import { idToBytes } from "#crypto/ids.ts";
import { aloneKeepMs, coveredHashesKept } from "#sync/limits.ts";
import type { Compaction, LogRecord } from "#sync/log.ts";
import type { Database } from "./database.ts";

export interface LogCompaction {
  /** Called in the append's transaction, before its envelope is stored: `head` is the seq before it. */
  isExact(docRow: number, head: number, compaction: Compaction): boolean;
  /** Called in the append's transaction, after its envelope was stored at `seq`. */
  take(docRow: number, seq: number, record: LogRecord, isExact: boolean): void;
}

/** What the log was up to a seq: beside its envelope, or kept of one that is older or gone. */
export const markOfSql = `SELECT coalesce(
  (SELECT mark FROM envelope WHERE doc = ?1 AND seq = ?2), (SELECT hash FROM mark WHERE doc = ?1 AND seq = ?2)) AS hash`;

/** The kind is an envelope's second byte. */
export const isRekeySql = `substr(envelope, 2, 1) = x'${kindNumber("rekey").toString(16).padStart(2, "0")}'`;

export function createLogCompaction({ writer }: Pick<Database, "writer">): LogCompaction {
  const selectTip = writer.prepare("SELECT counter, hash FROM tip WHERE doc = ? AND author = ?");
  const selectMark = writer.prepare(markOfSql);
  const insertSnapshot = writer.prepare(
    "INSERT INTO snapshot (doc, seq, author, hash, at, confirmed) VALUES (?, ?, ?, ?, ?, 0)",
  );
  const insertCoverage = writer.prepare("INSERT INTO coverage (doc, author, seq, counter) VALUES (?, ?, ?, ?)");
  const confirm = writer.prepare("UPDATE snapshot SET confirmed = 1 WHERE doc = ? AND hash = ? AND author <> ?");
  const selectDue = writer.prepare(`
    SELECT max(seq) AS seq FROM snapshot WHERE doc = ?1 AND (confirmed = 1 OR at <= ?2)
    AND seq < (SELECT max(seq) FROM snapshot WHERE doc = ?1)`);
  const selectCoverage = writer.prepare(`
    SELECT author, max(counter) AS counter,
      (SELECT counter FROM tip WHERE tip.doc = coverage.doc AND tip.author = coverage.author) AS tip
    FROM coverage WHERE doc = ? AND seq <= ? GROUP BY author`);
  // A device may ask from there.
  const keepMarks = writer.prepare(
    `INSERT INTO mark (doc, seq, hash) SELECT doc, seq, mark FROM envelope
     WHERE doc = ? AND author = ? AND counter <= ? AND mark IS NOT NULL AND NOT ${isRekeySql}`,
  );
  const deleteCovered = writer.prepare(
    `DELETE FROM envelope WHERE doc = ? AND author = ? AND counter <= ? AND NOT ${isRekeySql}`,
  );
  const emptyCovered = writer.prepare(
    `UPDATE envelope SET envelope = x'' WHERE doc = ? AND author = ? AND counter <= ? AND counter > ? AND NOT ${isRekeySql}`,
  );
  const deleteCoverage = writer.prepare("DELETE FROM coverage WHERE doc = ? AND seq <= ?");
  const deleteSnapshots = writer.prepare("DELETE FROM snapshot WHERE doc = ? AND seq < ?");

  function deleteDue(docRow: number, bornBeforeMs: number): void {
    const due = selectDue.get(docRow, bornBeforeMs)?.["seq"];
    if (typeof due !== "number") return;
    for (const { author, counter, tip } of selectCoverage.all(docRow, due)) {
      if (!(author instanceof Uint8Array)) throw new TypeError("A column of the log is not what its schema says.");
      const keptAfter = Math.min(Number(counter), Number(tip) - coveredHashesKept);
      keepMarks.run(docRow, author, keptAfter);
      deleteCovered.run(docRow, author, keptAfter);
      emptyCovered.run(docRow, author, Number(counter), keptAfter);
    }
    deleteCoverage.run(docRow, due);
    deleteSnapshots.run(docRow, due);
  }

  return {
    isExact: (docRow, head, compaction) =>
      compaction.kind === "snapshot" &&
      compaction.cursor === head &&
      isMark(selectMark.get(docRow, head)?.["hash"], compaction.mark) &&
      compaction.coverage.every(({ author, counter, hash }) => {
        const tip = selectTip.get(docRow, idToBytes(author));
        const tipHash = tip?.["hash"];
        return Number(tip?.["counter"]) === counter && tipHash instanceof Uint8Array && isEqualBytes(tipHash, hash);
      }),
    take: (docRow, seq, { compaction, author, hash }, isExact) => {
      if (compaction?.kind === "snapshot" && isExact) {
        insertSnapshot.run(docRow, seq, idToBytes(author), hash, compaction.nowMs);
        for (const covered of compaction.coverage) {
          insertCoverage.run(docRow, idToBytes(covered.author), seq, covered.counter);
        }
        deleteDue(docRow, compaction.isAlone ? compaction.nowMs - aloneKeepMs : -1);
      } else if (compaction?.kind === "beacon") {
        confirm.run(docRow, compaction.snapshot, idToBytes(author));
        deleteDue(docRow, -1);
      }
    },
  };
}

function isMark(held: unknown, mark: Uint8Array): boolean {
  return held instanceof Uint8Array && isEqualBytes(held, mark);
}
