/**
 * The journal: a doc's envelopes on this device, as sealed as they travel. It is a Y.Doc of bytes, kept by the platform's store
 * (journalStore.ts), which knows nothing of what the bytes are:
 *
 *   "entries"   array of envelopes since the base
 *   "own"       array of this device's envelopes before that: what a host restored from a backup must be given again
 *   "aside"     array of envelopes that a removed device wrote too late: for the owner to decide
 *   "local"     map: pieces (the base), place (roomBase.ts), settled (settled.ts), slip (artifacts/slip.ts), each sealed for this device; an
 *               older journal has its base whole, as "base"
 *
 * Each change is one Yjs transaction, hence one row: a page killed at any moment leaves a journal that is whole. A browser aborts
 * what a page was storing when it went, so what is under way then is put into the lifeboat too, and taken in from there the next time.
 */
import * as Y from "yjs";
import type { DocId } from "#crypto/ids.ts";
import { localName, openLocal, sealLocal, type LocalKey } from "#crypto/localSeal.ts";
import { isEqualBytes } from "#crypto/bytes.ts";
import type { JournalStore } from "./journalStore.ts";
import type { Lifeboat } from "./lifeboat.ts";
import { asideBytesMax, asideEnvelopesMax } from "./limits.ts";
import { openPieces, sealPieces } from "./localPieces.ts";
import type { Pause, Random } from "./ports.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import { decodeSettled, encodeSettled } from "./settled.ts";

export interface Journal {
  /** Of its database, and of its row in the lifeboat. */
  readonly name: string;
  /** As last folded, opened; `null` when there is none, or when it does not open. */
  readonly base: Uint8Array | null;
  /** `null` also when there is a base that does not open: without it, a place in the log means nothing. */
  readonly place: Uint8Array | null;
  /** What was noted with that place, if nothing was added since. */
  readonly settled: Uint8Array | null;
  /** Of the base as it stands now. */
  readonly baseBytes: number;
  readonly entries: readonly Uint8Array[];
  /** Own envelopes that a fold took out of `entries`, oldest first. */
  readonly own: readonly Uint8Array[];
  /** What was typed and is no change of the doc yet; `null`: nothing, or what does not open. */
  readonly slip: Uint8Array | null;
  /** Late envelopes of removed devices, in the order they came. */
  readonly aside: readonly Uint8Array[];
  add(envelope: Uint8Array): void;
  /** All that `change` does is one row. */
  together(change: () => void): void;
  /** `false`: it lies there already, or there is no room. */
  setAside(envelope: Uint8Array): boolean;
  /** The owner has decided about these. */
  dropAside(isDecided: (envelope: Uint8Array) => boolean): void;
  /** `settled`: what is true for as long as nothing more is added and no other place is noted. */
  setPlace(place: Uint8Array, settled?: Uint8Array): void;
  setSlip(slip: Uint8Array | null): void;
  /** Puts a base in place of all entries; those that `isOwn` are kept aside. */
  fold(base: Uint8Array, isOwn: (envelope: Uint8Array) => boolean): void;
  /** Resolves when all of the above is on stable storage. Rejects with `VaultError("storage")`. */
  commit(): Promise<void>;
  /** The platform took away what was stored, and it was stored anew. */
  wasTaken(): boolean;
  /** What the lifeboat has to carry if the page goes now; `null`: nothing. */
  uncommitted(): Uint8Array | null;
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly store: JournalStore;
  readonly doc: DocId;
  readonly localKey: LocalKey;
  readonly random: Random;
  /** `null` where storing takes no turn. */
  readonly lifeboat: Lifeboat | null;
  readonly pause: Pause;
}

/** Of docs that are to be nowhere any more; none of them is open. Resolves when nothing of them is stored. */
export async function removeJournals(
  { journals, localKey, lifeboat }: Pick<ReplicaContext, "journals" | "localKey" | "lifeboat">,
  docs: readonly DocId[],
): Promise<void> {
  const names = docs.map((doc) => journalName(localKey, doc));
  await journals.remove(names);
  for (const name of names) lifeboat?.noteTaken(name);
}

