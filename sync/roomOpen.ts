/** The room's last steps for an envelope that is the next of its chain: OPEN, and what it means. */
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { bodyBytesMax } from "./limits.ts";
import { isRekeyInPlace, isStale, keysOfEpoch, openWithAny, withEnds } from "./rekey.ts";
import { takeBeacon } from "./roomCompaction.ts";
import { alarm, extend, refuse, takeGrant, takeRekey, takeViolation, type Draft, type Verdict } from "./roomDraft.ts";
import type { Lane } from "./roomState.ts";

export function open(draft: Draft, parsed: ParsedEnvelope, hash: string, lane: Lane | null): Verdict {
  try {
    if (parsed.kind === "rekey") {
      draft.ends = withEnds(draft, parsed);
      if (!draft.vaultKeys.has(parseRekeyClear(parsed).generation)) {
        draft.effects.push({ type: "wantRoster" });
        return "roster";
      }
      if (!isRekeyInPlace(draft.roster, parsed)) return alarm(draft, "KEY");
      takeRekey(draft, parsed, hash);
      return extend(draft, parsed, hash);
    }
    const keys = keysOfEpoch(draft, parsed.epoch);
    if (keys.length === 0) return "epoch";
    const [only, ...others] = keys;
    if (draft.isSealed && holdsText(parsed) && only !== undefined && others.length === 0) {
      if (isStale(draft.roster, parsed, only.generation)) throw new CryptoError("key", "stale epoch");
      if (parsed.kind === "final" && lane !== null) draft.lanes.set(parsed.author, { ...lane, state: "final" });
      return extend(draft, parsed, hash);
    }
    const opened = openWithAny(parsed, keys);
    if (opened === null) return "key";
    const { body, key } = opened;
    draft.openedBytes += body.length;
    // RK4: whoever knew the newer roster may not write under a key that a removed member holds.
    if (isStale(draft.roster, parsed, key.generation)) throw new CryptoError("key", "stale epoch");
    extend(draft, parsed, hash);
    mean(draft, parsed, body, lane);
    return "taken";
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    return refuse(draft, parsed.author, lane);
  }
}

export const holdsText = ({ kind }: ParsedEnvelope): boolean => kind === "update" || kind === "final";

/** The keys of a REKEY ahead of its turn; its place in its chain is still to be found. */
export function learnKey(draft: Draft, parsed: ParsedEnvelope, hash: string): "gap" | "roster" {
  try {
    draft.ends = withEnds(draft, parsed);
    if (!draft.vaultKeys.has(parseRekeyClear(parsed).generation)) {
      draft.effects.push({ type: "wantRoster" });
      return "roster";
    }
    if (!isRekeyInPlace(draft.roster, parsed)) return "gap";
    const isNew = draft.epochKeys.every((key) => key.hash !== hash);
    takeRekey(draft, parsed, hash);
    // OB12: what is sealed under it from now on opens at the next start, though its REKEY is not in the journal yet.
    if (isNew) draft.effects.push({ type: "fold" });
  } catch (cause) {
    // reason: whether it opens is judged when its turn comes.
    if (!(cause instanceof CryptoError)) throw cause;
  }
  return "gap";
}

function mean(draft: Draft, parsed: ParsedEnvelope, body: Uint8Array, lane: Lane | null): void {
  const { author, kind } = parsed;
  if (kind === "accept" && lane !== null) {
    draft.lanes.set(author, lane);
    draft.effects.push({ type: "accepted", lane: author, run: lane.run });
  }
  takeGrant(draft, parsed);
  if (kind === "beacon") return takeBeacon(draft, parsed, body);
  if (!holdsText(parsed)) return;
  // SZ1: kept in the chain, since those after it build on it, but never shown to Yjs.
  if (body.length > bodyBytesMax) return takeViolation(draft, author);
  draft.effects.push({ type: "write", author, update: body, lane, isFinal: kind === "final" });
  if (kind === "final" && lane !== null) draft.lanes.set(author, { ...lane, state: "final" });
}
