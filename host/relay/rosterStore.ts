/**
 * The roster of the one vault that claimed this host: entries in order, appended by compare-and-swap on their seq and
 * flushed before they are acknowledged. The rules of the entries themselves are the vault's (crypto/roster.ts); the
 * claim decides whose genesis is the first.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { CryptoError } from "#crypto/errors.ts";
import { idToBytes } from "#crypto/ids.ts";
import { applyRosterEntry, rosterEntryHash, type Roster } from "#crypto/roster.ts";
import { HostError } from "../errors.ts";
import type { Database } from "./database.ts";

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
  /** `null` until a vault has claimed this host. */
  current(): VaultRoster | null;
  append(prevSeq: number, entry: Uint8Array, claim: Uint8Array | null): Promise<RosterOutcome>;
}

/** `isClaim` checks the signature of the claim over a genesis hash. */
export function createRosterStore(
  database: Database,
  isClaim: (genesisHash: Uint8Array, claim: Uint8Array) => boolean,
): RosterStore {
  const insertEntry = database.writer.prepare("INSERT INTO roster (vault, seq, entry, claim) VALUES (?, ?, ?, ?)");
  let vault = readVault(database);
  // One at a time: each entry is judged against the one before it, also while that one waits for the disk.
  let last: Promise<unknown> = Promise.resolve();

  async function appendNext(prevSeq: number, entry: Uint8Array, claim: Uint8Array | null): Promise<RosterOutcome> {
    const seq = vault?.roster.seq ?? 0;
    const known = vault?.entries[prevSeq];
    if (known !== undefined && isEqualBytes(known, entry)) return { kind: "repeated", seq: prevSeq + 1 };
    if (prevSeq !== seq) return { kind: "conflict", seq };
    if (vault === null && (claim === null || !isClaim(rosterEntryHash(entry), claim))) return { kind: "refused" };
    const grown = growVault(vault, entry, vault === null ? claim : vault.claim);
    if (grown === null) return { kind: "refused" };
    await database.write(() =>
      insertEntry.run(idToBytes(grown.roster.vault), grown.roster.seq, entry, vault === null ? claim : null),
    );
    vault = grown;
    return { kind: "stored", vault: grown };
  }

  return {
    current: () => vault,
    append: (prevSeq, entry, claim) => {
      // The bytes are a view of a frame that is gone once this returns.
      const [entryCopy, claimCopy] = [Uint8Array.from(entry), claim === null ? null : Uint8Array.from(claim)];
      const outcome = last.then(() => appendNext(prevSeq, entryCopy, claimCopy));
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

function readVault(database: Database): VaultRoster | null {
  const rows = database.reader.prepare("SELECT vault, entry, claim FROM roster ORDER BY vault, seq").all();
  return rows.reduce<VaultRoster | null>((vault, { vault: id, entry, claim }) => {
    const knownClaim = claim instanceof Uint8Array ? claim : (vault?.claim ?? null);
    const grown = entry instanceof Uint8Array ? growVault(vault, entry, knownClaim) : null;
    if (grown !== null && id instanceof Uint8Array && isEqualBytes(id, idToBytes(grown.roster.vault))) return grown;
    throw new HostError(
      "corrupt",
      "The list of your devices in the host's database is damaged and was left as it is. Restore the folder relay in the host's home from a backup; your devices keep their own copy.",
    );
  }, null);
}
