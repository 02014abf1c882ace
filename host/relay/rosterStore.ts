/**
 * The rosters of the vaults at this host, each in its place (places.ts): entries in order, appended by compare-and-swap on their seq and
 * flushed before they are acknowledged. The rules of the entries themselves are the vault's (crypto/roster.ts); the
 * place's link decides whose genesis is the first.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { CryptoError } from "#crypto/errors.ts";
import { idToBytes, type VaultId } from "#crypto/ids.ts";
import { applyRosterEntry, rosterEntryHash, type Roster } from "#crypto/roster.ts";
import { HostError } from "../errors.ts";
import type { Database } from "./database.ts";
import type { Place, Places } from "./places.ts";

export interface VaultRoster {
  readonly roster: Roster;
  readonly entries: readonly Uint8Array[];
  /** Hash of each entry, so that an envelope's roster head can be checked at the seq it names. */
  readonly heads: readonly Uint8Array[];
  /** The signature that claimed this host with the genesis. */
  readonly claim: Uint8Array | null;
}

export type RosterOutcome =
  | { readonly kind: "stored"; readonly vault: VaultRoster }
  /** The very same entry stands at that place: a repeated CAS is answered like the first. */
  | { readonly kind: "repeated"; readonly seq: number }
  | { readonly kind: "conflict"; readonly seq: number }
  | { readonly kind: "refused" };

export interface RosterStore {
  /** `null` until a vault has come to this place, and when it is not served any more. */
  of(place: Place): VaultRoster | null;
  placeOf(vault: VaultId): Place | null;
  /** Places that hold a vault which is served. */
  taken(): readonly Place[];
  append(place: Place, prevSeq: number, entry: Uint8Array, claim: Uint8Array | null): Promise<RosterOutcome>;
}

export function createRosterStore(
  database: Database,
  places: Pick<Places, "placeOf" | "admits" | "isServed">,
): RosterStore {
  const insertEntry = database.writer.prepare("INSERT INTO roster (vault, seq, entry, claim) VALUES (?, ?, ?, ?)");
  const vaults = new Map<Place, VaultRoster>();
  for (const vault of readVaults(database))
    vaults.set(places.placeOf(vault.heads[0] ?? new Uint8Array(0), vault.claim), vault);
  // One at a time: each entry is judged against the one before it, also while that one waits for the disk.
  let last: Promise<unknown> = Promise.resolve();

  async function appendNext(
    place: Place,
    prevSeq: number,
    entry: Uint8Array,
    claim: Uint8Array | null,
  ): Promise<RosterOutcome> {
    const vault = vaults.get(place) ?? null;
    const seq = vault?.roster.seq ?? 0;
    const known = vault?.entries[prevSeq];
    if (known !== undefined && isEqualBytes(known, entry)) return { kind: "repeated", seq: prevSeq + 1 };
    if (prevSeq !== seq) return { kind: "conflict", seq };
    if (vault === null && !places.admits(place, rosterEntryHash(entry), claim)) return { kind: "refused" };
    const grown = growVault(vault, entry, vault === null ? claim : vault.claim);
    if (grown === null) return { kind: "refused" };
    await database.write(() =>
      insertEntry.run(idToBytes(grown.roster.vault), grown.roster.seq, entry, vault === null ? claim : null),
    );
    vaults.set(place, grown);
    return { kind: "stored", vault: grown };
  }

  return {
    of: (place) => (places.isServed(place) ? (vaults.get(place) ?? null) : null),
    placeOf: (id) => [...vaults].find(([, { roster }]) => roster.vault === id)?.[0] ?? null,
    taken: () => [...vaults.keys()].filter((place) => places.isServed(place)),
    append: (place, prevSeq, entry, claim) => {
      // The bytes are a view of a frame that is gone once this returns.
      const [entryCopy, claimCopy] = [Uint8Array.from(entry), claim === null ? null : Uint8Array.from(claim)];
      const outcome = last.then(() => appendNext(place, prevSeq, entryCopy, claimCopy));
      last = outcome.catch(() => {});
      return outcome;
    },
  };
}

/** `null` when the roster's rules refuse the entry. */
function growVault(vault: VaultRoster | null, entry: Uint8Array, claim: Uint8Array | null): VaultRoster | null {
  try {
    const roster = applyRosterEntry(vault?.roster ?? null, entry);
    return {
      roster,
      entries: [...(vault?.entries ?? []), entry],
      heads: [...(vault?.heads ?? []), rosterEntryHash(entry)],
      claim,
    };
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}

function readVaults(database: Database): readonly VaultRoster[] {
  const rows = database.reader.prepare("SELECT vault, entry, claim FROM roster ORDER BY vault, seq").all();
  const vaults: VaultRoster[] = [];
  for (const { vault: id, entry, claim } of rows) {
    const last = vaults.at(-1);
    // The next vault begins with its own genesis.
    const isSame = last !== undefined && id instanceof Uint8Array && isEqualBytes(id, idToBytes(last.roster.vault));
    const before = isSame ? last : null;
    const knownClaim = claim instanceof Uint8Array ? claim : (before?.claim ?? null);
    const grown = entry instanceof Uint8Array ? growVault(before, entry, knownClaim) : null;
    if (grown === null || !(id instanceof Uint8Array) || !isEqualBytes(id, idToBytes(grown.roster.vault))) {
      throw new HostError(
        "corrupt",
        "The list of your devices in the host's database is damaged and was left as it is. Restore the folder relay in the host's home from a backup; your devices keep their own copy.",
      );
    }
    if (isSame) vaults.pop();
    vaults.push(grown);
  }
  return vaults;
}
