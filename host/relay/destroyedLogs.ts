/**
 * Logs that a device of the vault had destroyed: every row of theirs is deleted (the file overwrites what it deletes, database.ts), and their docs' ids stay, so that no device that was away brings one
 * back. What a device then still asks of such a log is not answered, and what it sends is `busy`, until it has heard from the catalog that there is nothing to send.
 */
import { docIdFromBytes, idToBytes, vaultIdFromBytes, type DocId, type VaultId } from "#crypto/ids.ts";
import type { Database } from "./database.ts";
import { destroyedDocsMax } from "./limits.ts";

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
  const removals = TABLES.map((table) => writer.prepare(`DELETE FROM ${table} WHERE doc = ?`));
  const removeDoc = writer.prepare("DELETE FROM doc WHERE id = ?");
  // Its table is made by waitingGrants.ts, perhaps after this one.
  let removeWaiting: ReturnType<typeof writer.prepare> | null = null;

  return {
    has: (vault, doc) => known.get(vault)?.has(doc) ?? false,
    destroy: async (vault, docs) => {
      const there = ofVault(vault);
      const fresh = docs.filter((doc) => !there.has(doc));
      if (fresh.length === 0) return true;
      if (there.size + fresh.length > destroyedDocsMax) return false;
      // From this turn on nothing more is taken for them.
      for (const doc of fresh) there.add(doc);
      try {
        await database.write(() => {
          removeWaiting ??= writer.prepare("DELETE FROM waiting_grant WHERE vault = ? AND doc = ?");
          for (const doc of fresh) {
            const id = idToBytes(doc);
            insert.run(idToBytes(vault), id);
            removeWaiting.run(idToBytes(vault), id);
            const row = select.get(id, idToBytes(vault));
            if (row === undefined) continue;
            const number = Number(row["id"]);
            for (const removal of removals) removal.run(number);
            removeDoc.run(number);
          }
          onDropped();
        });
        database.emptyWal();
        return true;
      } catch (cause) {
        for (const doc of fresh) there.delete(doc);
        throw cause;
      }
    },
  };
}