/** Those docs that this device has stored anything of. */
export async function storedDocs(
  { journals, localKey, lifeboat }: Pick<ReplicaContext, "journals" | "localKey" | "lifeboat">,
  docs: readonly DocId[],
): Promise<ReadonlySet<DocId>> {
  const names = new Map(docs.map((doc) => [doc, journalName(localKey, doc)]));
  const stored = await journals.has([...names.values()]);
  const isStored = (name: string): boolean => stored.has(name) || (lifeboat?.find(name) ?? null) !== null;
  return new Set([...names].flatMap(([doc, name]) => (isStored(name) ? doc : [])));
}

const journalName = (localKey: LocalKey, doc: DocId): string => `sovereign-${localName(localKey, doc)}`;

export async function openJournal({ store, doc, localKey, random, lifeboat, pause }: JournalOptions): Promise<Journal> {
  const name = journalName(localKey, doc);
  // A name of its own choice would cost Yjs 31 random numbers.
  const held = new Y.Doc({ gc: true, guid: name });
  const entries = held.getArray<Uint8Array>("entries");
  const own = held.getArray<Uint8Array>("own");
  const aside = held.getArray<Uint8Array>("aside");
  const local = held.getMap<Uint8Array>("local");
  const stored = await store.open(name, held);
  /** Changes since the last commit began: what is lost if the page goes now. */
  let uncommitted: Uint8Array[] = [];
  held.on("update", (update: Uint8Array) => uncommitted.push(update));

  async function commit(): Promise<void> {
    const count = uncommitted.length;
    await stored.commit();
    uncommitted = uncommitted.slice(count);
  }

  const rescued = lifeboat?.find(name) ?? null;
  if (rescued !== null) {
    Y.applyUpdate(held, rescued);
    await commit();
    lifeboat?.noteTaken(name);
  }

  const label = (what: string): string => `journal/${what}/${doc}`;
  const read = async (what: "pieces" | "base" | "place" | "settled" | "slip"): Promise<Uint8Array | null> => {
    const sealed = local.get(what);
    if (sealed === undefined) return null;
    try {
      const name = label(what === "pieces" ? "base" : what);
      return what === "pieces" ? await openPieces(localKey, name, sealed, pause) : openLocal(localKey, name, sealed);
    } catch {
      // reason: a base that was tampered with is as good as none; the relay has what it held.
      return null;
    }
  };

  const hasBase = local.has("pieces") || local.has("base");
  const base = await read(local.has("pieces") ? "pieces" : "base");
  const place = base === null && hasBase ? null : await read("place");
  const settled = place === null ? null : await read("settled");
  const sealedPlace = local.get("place");
  const slip = await read("slip");
  return {
    name,
    base,
    place,
    settled: settled === null || sealedPlace === undefined ? null : decodeSettled(settled, sealedPlace, entries.length),
    slip,
    get baseBytes() {
      return (local.get("pieces") ?? local.get("base"))?.length ?? 0;
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
    together: (change) => held.transact(change),
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
    setPlace: (next, note) =>
      held.transact(() => {
        const sealed = sealLocal(localKey, label("place"), next, random);
        local.set("place", sealed);
        if (note !== undefined) {
          const whole = encodeSettled(sealed, entries.length, note);
          local.set("settled", sealLocal(localKey, label("settled"), whole, random));
        } else if (local.has("settled")) local.delete("settled");
      }),
    setSlip: (next) => {
      if (next !== null) local.set("slip", sealLocal(localKey, label("slip"), next, random));
      else if (local.has("slip")) local.delete("slip");
    },
    fold: (newBase, isOwn) =>
      held.transact(() => {
        own.push(entries.toArray().filter(isOwn));
        entries.delete(0, entries.length);
        local.set("pieces", sealPieces(localKey, label("base"), newBase, random));
        local.delete("base");
        local.delete("place");
        local.delete("settled");
      }),
    commit,
    wasTaken: stored.wasTaken,
    uncommitted: () => (uncommitted.length === 0 ? null : Y.mergeUpdates(uncommitted)),
    close: async () => {
      await stored.close();
      held.destroy();
    },
  };
}
