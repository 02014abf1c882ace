/**
 * The room: one doc's rules, as a pure step. An envelope passes PARSE → SIZE → ROSTER → SIGNATURE → CHAIN → OPEN, then its effect
 * goes on to SCOPE and the Y.Doc. Whatever cannot be judged yet is parked; whatever does not add up raises an alarm. Rule ids in
 * the comments are those of PROTOCOL.md.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { parseEnvelope, verifyEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { placeOf } from "./chain.ts";
import { isOtherLog } from "./log.ts";
import { withCommitted, withLinkLost } from "./outbox.ts";
import { isLate, keysOfEpoch, openWithAny } from "./rekey.ts";
import { holdSnapshot, takeSnapshotRead, takeOwnFromLog, passBy } from "./roomCompaction.ts";
import { alarm, copyMark, reread, takeViolation, type Arrived, type Draft, type Verdict } from "./roomDraft.ts";
import { awaitEnd, isAwaitingEnds, judgeEnd, noteAnswer } from "./roomEnds.ts";
import { learnKey, open } from "./roomOpen.ts";
import { missOwn, noteLogged, send, takeAck, takeNack, takeRollback, takeSealed } from "./roomOut.ts";
import { hasGap, isBehindHeld, judgeUnopened, missedEarly, noteEarly, park } from "./roomParked.ts";
import type { Parked, RoomEffect, RoomEvent, RoomState } from "./roomState.ts";
import { createTips } from "./tips.ts";
import { findWriter, memberBehind } from "./writers.ts";

/** `state` is left as it was. */
export function step(state: RoomState, event: RoomEvent): readonly [RoomState, readonly RoomEffect[]] {
  // A doc in quarantine is kept as it is: nothing goes in, nothing goes out. What was on its way to the disk still gets there.
  if (state.isQuarantined && event.type !== "committed") return [state, []];
  const draft: Draft = {
    ...state,
    chains: new Map(state.chains),
    lanes: new Map(state.lanes),
    parked: [...state.parked],
    awaited: new Map(state.awaited),
    effects: [],
    tips: createTips([]),
  };
  take(draft, event);
  if (draft.unheard.size > 0 && draft.epochKeys !== state.epochKeys) {
    const waiting = draft.unheard;
    draft.unheard = new Map();
    for (const envelope of waiting.values()) takeEphemeral(draft, envelope);
  }
  const { effects, tips: _tips, ...next } = draft;
  const wanted = next.isQuarantined ? effects.filter(({ type }) => type !== "append" && type !== "ask") : effects;
  // CV8: a base says what is in the doc, so all of this step is written there first.
  const isFold = ({ type }: RoomEffect): boolean => type === "fold";
  return [next, [...wanted.filter((effect) => !isFold(effect)), ...wanted.filter(isFold)]];
}

function take(draft: Draft, event: RoomEvent): void {
  switch (event.type) {
    case "journal":
      return takeJournal(draft, event.envelopes);
    case "entries":
      return takeEntries(draft, event);
    case "direct":
      return takeDirect(draft, event.envelopes);
    case "ephemeral":
      return takeEphemeral(draft, event.envelope);
    case "sealed":
      return takeSealed(draft, event.envelope);
    case "committed":
      draft.outbox = withCommitted(draft.outbox, event.counter);
      return send(draft);
    case "linked":
      if (!draft.isLinked) draft.compaction = { ...draft.compaction, ackedAtLink: draft.outbox.acked };
      draft.isLinked = true;
      return send(draft);
    case "unlinked":
      draft.isLinked = false;
      draft.outbox = withLinkLost(draft.outbox);
      // What this link did not bring, the next one may.
      draft.isRereading = false;
      if (draft.endsReading !== null) draft.endsReading = { ...draft.endsReading, isBegun: false };
      return;
    case "acked":
      // Stored before this: it lies in front of whatever comes next.
      if ((event.seq ?? Infinity) <= draft.cursor) noteLogged(draft, event.counter);
      return takeAck(draft, event.counter);
    case "nacked":
      return takeNack(draft, event);
    case "roster":
      draft.roster = event.roster;
      draft.vaultKeys = event.vaultKeys;
      return retryParked(draft, () => true);
    case "violated":
      return takeViolation(draft, event.author);
    case "receipt":
      if (event.counter > (draft.receipts.get(event.device) ?? 0))
        draft.receipts = new Map(draft.receipts).set(event.device, event.counter);
      return;
    case "snapshotRead":
      if (takeSnapshotRead(draft, event)) retryParked(draft, () => true);
      return;
    case "folded":
      draft.compaction = { ...draft.compaction, isUnfolded: false };
      return;
    case "askedTooOften":
      // RB4: it goes when the log was read to its end without a gap.
      draft.alarm ??= "WITHHOLD";
      return;
    case "gapTimeout":
      draft.isWatchingGap = false;
      if (!hasGap(draft)) return;
      draft.alarm = "WITHHOLD";
      // It may be there by now: the log is read again for as long as the gap stands.
      draft.isRereading = false;
      draft.effects.push({ type: "ask" });
  }
}

