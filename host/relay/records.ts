/**
 * Records: what an agent leaves for the owner's devices (crypto/record.ts), sealed to them. Each is kept here until a device says that
 * it is filed, and handed on in the order in which they came. The relay knows how many there are and how large, and nothing else.
 */
import { idToBytes, type VaultId } from "#crypto/ids.ts";
import type { Database } from "./database.ts";
import { recordKeptMs, recordsBytesMax, recordsMax } from "./limits.ts";

export interface KeptRecord {
  readonly seq: number;
  readonly record: Uint8Array;
}

export interface RecordStore {
  /** Resolves when it is on stable storage; `null` when as many wait as may. The same one again is kept once. */
  put(vault: VaultId, id: Uint8Array, record: Uint8Array): Promise<KeptRecord | null>;
  /** The first behind `seq`. */
  after(vault: VaultId, seq: number): KeptRecord | null;
  drop(vault: VaultId, id: Uint8Array): void;
}

// It comes with its first use: a log of before has no such table, and needs none.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, vault BLOB NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL,
    UNIQUE (vault, id)
  ) STRICT;
`;

export function createRecordStore(database: Database, wallNowMs: () => number): RecordStore {
  const { writer, reader } = database;
  writer.exec(SCHEMA);
  const insert = writer.prepare(
    "INSERT INTO record (vault, id, at, record) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const find = writer.prepare("SELECT seq FROM record WHERE vault = ? AND id = ?");
  const count = writer.prepare("SELECT COUNT(*) AS count, TOTAL(LENGTH(record)) AS bytes FROM record WHERE vault = ?");
  const remove = writer.prepare("DELETE FROM record WHERE vault = ? AND id = ?");
  const removeOld = writer.prepare("DELETE FROM record WHERE at < ?");
  const next = reader.prepare("SELECT seq, record FROM record WHERE vault = ? AND seq > ? ORDER BY seq LIMIT 1");

  return {
    put: async (vault, id, record) => {
      // The bytes are a view of a frame that is gone once this returns.
      const [idCopy, copy] = [Uint8Array.from(id), Uint8Array.from(record)];
      const seq = await database.write(() => {
        removeOld.run(wallNowMs() - recordKeptMs);
        const known = find.get(idToBytes(vault), idCopy);
        if (known !== undefined) return Number(known["seq"]);
        const there = count.get(idToBytes(vault));
        const isFull =
          Number(there?.["count"]) >= recordsMax || Number(there?.["bytes"]) + copy.length > recordsBytesMax;
        return isFull ? null : Number(insert.run(idToBytes(vault), idCopy, wallNowMs(), copy).lastInsertRowid);
      });
      return seq === null ? null : { seq, record: copy };
    },
    after: (vault, seq) => {
      const row = next.get(idToBytes(vault), seq);
      return row === undefined ? null : { seq: Number(row["seq"]), record: row["record"] as Uint8Array };
    },
    drop: (vault, id) => {
      const copy = Uint8Array.from(id);
      // Kept by mistake it is handed out once more, and the device finds it filed.
      void database.write(() => remove.run(idToBytes(vault), copy)).catch(() => {});
    },
  };
}
