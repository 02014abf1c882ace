/**
 * Where journals lie: the port that a platform supplies. A store keeps one `Y.Doc` of sealed bytes under each name, and knows
 * nothing of what the bytes are (journal.ts). The browser's is indexedDbJournals.ts; a terminal's is host/cli/sqliteJournals.ts.
 * One contract suite runs on both: testing/journalStoreSuite.ts.
 */
import type { Doc } from "yjs";

export interface JournalStore {
  /** Fills `held` with what is stored under `name`, and from then on keeps what changes in it. Rejects with `VaultError("storage")`. */
  open(name: string, held: Doc): Promise<StoredDoc>;
  /** Those of the names under which something is stored. Rejects with `VaultError("storage")`. */
  has(names: readonly string[]): Promise<ReadonlySet<string>>;
  /** For good, also names that nobody wrote; none of them is open. Resolves when that is on stable storage. Rejects with `VaultError("storage")`. */
  remove(names: readonly string[]): Promise<void>;
}

export interface StoredDoc {
  /** Resolves when every change so far is on stable storage, each transaction of the Y.Doc whole. Rejects with `VaultError("storage")`. */
  commit(): Promise<void>;
  /** What was stored was taken away while it was open, and stored anew. */
  wasTaken(): boolean;
  close(): Promise<void>;
}
