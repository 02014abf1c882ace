/**
 * How a room judges one envelope: PARSE → SIZE → ROSTER → SIGNATURE → CHAIN → OPEN. What cannot be judged yet is parked, and judged again when
 * something came that it may have waited for.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { placeOf } from "./chain.ts";
import { stepOpenedBytesMax } from "./limits.ts";
import { isLate } from "./rekey.ts";
import { holdSnapshot, passBy, takeOwnFromLog } from "./roomCompaction.ts";
import { alarm, type Arrived, type Draft, type Verdict } from "./roomDraft.ts";
import { awaitEnd, judgeEnd } from "./roomEnds.ts";
import { holdsText, learnKey, open } from "./roomOpen.ts";
import { isBehindHeld, noteEarly, park } from "./roomParked.ts";
import type { Parked } from "./roomState.ts";
import { findWriter, memberBehind } from "./writers.ts";

/** PARSE and SIZE. What is not an envelope of this doc is dropped without a trace: a relay can send anything. */
export function parse(draft: Draft, bytes: Uint8Array): ParsedEnvelope | null {
  try {
    // The copy lets go of the frame around it.
    const parsed = parseEnvelope(bytes.slice());
    return parsed.doc === draft.doc ? parsed : null;
  } catch {
    // reason: hostile or broken bytes have no author to blame.
    return null;
  }
}

export function admit(draft: Draft, arrived: Arrived): void {
  const { seq, parsed } = arrived;
  const verdict = isBehindHeld(draft, seq) ? "gap" : judge(draft, parsed, arrived);
  const { author, kind } = parsed;
  // One withheld envelope must not make every other one cost a sweep over all that wait for it.
  if (verdict === "taken") retryParked(draft, (parked) => kind === "rekey" || parked.parsed.author === author);
  else if (verdict !== "dropped") park(draft, { ...arrived, waitsFor: verdict });
}

/**
 * What a journal holds, in the order in which it was stored: a key may lie behind what it opens (two devices began one epoch, and the log was kept
 * without being opened). `false`: not all of it was taken.
 */
export function judgeAll(draft: Draft, page: readonly ParsedEnvelope[]): boolean {
  const isLater = (parsed: ParsedEnvelope): boolean => {
    // SD4: others' comes again from the log. What this device wrote may be nowhere else.
    const isHeldBack = draft.openedBytes > stepOpenedBytesMax && parsed.author !== draft.device && holdsText(parsed);
    return isHeldBack || judge(draft, parsed) !== "taken";
  };
  let left: readonly ParsedEnvelope[] = page;
  for (let isMoved = true; isMoved && left.length > 0;) {
    const later = left.filter(isLater);
    isMoved = later.length < left.length;
    left = later;
  }
  return left.every((parsed) => placeSafely(draft, parsed, draft.tips.hashOf(parsed)) === "repeated");
}

/** ROSTER → SIGNATURE → CHAIN → OPEN. `null`: it comes from the journal, not from the log. */
export function judge(draft: Draft, parsed: ParsedEnvelope, arrived: Arrived | null = null): Verdict {
  const seq = arrived?.seq ?? 0;
  if (draft.isQuarantined || parsed.kind === "ephemeral") return "dropped";
  const hash = draft.tips.hashOf(parsed);
  const place = placeSafely(draft, parsed, hash);
  if (place === "repeated") {
    if (arrived !== null) {
      passBy(draft, arrived, hash);
      noteShown(draft, parsed);
    }
    if (parsed.author === draft.device) takeOwnFromLog(draft, parsed, hash, arrived);
    return "dropped";
  }
  const writer = findWriter(draft, parsed);
  if (writer === "roster") draft.effects.push({ type: "wantRoster" });
  if (writer === "dropped") noteEarly(draft, parsed);
  if (writer === "roster" || writer === "gap" || writer === "dropped") return writer;
  if (place === null || !draft.tips.isSigned(parsed, writer.key)) return "dropped";
  if (parsed.rosterSeq === draft.roster.seq && !isEqualBytes(parsed.rosterHead, draft.roster.head.subarray(0, 8))) {
    return alarm(draft, "ROSTER_FORK");
  }
  const end = arrived === null || writer.lane !== null ? "unsaid" : judgeEnd(draft, parsed, hash);
  const isTooLate = isLate(draft.roster, memberBehind(parsed.author, writer.lane), draft.readRosterSeq);
  // What a member said of it counts before what this device was shown.
  if (end === "behind" || (isTooLate && end !== "before")) {
    if (writer.lane === null) draft.effects.push({ type: "setAside", envelope: parsed.bytes });
    return "dropped";
  }
  if (end === "unknown") {
    awaitEnd(draft, hash, seq);
    // A key that it brings is needed to get as far as to know.
    if (parsed.kind === "rekey") learnKey(draft, parsed, hash);
    return "dropped";
  }
  if (place === "fork") return alarm(draft, "FORK");
  if (parsed.kind === "snapshot" && arrived !== null) return holdSnapshot(draft, arrived);
  if (place === "ahead") {
    // A log that begins with a snapshot still has its REKEYs: their keys are needed to open it.
    return parsed.kind === "rekey" ? learnKey(draft, parsed, hash) : "gap";
  }
  const verdict = open(draft, parsed, hash, writer.lane);
  if (verdict === "taken" && seq > 0) {
    const { logged, takenSeq } = draft.compaction;
    const isOwn = parsed.author === draft.device;
    draft.compaction = {
      ...draft.compaction,
      takenSeq: Math.max(takenSeq, seq),
      logged: isOwn ? Math.max(logged, parsed.counter) : logged,
    };
  }
  return verdict;
}

/** The log has come to what a direct link had brought before. */
function noteShown(draft: Draft, { author, counter }: ParsedEnvelope): void {
  if ((draft.direct.get(author) ?? Infinity) > counter) return;
  draft.direct = new Map([...draft.direct].filter(([of]) => of !== author));
}

/** `null`: a clear part that is not the form it claims. */
function placeSafely(draft: Draft, parsed: ParsedEnvelope, hash: string): ReturnType<typeof placeOf> | null {
  try {
    return placeOf(draft.chains.get(parsed.author), parsed, hash);
  } catch {
    // reason: the same as for bytes that do not parse.
    return null;
  }
}

/** Judges those released, and as long as that moves something, all the others again. */
export function retryParked(draft: Draft, isReleased: (parked: Parked) => boolean): void {
  for (let isMoved = true, isFirst = true; isMoved && draft.parked.length > 0; isFirst = false) {
    const waiting = draft.parked;
    draft.parked = [];
    isMoved = false;
    for (const parked of waiting) {
      const isTooMuch = draft.openedBytes > stepOpenedBytesMax;
      const isKept = (isFirst && !isReleased(parked)) || isTooMuch || isBehindHeld(draft, parked.seq);
      const verdict = isKept ? parked.waitsFor : judge(draft, parked.parsed, parked);
      if (verdict === "taken") isMoved = true;
      else if (verdict !== "dropped") draft.parked.push({ ...parked, waitsFor: verdict });
    }
  }
}
