/** A member's own copy of the roster: it grows by verified entries, and never shrinks or changes. */
import { isEqualBytes } from "#crypto/bytes.ts";
import { applyRosterEntry, readRoster, rosterEntryHash, type Roster } from "#crypto/roster.ts";

export interface RosterCopy {
  /** All entries since the genesis, which is pinned: `createRosterCopy` got it from this device's own store. */
  readonly entries: readonly Uint8Array[];
  readonly roster: Roster;
}

export type RosterMerge =
  | { readonly kind: "grown"; readonly copy: RosterCopy }
  | { readonly kind: "same" }
  /** They begin behind our end: ask for what is between. */
  | { readonly kind: "gap" }
  /** Another entry in a place of ours, or one that the rules refuse: nothing was taken. */
  | { readonly kind: "fork" };

/** Throws `CryptoError` when the entries are not a roster. */
export function createRosterCopy(entries: readonly Uint8Array[]): RosterCopy {
  return { entries, roster: readRoster(entries) };
}

/** Takes entries after seq `from` as a relay sent them. */
export function mergeRoster(copy: RosterCopy, from: number, incoming: readonly Uint8Array[]): RosterMerge {
  if (from > copy.entries.length) return { kind: "gap" };
  const entries = [...copy.entries];
  let { roster } = copy;
  for (const [index, entry] of incoming.entries()) {
    const held = copy.entries[from + index];
    if (held !== undefined) {
      if (!isEqualBytes(rosterEntryHash(held), rosterEntryHash(entry))) return { kind: "fork" };
      continue;
    }
    try {
      roster = applyRosterEntry(roster, entry);
    } catch {
      // reason: every way in which an entry can be wrong ends the same: it is not taken.
      return { kind: "fork" };
    }
    // The copy lets go of the frame around it.
    entries.push(entry.slice());
  }
  return entries.length === copy.entries.length ? { kind: "same" } : { kind: "grown", copy: { entries, roster } };
}
