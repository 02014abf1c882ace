/**
 * The journal: a doc's envelopes on this device, as sealed as they travel. It is a Y.Doc of bytes, kept by unmodified
 * y-indexeddb, which knows nothing of what the bytes are:
 *
 *   "entries"   array of envelopes since the base
 *   "own"       array of this device's envelopes before that: what a host restored from a backup must be given again
 *   "aside"     array of envelopes that a removed device wrote too late: for the owner to decide
 *   "local"     map: base, place (roomBase.ts), each sealed for this device
 *
 * Each change is one Yjs transaction, hence one row: a page killed at any moment leaves a journal that is whole. y-indexeddb
 * does not say when a row is stored, so `commit` puts a strict transaction behind it and checks that the rows are there. Nor
 * does it commit its transactions: a browser does so after a further turn of the page, and aborts them when there is none. So
 * what is under way when the page goes is put into the lifeboat too, and taken in from there the next time.
 */
import { IndexeddbPersistence, storeState } from "y-indexeddb";
import * as Y from "yjs";
import type { DocId } from "#crypto/ids.ts";
import { localName, openLocal, sealLocal, type LocalKey } from "#crypto/localSeal.ts";
import { isEqualBytes } from "#crypto/bytes.ts";
import { VaultError } from "./errors.ts";
import type { Lifeboat } from "./lifeboat.ts";
import { asideBytesMax, asideEnvelopesMax } from "./limits.ts";
import type { Random } from "./ports.ts";

export interface Journal {
  /** Of its database, and of its row in the lifeboat. */
  readonly name: string;
  /** As last folded, opened; `null` when there is none, or when it does not open. */
  readonly base: Uint8Array | null;
  /** `null` also when there is a base that does not open: without it, a place in the log means nothing. */
  readonly place: Uint8Array | null;
  /** Of the base as it stands now. */
  readonly baseBytes: number;
  readonly entries: readonly Uint8Array[];
  /** Own envelopes that a fold took out of `entries`, oldest first. */
  readonly own: readonly Uint8Array[];
  /** Late envelopes of removed devices, in the order they came. */
  readonly aside: readonly Uint8Array[];
  add(envelope: Uint8Array): void;
  /** `false`: it lies there already, or there is no room. */
  setAside(envelope: Uint8Array): boolean;
  /** The owner has decided about these. */
  dropAside(isDecided: (envelope: Uint8Array) => boolean): void;
  setPlace(place: Uint8Array): void;
  /** Puts a base in place of all entries; those that `isOwn` are kept aside. */
  fold(base: Uint8Array, isOwn: (envelope: Uint8Array) => boolean): void;
  /** Resolves when all of the above is on stable storage. Rejects with `VaultError("storage")`. */
  commit(): Promise<void>;
  /** What the lifeboat has to carry if the page goes now; `null`: nothing. */
  uncommitted(): Uint8Array | null;
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly doc: DocId;
  readonly localKey: LocalKey;
  readonly random: Random;
  /** `null` where storing takes no turn. */
  readonly lifeboat: Lifeboat | null;
}

export async function openJournal({ doc, localKey, random, lifeboat }: JournalOptions): Promise<Journal> {
  const held = new Y.Doc({ gc: true });
  const entries = held.getArray<Uint8Array>("entries");
  const own = held.getArray<Uint8Array>("own");
  const aside = held.getArray<Uint8Array>("aside");
  const local = held.getMap<Uint8Array>("local");
  const name = `sovereign-${localName(localKey, doc)}`;
  const persistence = new IndexeddbPersistence(name, held);
  await persistence.whenSynced;
  const database = persistence.db;
  if (database === null) throw new VaultError("storage", "journal has no database");
  let rowKey = await newestRowKey(database);
  /** Rows handed over since the last commit began: what is lost if the page goes now. */
  let uncommitted: Uint8Array[] = [];
  held.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin === persistence) return;
    rowKey += 1;
    uncommitted.push(update);
  });

  const rescued = lifeboat?.find(name) ?? null;
  if (rescued !== null) {
    Y.applyUpdate(held, rescued);
    await commitStrictly(database);
    lifeboat?.noteTaken(name);
  }

  const label = (what: string): string => `journal/${what}/${doc}`;
  const read = (what: "base" | "place"): Uint8Array | null => {
    const sealed = local.get(what);
    if (sealed === undefined) return null;
    try {
      return openLocal(localKey, label(what), sealed);
    } catch {
      // reason: a base that was tampered with is as good as none; the relay has what it held.
      return null;
    }
  };
  const write = (what: "base" | "place", plain: Uint8Array): void => {
    local.set(what, sealLocal(localKey, label(what), plain, random));
  };

  const base = read("base");
  return {
    name,
    base,
    place: base === null && local.has("base") ? null : read("place"),
    get baseBytes() {
      return local.get("base")?.length ?? 0;
    },
    get entries() {
      return entries.toArray();
    },
    get own() {
      return own.toArray();
    },
    get aside() {
      return aside.toArray();
    },
    add: (envelope) => entries.push([envelope]),
    setAside: (envelope) => {
      const there = aside.toArray();
      const bytes = there.reduce((sum, { length }) => sum + length, envelope.length);
      if (there.length >= asideEnvelopesMax || bytes > asideBytesMax) return false;
      if (there.some((other) => isEqualBytes(other, envelope))) return false;
      aside.push([envelope]);
      return true;
    },
    dropAside: (isDecided) =>
      held.transact(() => {
        for (let index = aside.length - 1; index >= 0; index--) if (isDecided(aside.get(index))) aside.delete(index, 1);
      }),
    setPlace: (place) => write("place", place),
    fold: (newBase, isOwn) =>
      held.transact(() => {
        own.push(entries.toArray().filter(isOwn));
        entries.delete(0, entries.length);
        write("base", newBase);
        local.delete("place");
      }),
    commit: async () => {
      const expected = rowKey;
      const count = uncommitted.length;
      const found = await commitStrictly(database);
      if (found >= expected) {
        uncommitted = uncommitted.slice(count);
        return;
      }
      // A row is missing, as when the disk was full for a while: the whole state goes in once more.
      await storeState(persistence);
      rowKey = await commitStrictly(database);
      if (rowKey <= found) throw new VaultError("storage", "the journal's rows are not stored");
      uncommitted = uncommitted.slice(count);
    },
    uncommitted: () => (uncommitted.length === 0 ? null : Y.mergeUpdates(uncommitted)),
    close: async () => {
      await persistence.destroy();
      held.destroy();
    },
  };
}

/**
 * The newest row's key, once everything written before is on the disk. Transactions on one store run in order, and a strict
 * one is flushed before it completes; it writes a byte, since a browser may skip the flush of one that changes nothing.
 */
function commitStrictly(database: IDBDatabase): Promise<number> {
  return newestRowKey(database, { isStrict: true });
}

function newestRowKey(database: IDBDatabase, { isStrict } = { isStrict: false }): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (): void =>
      reject(new VaultError("storage", "the journal cannot be written", { cause: transaction.error }));
    let transaction: IDBTransaction;
    try {
      transaction = isStrict
        ? database.transaction(["updates", "custom"], "readwrite", { durability: "strict" })
        : database.transaction(["updates"], "readonly");
    } catch (cause) {
      return reject(new VaultError("storage", "the journal is closed", { cause }));
    }
    const request = transaction.objectStore("updates").openKeyCursor(null, "prev");
    if (isStrict) transaction.objectStore("custom").put(1, "committed");
    transaction.oncomplete = () => resolve(Number(request.result?.key ?? 0));
    transaction.onerror = fail;
    transaction.onabort = fail;
  });
}