function takeJournal(draft: Draft, envelopes: readonly Uint8Array[]): void {
  const before = draft.effects.length;
  const known = draft.outbox.acked;
  const { readRosterSeq } = draft;
  // RM3: what lies here was in time when it came.
  draft.readRosterSeq = 0;
  const page = envelopes.flatMap((envelope) => parse(draft, envelope) ?? []);
  draft.tips = createTips(page);
  let isWhole = page.length === envelopes.length;
  for (const parsed of page) if (judge(draft, parsed) !== "taken") isWhole = false;
  draft.readRosterSeq = isWhole ? readRosterSeq : 0;
  // They are stored already: only what they mean is wanted.
  const meant = draft.effects.splice(before).filter((effect) => effect.type !== "store");
  draft.effects.push(...meant);
  const tip = draft.chains.get(draft.device)?.counter ?? 0;
  // That they lie here says nothing about the host.
  const acked = Math.min(known, tip);
  draft.outbox = { sealed: tip, committed: tip, acked, sent: acked };
  // JR4: a journal that was damaged is made whole from the relay.
  if (!isWhole) draft.cursor = 0;
}

function takeEntries(draft: Draft, event: Extract<RoomEvent, { type: "entries" }>): void {
  // It is another log: its pages come again from its beginning.
  const isOther = event.marks !== undefined && isOtherLog(draft.mark, event.marks);
  if (isOther || event.head < draft.cursor) return takeRollback(draft);
  noteAnswer(draft, event);
  const page = event.entries.map(({ seq, envelope }) => ({ seq, parsed: parse(draft, envelope) }));
  draft.tips = createTips(page.flatMap(({ parsed }) => parsed ?? []));
  for (const { seq, parsed } of page) {
    draft.cursor = Math.max(draft.cursor, seq);
    if (parsed !== null) admit(draft, { seq, parsed, before: copyMark(event.marks?.from ?? null) });
  }
  // What the log was a little before says more than nothing: a place is kept together with its mark.
  draft.mark = copyMark(event.marks?.to ?? null) ?? draft.mark;
  // What waits behind a snapshot is no gap.
  if (event.more || draft.compaction.held !== null) return;
  if (isAwaitingEnds(draft)) return;
  judgeUnopened(draft);
  missOwn(draft);
  if (missedEarly(draft)) return reread(draft);
  // The log is read to its end: what still has a gap before it was not sent to us.
  if (!hasGap(draft)) {
    draft.isRereading = false;
    draft.readRosterSeq = draft.roster.seq;
    if (draft.alarm === "GAP" || (draft.alarm === "WITHHOLD" && !draft.compaction.isLacking)) draft.alarm = null;
  } else if (!draft.isRereading) {
    reread(draft);
    if (!draft.isWatchingGap) draft.effects.push({ type: "watchGap" });
    draft.isWatchingGap = true;
  } else {
    draft.alarm ??= "GAP";
  }
}

/**
 * DL2: what another device holds of a log. It is judged like a log's entries, but proves nothing about the log: what cannot be taken at once is let go
 * without an alarm, since it comes by the log, too. Snapshots and beacons are about a place in the log, and mean nothing here.
 */
