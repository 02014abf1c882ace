/**
 * Under which generation of the vault key each epoch of a doc began, read from the clear parts of the REKEYs in its log. With it a
 * relay, which opens nothing, still refuses what is sealed under a key that a removed device holds (RK5). Epochs that two devices
 * began side by side share a number: the newest generation among them counts, since only members can tell the keys apart.
 */
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId, VaultId } from "#crypto/ids.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { generationAt, type Roster } from "#crypto/roster.ts";
import { epochCacheMax } from "./limits.ts";

/** All REKEY envelopes of a doc; they were verified before they were stored. */
export type FindRekeys = (vault: VaultId, doc: DocId) => readonly Uint8Array[];

export interface Epochs {
  /** Whether the roster that an envelope names had done away with the key it says it is sealed under. Throws `CryptoError`. */
  isStale(roster: Roster, envelope: ParsedEnvelope): boolean;
}

export function createEpochs(findRekeys: FindRekeys): Epochs {
  // By vault and doc: what one vault says of a doc that is another's must not stand for what the other says.
  const known = new Map<string, ReadonlyMap<number, number>>();
  const nameOf = (vault: VaultId, doc: DocId): string => `${vault} ${doc}`;

  function generationsOf(vault: VaultId, doc: DocId): ReadonlyMap<number, number> {
    const name = nameOf(vault, doc);
    const generations = known.get(name) ?? readGenerations(findRekeys(vault, doc));
    known.delete(name);
    known.set(name, generations);
    const oldest = known.keys().next();
    if (known.size > epochCacheMax && oldest.done === false) known.delete(oldest.value);
    return generations;
  }

  return {
    isStale: (roster, envelope) => {
      const wanted = generationAt(roster, envelope.rosterSeq);
      if (envelope.kind === "rekey") {
        // It is about to be stored: the next look reads it from the log.
        known.delete(nameOf(roster.vault, envelope.doc));
        return parseRekeyClear(envelope).generation !== wanted;
      }
      const generation = generationsOf(roster.vault, envelope.doc).get(envelope.epoch);
      // A log that was rolled back has lost its REKEYs; devices, which keep them, judge for themselves.
      return generation !== undefined && generation < wanted;
    },
  };
}

function readGenerations(rekeys: readonly Uint8Array[]): ReadonlyMap<number, number> {
  const generations = new Map<number, number>();
  for (const bytes of rekeys) {
    const rekey = parseEnvelope(bytes);
    const { generation } = parseRekeyClear(rekey);
    generations.set(rekey.epoch, Math.max(generation, generations.get(rekey.epoch) ?? 0));
  }
  return generations;
}
