/**
 * The room: one doc's rules, as a pure step. An envelope passes PARSE → SIZE → ROSTER → SIGNATURE → CHAIN → OPEN (roomJudging.ts), then its
 * effect goes on to SCOPE and the Y.Doc. Whatever cannot be judged yet is parked; whatever does not add up raises an alarm. Rule ids
 * in the comments are those of PROTOCOL.md.
 */
import { verifyEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { stepOpenedBytesMax } from "./limits.ts";
import { isOtherLog } from "./log.ts";
import { withCommitted, withLinkLost } from "./outbox.ts";
import { keysOfEpoch, openWithAny } from "./rekey.ts";
import { takeSnapshotRead } from "./roomCompaction.ts";
import { copyMark, reread, takeViolation, type Draft } from "./roomDraft.ts";
import { isAwaitingEnds, noteAnswer } from "./roomEnds.ts";
import { admit, judge, judgeAll, parse, retryParked } from "./roomJudging.ts";
import { missOwn, noteLogged, send, takeAck, takeNack, takeRollback, takeSealed } from "./roomOut.ts";
import { hasGap, judgeUnopened, missedEarly } from "./roomParked.ts";
import type { RoomEffect, RoomEvent, RoomState } from "./roomState.ts";
import { createTips } from "./tips.ts";

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
    openedBytes: 0,
  };
  take(draft, event);
  if (draft.unheard.size > 0 && draft.epochKeys !== state.epochKeys) {
    const waiting = draft.unheard;
    draft.unheard = new Map();
    for (const envelope of waiting.values()) takeEphemeral(draft, envelope);
  }
  const { effects, tips: _tips, openedBytes: _openedBytes, ...next } = draft;
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
  const isWhole = judgeAll(draft, page) && page.length === envelopes.length;
  draft.readRosterSeq = isWhole ? readRosterSeq : 0;
  // They are stored already: only what they mean is wanted.
  const meant = draft.effects.splice(before).filter(({ type }) => type !== "store" && type !== "fold");
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
    // SD4: what was taken is let go before more is opened. It is asked for from where this page began, and repeats cost nothing.
    if (draft.openedBytes > stepOpenedBytesMax) return void draft.effects.push({ type: "ask" });
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
    if (draft.openedBytes > stepOpenedBytesMax) return;
    if (judge(draft, parsed) !== "taken") continue;
    draft.direct = new Map(draft.direct).set(author, counter);
    // A log that has less of this author's has kept nothing back.
    const unlogged = new Map(draft.compaction.unlogged).set(author, counter);
    draft.compaction = { ...draft.compaction, unlogged };
    retryParked(draft, (parked) => kind === "rekey" || parked.parsed.author === author);
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