function takeDirect(draft: Draft, envelopes: readonly Uint8Array[]): void {
  const page = envelopes.flatMap((envelope) => parse(draft, envelope) ?? []);
  draft.tips = createTips(page);
  for (const parsed of page) {
    const { author, kind, counter } = parsed;
    if (author === draft.device || kind === "snapshot" || kind === "beacon") continue;
    if (judge(draft, parsed) !== "taken") continue;
    draft.direct = new Map(draft.direct).set(author, counter);
    // A log that has less of this author's has kept nothing back.
    const unlogged = new Map(draft.compaction.unlogged).set(author, counter);
    draft.compaction = { ...draft.compaction, unlogged };
    retryParked(draft, (parked) => kind === "rekey" || parked.parsed.author === author);
  }
}

/** PARSE and SIZE. What is not an envelope of this doc is dropped without a trace: a relay can send anything. */
function parse(draft: Draft, bytes: Uint8Array): ParsedEnvelope | null {
  try {
    // The copy lets go of the frame around it.
    const parsed = parseEnvelope(bytes.slice());
    return parsed.doc === draft.doc ? parsed : null;
  } catch {
    // reason: hostile or broken bytes have no author to blame.
    return null;
  }
}

function admit(draft: Draft, arrived: Arrived): void {
  const { seq, parsed } = arrived;
  const verdict = isBehindHeld(draft, seq) ? "gap" : judge(draft, parsed, arrived);
  const { author, kind } = parsed;
  // One withheld envelope must not make every other one cost a sweep over all that wait for it.
  if (verdict === "taken") retryParked(draft, (parked) => kind === "rekey" || parked.parsed.author === author);
  else if (verdict !== "dropped") park(draft, { ...arrived, waitsFor: verdict });
}

/** ROSTER → SIGNATURE → CHAIN → OPEN. `null`: it comes from the journal, not from the log. */
function judge(draft: Draft, parsed: ParsedEnvelope, arrived: Arrived | null = null): Verdict {
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
function retryParked(draft: Draft, isReleased: (parked: Parked) => boolean): void {
  for (let isMoved = true, isFirst = true; isMoved && draft.parked.length > 0; isFirst = false) {
    const waiting = draft.parked;
    draft.parked = [];
    isMoved = false;
    for (const parked of waiting) {
      const isKept = (isFirst && !isReleased(parked)) || isBehindHeld(draft, parked.seq);
      const verdict = isKept ? parked.waitsFor : judge(draft, parked.parsed, parked);
      if (verdict === "taken") isMoved = true;
      else if (verdict !== "dropped") draft.parked.push({ ...parked, waitsFor: verdict });
    }
  }
}

function without(unheard: ReadonlyMap<AuthorId, Uint8Array>, author: AuthorId): ReadonlyMap<AuthorId, Uint8Array> {
  return unheard.has(author) ? new Map([...unheard].filter(([other]) => other !== author)) : unheard;
}

function takeEphemeral(draft: Draft, envelope: Uint8Array): void {
  const parsed = parse(draft, envelope);
  if (parsed === null || parsed.kind !== "ephemeral" || parsed.author === draft.device) return;
  const member = draft.roster.members.get(parsed.author);
  if (member?.role !== "device" || member.removedSeq !== null) return;
  if (!verifyEnvelope(parsed, member.signKey)) return;
  try {
    const opened = openWithAny(parsed, keysOfEpoch(draft, parsed.epoch));
    const [what] = parsed.clear;
    if (what === undefined) draft.unheard = without(draft.unheard, parsed.author);
    // PS4: its author has a new key, and the log, which brings it, is slower than this.
    if (opened === null && what === undefined)
      draft.unheard = new Map(draft.unheard).set(parsed.author, envelope.slice());
    if (opened === null || opened.key.generation < draft.roster.generation) return;
    draft.effects.push(
      what === undefined
        ? { type: "presence", update: opened.body }
        : { type: "told", what, by: parsed.author, body: opened.body },
    );
  } catch {
    // reason: presence is not kept, so there is nothing to set aside.
  }
}
