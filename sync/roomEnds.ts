/**
 * The room's steps that find out where a removed device's chain ends (RM7): what members say of it stands in REKEYs, perhaps behind the very envelopes that
 * it is to judge. So what is met of such a device is let go and noted, the log is asked for, and gone through to the end of that answer; of what nobody
 * has said an end then, the next answer is taken. What is met only in between was not asked for, and has a turn of its own.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { Covered } from "#crypto/snapshotHeader.ts";
import { holds } from "./chain.ts";
import { awaitedMax } from "./limits.ts";
import { isLate, placeAtEnd } from "./rekey.ts";
import type { Draft } from "./roomDraft.ts";
import type { RoomEvent } from "./roomState.ts";

type Page = Extract<RoomEvent, { type: "entries" }>;

/** Nobody knows before that whether a member says where a removed device's chain ends. */
export function judgeEnd(
  draft: Draft,
  parsed: ParsedEnvelope,
  hash: string,
): "before" | "behind" | "unsaid" | "unknown" {
  if ((draft.roster.members.get(parsed.author)?.removedSeq ?? null) === null) return "unsaid";
  const place = placeAtEnd(draft, parsed, hash);
  return place === "unknown" && draft.unsaid.has(hash) ? "unsaid" : place;
}

/**
 * RM8: the same of what a snapshot would bring in of removed devices. Of what this device holds already it brings nothing. `hash`: the snapshot's.
 */
export function judgeCoverage(draft: Draft, coverage: readonly Covered[], hash: string): "inTime" | "late" | "unknown" {
  const isRemoved = ({ author }: Covered): boolean => (draft.roster.members.get(author)?.removedSeq ?? null) !== null;
  const brought = coverage.filter((covered) => isRemoved(covered) && !holds(draft.chains.get(covered.author), covered));
  const places = brought.map((covered) => placeAtEnd(draft, covered, bytesToHex(covered.hash)));
  const isTooLate = (at: number): boolean =>
    isLate(draft.roster, brought[at]?.author ?? draft.device, draft.readRosterSeq);
  if (places.some((place, at) => place === "behind" || (place === "unknown" && isTooLate(at)))) return "late";
  return places.includes("unknown") && !draft.unsaid.has(hash) ? "unknown" : "inTime";
}

/** It comes again. */
export function awaitEnd(draft: Draft, hash: string, seq: number): void {
  draft.awaitedSeq = Math.min(draft.awaitedSeq ?? Infinity, seq);
  // Who is beyond the limit is met again with the next answer, when those before it are through.
  if (draft.awaited.size < awaitedMax) draft.awaited.set(hash, seq);
}

/** The answer shows all that stands there now: what was awaited is met once more, or is not there. */
export function noteAnswer(draft: Draft, { entries, marks, mayBegin = true }: Page): void {
  const { endsReading } = draft;
  if (endsReading === null || endsReading.isBegun || !mayBegin) return;
  // What a relay sends before it has the question begins where it stood, further on.
  if ((marks?.from?.seq ?? (entries[0]?.seq ?? Infinity) - 1) >= endsReading.fromSeq) return;
  draft.endsReading = { ...endsReading, isBegun: true };
  for (const [hash, seq] of draft.awaited) if (seq >= endsReading.fromSeq) draft.awaited.delete(hash);
}

/** At the end of a page that is the newest: whether the log is to be read further, or again, before it counts as read. */
export function isAwaitingEnds(draft: Draft): boolean {
  const { endsReading, awaited } = draft;
  if (endsReading?.isBegun === false) return true;
  if (endsReading !== null) {
    draft.unsaid = endsReading.of;
    draft.endsReading = null;
    draft.awaitedSeq = awaited.size === 0 ? null : Math.min(...awaited.values());
  }
  if (draft.awaitedSeq === null) return false;
  draft.endsReading = { of: new Set(awaited.keys()), fromSeq: draft.awaitedSeq, isBegun: false };
  draft.effects.push({ type: "ask" });
  return true;
}
