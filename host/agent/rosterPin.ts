/**
 * Which vault this host serves, and who its devices are. The relay hands the roster over and is not trusted with it: the first
 * genesis must be signed with the claim key, from then on it is pinned, every entry must follow the one before, and a roster that
 * is shorter than one seen before (or another of the same length) is refused.
 *
 *   HOME/agent/roster   JSON {vault, seq, head}: the newest entry seen, public data
 */
import { join } from "node:path";
import { bytesToHex, bytesToUtf8, hexToBytes, isEqualBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { verifyClaim } from "#crypto/claim.ts";
import { CryptoError } from "#crypto/errors.ts";
import { applyRosterEntry, rosterEntryHash, type Roster } from "#crypto/roster.ts";
import { HostError } from "../errors.ts";
import { readFileIfThere, writeFileWhole } from "../home.ts";

/** What is remembered between two lives of the agent. */
export interface Pin {
  readonly vault: string;
  readonly seq: number;
  readonly head: Uint8Array;
}

export interface PinStore {
  read(): Pin | null;
  write(pin: Pin): void;
}

/** Why entries were not taken: a gap can be asked for, everything else is the relay's lie or its loss. */
type RosterOutcome =
  | { readonly kind: "taken"; readonly roster: Roster }
  | { readonly kind: "known" }
  | { readonly kind: "gap"; readonly from: number }
  | { readonly kind: "refused"; readonly says: string };

export interface RosterPin {
  readonly roster: Roster | null;
  take(from: number, entries: readonly Uint8Array[], claim: Uint8Array | null): RosterOutcome;
}

export function createRosterPin(store: PinStore, claimKey: Uint8Array | null): RosterPin {
  let roster: Roster | null = null;
  let pin = store.read();

  const takeAll = (entries: readonly Uint8Array[], claim: Uint8Array | null): Roster | string => {
    const genesis = entries[0];
    if (genesis === undefined) return "The relay showed an empty list of devices.";
    const hash = rosterEntryHash(genesis);
    if (pin !== null && bytesToHex(hash) !== pin.vault)
      return "The relay shows another vault than the one this host belongs to.";
    const isClaimed = claimKey !== null && claim !== null && verifyClaim(claimKey, hash, claim);
    if (pin === null && !isClaimed) return "The relay shows a vault that was not created with this host's link.";
    let next: Roster | null = null;
    for (const entry of entries) {
      next = applyRosterEntry(next, entry);
      if (pin !== null && next.seq === pin.seq && !isEqualBytes(next.head, pin.head)) {
        return "The relay shows a different history of your devices than before.";
      }
    }
    if (next === null || next.seq < (pin?.seq ?? 0))
      return "The relay lost the newest changes to your devices, as after an older backup.";
    return next;
  };

  const takeNext = (current: Roster, from: number, entries: readonly Uint8Array[]): Roster | string => {
    let next = current;
    for (const [index, entry] of entries.entries()) {
      // What we hold already may come again; it must then be the same, which the next entry's link proves.
      if (from + index >= next.seq) next = applyRosterEntry(next, entry);
    }
    return next;
  };

  return {
    get roster() {
      return roster;
    },
    take: (from, entries, claim) => {
      if (from > (roster?.seq ?? 0)) return { kind: "gap", from: roster?.seq ?? 0 };
      try {
        const next = roster === null ? takeAll(entries, claim) : takeNext(roster, from, entries);
        if (typeof next === "string") return { kind: "refused", says: next };
        if (roster !== null && next.seq === roster.seq) return { kind: "known" };
        roster = next;
        pin = { vault: next.vault, seq: next.seq, head: next.head };
        store.write(pin);
        return { kind: "taken", roster: next };
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
        return { kind: "refused", says: error.ownerSentence };
      }
    },
  };
}

export function openPinStore(folder: string): PinStore {
  const file = join(folder, "roster");
  return {
    read: () => {
      const bytes = readFileIfThere(file);
      return bytes === null ? null : parsePin(file, bytes);
    },
    write: ({ vault, seq, head }) =>
      writeFileWhole(file, utf8ToBytes(JSON.stringify({ vault, seq, head: bytesToHex(head) }))),
  };
}

function parsePin(file: string, bytes: Uint8Array): Pin {
  try {
    const { vault, seq, head } = JSON.parse(bytesToUtf8(bytes)) as { vault?: unknown; seq?: unknown; head?: unknown };
    const headBytes = typeof head === "string" ? hexToBytes(head) : null;
    if (typeof vault === "string" && typeof seq === "number" && headBytes?.length === 32)
      return { vault, seq, head: headBytes };
  } catch {
    // reason: the sentence below is the same for every kind of damage.
  }
  throw new HostError(
    "corrupt",
    `${file} is damaged. Put back a copy of it, or delete it: the host then trusts the vault that was created with its link.`,
  );
}
