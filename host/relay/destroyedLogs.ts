/**
 * Logs that a device of the vault had destroyed: every row of theirs is deleted (the file overwrites what it deletes, database.ts), and their docs' ids stay, so that no device that was away brings one
 * back. What a device then still asks of such a log is not answered, and what it sends is `busy`, until it has heard from the catalog that there is nothing to send.
 * A project's files are gigabytes, and what overwrites them goes through the write-ahead log: so their rows go a few megabytes at a time, between what else the relay does, and what was cut off in the middle goes on at the
 * next start.
 */
import { docIdFromBytes, idToBytes, vaultIdFromBytes, type DocId, type VaultId } from "#crypto/ids.ts";
import type { Database } from "./database.ts";
import { destroyAtOnceBytes, destroyAtOnceRows, destroyedDocsMax } from "./limits.ts";

export interface DestroyedLogs {
  has(vault: VaultId, doc: DocId): boolean;
  /** Resolves when it is on stable storage. `false`: the vault has destroyed more than is kept count of. */
  destroy(vault: VaultId, docs: readonly DocId[]): Promise<boolean>;
}

// It comes with its first use: a log of before has no such table, and needs none.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS destroyed (
    vault BLOB NOT NULL, doc BLOB NOT NULL,
    PRIMARY KEY (vault, doc)
  ) STRICT, WITHOUT ROWID;
`;

/** Those that a trigger of `envelope` asks for a doc's vault come before the doc. */
const TABLES = ["tip", "envelope", "snapshot", "coverage", "mark"] as const;

/** What a row takes besides its envelope. */
const ROW_BYTES = 200;

export function createDestroyedLogs(database: Database, onDropped: () => void): DestroyedLogs {
  const { writer } = database;
  writer.exec(SCHEMA);
  const known = new Map<VaultId, Set<DocId>>();
  const ofVault = (vault: VaultId): Set<DocId> => {
    const docs = known.get(vault) ?? new Set();
    known.set(vault, docs);
    return docs;
  };
  for (const row of writer.prepare("SELECT vault, doc FROM destroyed").iterate())
    ofVault(vaultIdFromBytes(row["vault"] as Uint8Array)).add(docIdFromBytes(row["doc"] as Uint8Array));

  const insert = writer.prepare("INSERT INTO destroyed (vault, doc) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const select = writer.prepare("SELECT id FROM doc WHERE doc = ? AND vault = ?");
  const lengths = writer.prepare(
    "SELECT seq, length(envelope) AS bytes FROM envelope WHERE doc = ? ORDER BY seq LIMIT ?",
  );
  const removeUpTo = writer.prepare("DELETE FROM envelope WHERE doc = ? AND seq <= ?");
  const isLeft = writer.prepare("SELECT 1 FROM envelope WHERE doc = ? LIMIT 1");
  const removals = TABLES.map((table) => writer.prepare(`DELETE FROM ${table} WHERE doc = ?`));
  const removeDoc = writer.prepare("DELETE FROM doc WHERE id = ?");
  // Its table is made by waitingGrants.ts, perhaps after this one.
  let removeWaiting: ReturnType<typeof writer.prepare> | null = null;

  /** In one transaction: as much of the first of them as goes at once, and more of them while there is room. Those that are left. */
  function dropSome(vault: VaultId, docs: readonly DocId[]): readonly DocId[] {
    let room = destroyAtOnceBytes;
    for (const [at, doc] of docs.entries()) {
      if (room <= 0) return docs.slice(at);
      // Looked for in each turn: a number is given anew once its doc is gone.
      const row = select.get(idToBytes(doc), idToBytes(vault));
      if (row === undefined) continue;
      const number = Number(row["id"]);
      let last = null;
      for (const { seq, bytes } of lengths.all(number, destroyAtOnceRows)) {
        last = Number(seq);
        room -= Number(bytes) + ROW_BYTES;
        if (room <= 0) break;
      }
      if (last !== null) removeUpTo.run(number, last);
      if (isLeft.get(number) !== undefined) return docs.slice(at);
      for (const removal of removals) removal.run(number);
      removeDoc.run(number);
      onDropped();
    }
    return [];
  }

  async function drop(vault: VaultId, docs: readonly DocId[]): Promise<void> {
    let left: readonly DocId[] = docs.filter((doc) => select.get(idToBytes(doc), idToBytes(vault)) !== undefined);
    if (left.length === 0) return;
    try {
      while (left.length > 0) {
        const now = left;
        left = await database.write(() => dropSome(vault, now));
      }
    } finally {
      database.emptyWal();
    }
  }

  const cutOff = writer
    .prepare("SELECT d.vault, d.doc FROM destroyed d JOIN doc ON doc.doc = d.doc AND doc.vault = d.vault")
    .all();
  for (const row of cutOff)
    // What fails here is told by whoever writes next, and goes on when a device says it again.
    drop(vaultIdFromBytes(row["vault"] as Uint8Array), [docIdFromBytes(row["doc"] as Uint8Array)]).catch(() => {});

  return {
    has: (vault, doc) => known.get(vault)?.has(doc) ?? false,
    destroy: async (vault, docs) => {
      const there = ofVault(vault);
      const fresh = docs.filter((doc) => !there.has(doc));
      if (there.size + fresh.length > destroyedDocsMax) return false;
      // From this turn on nothing more is taken for them.
      for (const doc of fresh) there.add(doc);
      try {
        if (fresh.length > 0)
          await database.write(() => {
            removeWaiting ??= writer.prepare("DELETE FROM waiting_grant WHERE vault = ? AND doc = ?");
            for (const doc of fresh) {
              insert.run(idToBytes(vault), idToBytes(doc));
              removeWaiting.run(idToBytes(vault), idToBytes(doc));
            }
          });
      } catch (cause) {
        for (const doc of fresh) there.delete(doc);
        throw cause;
      }
      // Also of those that were said before, by another link: whoever is answered knows that nothing is left.
      await drop(vault, docs);
      return true;
    },
  };
}
