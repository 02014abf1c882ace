/**
 * This device's identity in the browser: one row of one IndexedDB store, with the lock key (which the browser keeps and does not
 * show) and the secrets sealed under their lock (identityLock.ts). Every write is strict: a vault is claimed only after its keys
 * are kept.
 *
 * A browser's database keeps what was overwritten until it happens to tidy up. When the lock key goes, that would leave it on
 * disk beside the secrets that it opens, so the record moves into a fresh database, and the one before it is deleted, which
 * tidies up at once. Of two that stand after a crash, the later counts and the other goes.
 */
import { VaultError } from "./errors.ts";
import { deleteDatabase, listDatabases, openDatabase, whenComplete } from "./openDatabase.ts";
import type { IdentityRecord, IdentityStore } from "./ports.ts";

const DATABASES = ["sovereign-identity", "sovereign-identity-b"] as const;
const STORE = "identity";
const ROW = "device";

type DatabaseName = (typeof DATABASES)[number];
interface Held {
  readonly database: DatabaseName;
  /** How often the record moved. */
  readonly moves: number;
  readonly record: IdentityRecord;
}

export function openIdentityStore(): IdentityStore {
  return {
    read: async () => (await findHeld())?.record ?? null,
    write: async (record) => {
      const held = await findHeld();
      if (held === null) return put(DATABASES[0], 0, record);
      if (record.key !== null || held.record.key === null) return put(held.database, held.moves, record);
      const fresh = held.database === DATABASES[0] ? DATABASES[1] : DATABASES[0];
      await put(fresh, held.moves + 1, record);
      await deleteDatabase(held.database);
    },
    clear: async () => {
      for (const database of DATABASES) await deleteDatabase(database);
    },
  };
}

async function findHeld(): Promise<Held | null> {
  const all: Held[] = [];
  const there = await listDatabases();
  for (const database of DATABASES.filter((name) => there.has(name))) {
    const held = parseHeld(database, await inStore(database, "readonly", (store) => store.get(ROW)));
    if (held !== null) all.push(held);
  }
  const [newest = null, ...older] = all.sort((a, b) => b.moves - a.moves);
  for (const { database } of older) await deleteDatabase(database);
  return newest;
}

async function put(database: DatabaseName, moves: number, record: IdentityRecord): Promise<void> {
  await inStore(database, "readwrite", (store) => store.put({ ...record, moves }, ROW));
}

/** Resolves with the request's result when its transaction is complete. */
async function inStore(
  name: DatabaseName,
  mode: IDBTransactionMode,
  request: (store: IDBObjectStore) => { readonly result: unknown },
): Promise<unknown> {
  const database = await openDatabase(name, (fresh) => fresh.createObjectStore(STORE));
  try {
    const transaction = database.transaction([STORE], mode, { durability: "strict" });
    const pending = request(transaction.objectStore(STORE));
    await whenComplete(transaction);
    return pending.result;
  } catch (cause) {
    throw new VaultError("storage", "identity", { cause });
  } finally {
    database.close();
  }
}

function parseHeld(database: DatabaseName, value: unknown): Held | null {
  if (value === undefined) return null;
  const { key, sealed, moves } = value as {
    readonly key?: unknown;
    readonly sealed?: unknown;
    readonly moves?: unknown;
  };
  if (!(key === null || key instanceof CryptoKey) || !(sealed instanceof Uint8Array)) {
    throw new VaultError("locked", "identity record");
  }
  return { database, moves: typeof moves === "number" ? moves : 0, record: { key, sealed } };
}
