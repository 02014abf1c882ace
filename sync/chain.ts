/** One author's chain in one doc: each envelope names the one before it, so order, gaps and forks show by themselves. */
import { bytesToHex } from "#crypto/bytes.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { parseFinalClear } from "#crypto/laneHeader.ts";
import type { Covered } from "#crypto/snapshotHeader.ts";
import { rememberedHashesMax } from "./limits.ts";

export interface Chain {
  /** Of the newest envelope that was taken in. */
  readonly counter: number;
  /** Its hash, and those before it, newest last. Older ones are no longer told apart: they count as seen. */
  readonly hashes: readonly string[];
}

/** `repeated`: we hold the very same one, or one so old that nothing could come of it. `ahead`: something is missing before it. */
export type Place = "next" | "repeated" | "fork" | "ahead";

const NO_CHAIN: Chain = { counter: 0, hashes: [] };

export function placeOf(chain: Chain = NO_CHAIN, parsed: ParsedEnvelope, hash: string): Place {
  const { counter } = parsed;
  if (counter <= chain.counter) {
    const known = hashAt(chain, counter);
    return known === undefined || known === hash ? "repeated" : "fork";
  }
  if (counter === chain.counter + 1) {
    const last = chain.hashes.at(-1);
    // An empty chain begins at counter 1, whose prev is zeros: the parser has seen to that.
    return last === undefined || last === bytesToHex(parsed.prev) ? "next" : "fork";
  }
  return replacesGap(chain, parsed) ? "next" : "ahead";
}

/** Whether the chain has that very envelope, as far as it can be told: older ones count as the same, like repeats (CH3). */
export function holds(chain: Chain = NO_CHAIN, { counter, hash }: Covered): boolean {
  if (counter > chain.counter) return false;
  const known = hashAt(chain, counter);
  return known === undefined || known === bytesToHex(hash);
}

/** `undefined`: too old, or not read. */
function hashAt(chain: Chain, counter: number): string | undefined {
  return chain.hashes[chain.hashes.length - 1 - (chain.counter - counter)];
}

export function extendChain(chain: Chain = NO_CHAIN, counter: number, hash: string): Chain {
  // After a gap the hashes before it would stand at the wrong places.
  const before = counter === chain.counter + 1 ? chain.hashes.slice(-(rememberedHashesMax - 1)) : [];
  return { counter, hashes: [...before, hash] };
}

/** A FINAL stands for all that its lane wrote after the ACCEPT, which the relay has deleted. */
function replacesGap(chain: Chain, parsed: ParsedEnvelope): boolean {
  if (parsed.kind !== "final" || chain.counter === 0) return false;
  const { first, last } = parseFinalClear(parsed.clear);
  return first <= chain.counter + 1 && last === parsed.counter - 1;
}
