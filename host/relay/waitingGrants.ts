/**
 * Waiting grants: GRANTs for a host whose agent was away when they were written (crypto/grantHeader.ts). Each is kept here beside the
 * log until its run is accepted, its grant ended or its time over, and handed to the agent whenever one announces itself. Compaction
 * of a log does not reach them.
 */
import { idToBytes, docIdFromBytes, type AuthorId, type DocId, type RunId, type VaultId } from "#crypto/ids.ts";
import { clockSkewMs } from "#sync/limits.ts";
import type { Database } from "./database.ts";
import { waitingGrantsMax } from "./limits.ts";

export interface WaitingGrant {
  readonly doc: DocId;
  readonly seq: number;
  readonly envelope: Uint8Array;
}

export interface WaitingGrants {
  /** Resolves when it is on stable storage. */
  keep(grant: WaitingGrant & { vault: VaultId; host: AuthorId; run: RunId; notAfter: number }): Promise<void>;
  /** The run was accepted, or its grant ended. */
  drop(vault: VaultId, run: RunId): void;
  of(vault: VaultId, host: AuthorId, now: number): readonly WaitingGrant[];
}

// It comes with its first use: a log of before has no such table, and needs none.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS waiting_grant (
    vault BLOB NOT NULL, run BLOB NOT NULL, host BLOB NOT NULL, doc BLOB NOT NULL, seq INTEGER NOT NULL,
    not_after INTEGER NOT NULL, envelope BLOB NOT NULL,
    PRIMARY KEY (vault, run, host)
  ) STRICT, WITHOUT ROWID;
`;

export function createWaitingGrants(database: Database): WaitingGrants {
  const { writer } = database;
  writer.exec(SCHEMA);
  const upsert = writer.prepare(
    "INSERT INTO waiting_grant (vault, run, host, doc, seq, not_after, envelope) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc, seq = excluded.seq, not_after = excluded.not_after, envelope = excluded.envelope",
  );
  const trim = writer.prepare(
    "DELETE FROM waiting_grant WHERE vault = ?1 AND run NOT IN (SELECT run FROM waiting_grant WHERE vault = ?1 ORDER BY not_after DESC LIMIT ?2)",
  );
  const isThere = writer.prepare("SELECT 1 FROM waiting_grant WHERE vault = ? AND run = ? LIMIT 1");
  const isAccepted = writer.prepare("SELECT 1 FROM accepted WHERE vault = ? AND run = ?");
  const remove = writer.prepare("DELETE FROM waiting_grant WHERE vault = ? AND run = ?");
  const removeOld = writer.prepare("DELETE FROM waiting_grant WHERE not_after < ?");
  const select = writer.prepare(
    "SELECT doc, seq, envelope FROM waiting_grant WHERE vault = ? AND host = ? ORDER BY not_after",
  );

  return {
    keep: ({ vault, host, run, notAfter, doc, seq, envelope }) =>
      database.write(() => {
        // A device that did not hear the first answer says it again, perhaps after the run was taken.
        if (isAccepted.get(idToBytes(vault), idToBytes(run)) !== undefined) return;
        upsert.run(idToBytes(vault), idToBytes(run), idToBytes(host), idToBytes(doc), seq, notAfter, envelope);
        trim.run(idToBytes(vault), waitingGrantsMax);
      }),
    drop: (vault, run) => {
      if (isThere.get(idToBytes(vault), idToBytes(run)) === undefined) return;
      // Kept by mistake it is offered once more, and the agent finds the run taken.
      void database.write(() => remove.run(idToBytes(vault), idToBytes(run))).catch(() => {});
    },
    of: (vault, host, now) => {
      void database.write(() => removeOld.run(now - clockSkewMs)).catch(() => {});
      return select.all(idToBytes(vault), idToBytes(host)).map((row) => ({
        doc: docIdFromBytes(row["doc"] as Uint8Array),
        seq: Number(row["seq"]),
        envelope: row["envelope"] as Uint8Array,
      }));
    },
  };
}
