/**
 * The room: one doc's rules, as a pure step. An envelope passes PARSE → SIZE → ROSTER → SIGNATURE → CHAIN → OPEN, then its effect
 * goes on to SCOPE and the Y.Doc. Whatever cannot be judged yet is parked; whatever does not add up raises an alarm. Rule ids in
 * the comments are those of PROTOCOL.md.
 */
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import { type DocKey } from "#crypto/docKeys.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, parseEnvelope, verifyEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { extendChain, placeOf, type Chain } from "./chain.ts";
import { bodyBytesMax, parkedBytesMax, parkedEnvelopesMax, parkedInAllBytesMax } from "./limits.ts";
import {
  nextToSend,
  pendingCount,
  withAcked,
  withCommitted,
  withLinkLost,
  withRollback,
  withSealed,
  withSent,
} from "./outbox.ts";
import type { Lane, Parked, RoomEffect, RoomEvent, RoomState } from "./roomState.ts";
import type { AlarmCode } from "./status.ts";
import {
  isKeyOutdated,
  isLate,
  isRekeyInPlace,
  isStale,
  keysOfEpoch,
  withGrant,
  withRekey,
  type EpochKey,
} from "./rekey.ts";
import { receiptClearByte } from "./receipts.ts";
import { createTips, type Tips } from "./tips.ts";
import { findWriter, memberBehind } from "./writers.ts";

/** A copy that one step may change. */
interface Draft extends Omit<
  { -readonly [K in keyof RoomState]: RoomState[K] },
  "docKeys" | "chains" | "lanes" | "parked"
> {
  readonly docKeys: Map<number, DocKey>;
  readonly chains: Map<AuthorId, Chain>;
  readonly lanes: Map<AuthorId, Lane>;
  parked: Parked[];
  readonly effects: RoomEffect[];
  /** Of the page at hand. */
  tips: Tips;
}

type Verdict = "taken" | "dropped" | Parked["waitsFor"];

/** `state` is left as it was. */
export function step(state: RoomState, event: RoomEvent): readonly [RoomState, readonly RoomEffect[]] {
  // A doc in quarantine is kept as it is: nothing goes in, nothing goes out. What was on its way to the disk still gets there.
  if (state.isQuarantined && event.type !== "committed") return [state, []];
  const draft: Draft = {
    ...state,
    docKeys: new Map(state.docKeys),
    chains: new Map(state.chains),
    lanes: new Map(state.lanes),
    parked: [...state.parked],
    effects: [],
    tips: createTips([]),
  };
  take(draft, event);
  const { effects, tips: _tips, ...next } = draft;
  return [next, next.isQuarantined ? effects.filter(({ type }) => type !== "append" && type !== "ask") : effects];
}

function take(draft: Draft, event: RoomEvent): void {
  switch (event.type) {
    case "journal":
      return takeJournal(draft, event.envelopes);
    case "entries":
      return takeEntries(draft, event);
    case "ephemeral":
      return takeEphemeral(draft, event.envelope);
    case "sealed":
      return takeSealed(draft, event.envelope);
    case "committed":
      draft.outbox = withCommitted(draft.outbox, event.counter);
      return send(draft);
    case "linked":
      draft.isLinked = true;
      return send(draft);
    case "unlinked":
      draft.isLinked = false;
      draft.outbox = withLinkLost(draft.outbox);
      // What this link did not bring, the next one may.
      draft.isRereading = false;
      return;
    case "acked":
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
  if (event.head < draft.cursor) takeRollback(draft, event.head);
  const page = event.entries.map(({ seq, envelope }) => ({ seq, parsed: parse(draft, envelope) }));
  draft.tips = createTips(page.flatMap(({ parsed }) => parsed ?? []));
  for (const { seq, parsed } of page) {
    draft.cursor = Math.max(draft.cursor, seq);
    if (parsed !== null) admit(draft, parsed, seq);
  }
  if (event.more) return;
  judgeUnopened(draft);
  // The log is read to its end: what still has a gap before it was not sent to us.
  if (!hasGap(draft)) {
    draft.isRereading = false;
    draft.readRosterSeq = draft.roster.seq;
    if (draft.alarm === "GAP" || draft.alarm === "WITHHOLD") draft.alarm = null;
  } else if (!draft.isRereading) {
    reread(draft);
    if (!draft.isWatchingGap) draft.effects.push({ type: "watchGap" });
    draft.isWatchingGap = true;
  } else {
    draft.alarm ??= "GAP";
  }
}

/** RB1: the relay has less than it had. Its seqs now number other envelopes, so the log is read anew and ours are offered again. */
function takeRollback(draft: Draft, head: number): void {
  draft.cursor = head;
  draft.alarm = "ROLLBACK";
  const tip = draft.outbox.sealed;
  // The newest is offered first: the answer names what is missing before it.
  if (tip > 0) draft.outbox = withRollback(draft.outbox, tip);
  reread(draft);
  send(draft);
}

function reread(draft: Draft): void {
  draft.isRereading = true;
  draft.cursor = 0;
  draft.effects.push({ type: "ask" });
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

function admit(draft: Draft, parsed: ParsedEnvelope, seq: number): void {
  const verdict = judge(draft, parsed);
  const { author, kind } = parsed;
  // One withheld envelope must not make every other one cost a sweep over all that wait for it.
  if (verdict === "taken") retryParked(draft, (parked) => kind === "rekey" || parked.parsed.author === author);
  else if (verdict !== "dropped") park(draft, { seq, parsed, waitsFor: verdict });
}

/** ROSTER → SIGNATURE → CHAIN → OPEN. */
function judge(draft: Draft, parsed: ParsedEnvelope): Verdict {
  if (draft.isQuarantined || parsed.kind === "ephemeral") return "dropped";
  const hash = draft.tips.hashOf(parsed);
  const place = placeSafely(draft, parsed, hash);
  if (place === "repeated") {
    if (parsed.author === draft.device) takeAck(draft, parsed.counter);
    return "dropped";
  }
  const writer = findWriter(draft, parsed);
  if (writer === "roster") draft.effects.push({ type: "wantRoster" });
  if (writer === "roster" || writer === "gap" || writer === "dropped") return writer;
  if (place === null || !draft.tips.isSigned(parsed, writer.key)) return "dropped";
  if (parsed.rosterSeq === draft.roster.seq && !isEqualBytes(parsed.rosterHead, draft.roster.head.subarray(0, 8))) {
    return alarm(draft, "ROSTER_FORK");
  }
  if (isLate(draft.roster, memberBehind(parsed.author, writer.lane), draft.readRosterSeq)) {
    if (writer.lane === null) draft.effects.push({ type: "setAside", envelope: parsed.bytes });
    return "dropped";
  }
  if (place === "fork") return alarm(draft, "FORK");
  if (place === "ahead") return "gap";
  return open(draft, parsed, hash, writer.lane);
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

function open(draft: Draft, parsed: ParsedEnvelope, hash: string, lane: Lane | null): Verdict {
  try {
    if (parsed.kind === "rekey") {
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
    const opened = openWithAny(parsed, keys);
    if (opened === null) return "key";
    const { body, key } = opened;
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

/** KE1: signed by a member and yet not openable. A lane's is set aside alone; a device's, with the doc. */
function refuse(draft: Draft, author: AuthorId, lane: Lane | null): "dropped" {
  if (lane === null) return alarm(draft, "KEY");
  takeViolation(draft, author);
  return "dropped";
}

/** RK3: `null` when it is none of these; the key may come with a REKEY that is still to be read. */
function openWithAny(parsed: ParsedEnvelope, keys: readonly EpochKey[]): { body: Uint8Array; key: EpochKey } | null {
  for (const key of keys) {
    try {
      return { body: openEnvelope(parsed, key.docKey), key };
    } catch (cause) {
      if (!(cause instanceof CryptoError) || cause.code !== "key") throw cause;
    }
  }
  return null;
}

/** The log is read to its end, and holds no REKEY for these: they never open. */
function judgeUnopened(draft: Draft): void {
  const unopened = draft.parked.filter(({ waitsFor }) => waitsFor === "key");
  const authors = new Set(unopened.map(({ parsed }) => parsed.author));
  const isWaiting = ({ parsed, waitsFor }: Parked): boolean => waitsFor !== "key" && !authors.has(parsed.author);
  if (unopened.length === 0 || draft.parked.some(isWaiting)) return;
  draft.parked = draft.parked.filter((parked) => !unopened.includes(parked));
  for (const author of authors) refuse(draft, author, draft.lanes.get(author) ?? null);
}

function takeRekey(draft: Draft, parsed: ParsedEnvelope, hash: string): void {
  const { docKeys, epochKeys } = withRekey(draft, parsed, hash, draft.vaultKeys);
  draft.epochKeys = epochKeys;
  for (const [epoch, docKey] of docKeys) draft.docKeys.set(epoch, docKey);
}

/** GE1: which runs hold a key, as all devices can read it. */
function takeGrant(draft: Draft, parsed: ParsedEnvelope): void {
  if (parsed.kind !== "grant" && parsed.kind !== "grantEnd") return;
  try {
    Object.assign(draft, withGrant(draft, parsed));
  } catch (cause) {
    // reason: a clear part that is no grant lends nothing.
    if (!(cause instanceof CryptoError)) throw cause;
  }
}

function extend(draft: Draft, parsed: ParsedEnvelope, hash: string): "taken" {
  const { author, counter } = parsed;
  draft.chains.set(author, extendChain(draft.chains.get(author), counter, hash));
  draft.effects.push({ type: "store", envelope: parsed.bytes });
  if (author === draft.device) {
    // OB5: our own chain from the relay, after this device lost its journal: it goes on from there.
    draft.outbox = { sealed: counter, committed: counter, acked: counter, sent: counter };
  }
  return "taken";
}

function mean(draft: Draft, parsed: ParsedEnvelope, body: Uint8Array, lane: Lane | null): void {
  const { author, kind } = parsed;
  if (kind === "accept" && lane !== null) {
    draft.lanes.set(author, lane);
    draft.effects.push({ type: "accepted", lane: author, run: lane.run });
  }
  takeGrant(draft, parsed);
  if (kind !== "update" && kind !== "final") return;
  // SZ1: kept in the chain, since those after it build on it, but never shown to Yjs.
  if (body.length > bodyBytesMax) return takeViolation(draft, author);
  draft.effects.push({ type: "write", author, update: body, lane, isFinal: kind === "final" });
  if (kind === "final" && lane !== null) draft.lanes.set(author, { ...lane, state: "final" });
}

function park(draft: Draft, parked: Parked): void {
  const bytesOf = (some: readonly Parked[]): number => some.reduce((sum, { parsed }) => sum + parsed.bytes.length, 0);
  const ofAuthor = draft.parked.filter(({ parsed }) => parsed.author === parked.parsed.author);
  const isThere = ofAuthor.some(({ seq }) => seq === parked.seq);
  // PK2: beyond the limits they are let go; reading the log again brings them back.
  const isWithinLimits =
    ofAuthor.length < parkedEnvelopesMax &&
    bytesOf(ofAuthor) < parkedBytesMax &&
    bytesOf(draft.parked) < parkedInAllBytesMax;
  if (!isThere && isWithinLimits) draft.parked.push(parked);
}

/** Judges those released, and as long as that moves something, all the others again. */
function retryParked(draft: Draft, isReleased: (parked: Parked) => boolean): void {
  for (let isMoved = true, isFirst = true; isMoved && draft.parked.length > 0; isFirst = false) {
    const waiting = draft.parked;
    draft.parked = [];
    isMoved = false;
    for (const parked of waiting) {
      const verdict = isFirst && !isReleased(parked) ? parked.waitsFor : judge(draft, parked.parsed);
      if (verdict === "taken") isMoved = true;
      else if (verdict !== "dropped") draft.parked.push({ ...parked, waitsFor: verdict });
    }
  }
}

/** Whatever waits for something that this log should hold. */
function hasGap(draft: Draft): boolean {
  return draft.parked.some(({ waitsFor }) => waitsFor !== "roster");
}

function takeEphemeral(draft: Draft, envelope: Uint8Array): void {
  const parsed = parse(draft, envelope);
  if (parsed === null || parsed.kind !== "ephemeral" || parsed.author === draft.device) return;
  const member = draft.roster.members.get(parsed.author);
  if (member?.role !== "device" || member.removedSeq !== null) return;
  if (!verifyEnvelope(parsed, member.signKey)) return;
  try {
    const opened = openWithAny(parsed, keysOfEpoch(draft, parsed.epoch));
    if (opened === null || opened.key.generation < draft.roster.generation) return;
    const isReceipt = parsed.clear[0] === receiptClearByte;
    draft.effects.push(
      isReceipt ? { type: "told", by: parsed.author, body: opened.body } : { type: "presence", update: opened.body },
    );
  } catch {
    // reason: presence is not kept, so there is nothing to set aside.
  }
}

function takeSealed(draft: Draft, envelope: Uint8Array): void {
  const parsed = parseEnvelope(envelope);
  const hash = bytesToHex(envelopeHash(envelope));
  if (parsed.author !== draft.device || placeOf(draft.chains.get(draft.device), parsed, hash) !== "next") {
    throw new Error("A sealed envelope must be the next of this device's chain.");
  }
  draft.chains.set(draft.device, extendChain(draft.chains.get(draft.device), parsed.counter, hash));
  if (parsed.kind === "rekey") takeRekey(draft, parsed, hash);
  else if (parsed.kind !== "ephemeral" && isKeyOutdated(draft))
    throw new Error("Nothing may be sealed under a key of an older generation than the roster's.");
  takeGrant(draft, parsed);
  draft.outbox = withSealed(draft.outbox, parsed.counter);
  draft.effects.push({ type: "store", envelope });
}

function takeAck(draft: Draft, counter: number): void {
  draft.outbox = withAcked(draft.outbox, counter);
  if (draft.alarm === "FULL") draft.alarm = null;
  if (draft.alarm === "ROLLBACK" && pendingCount(draft.outbox) === 0) draft.alarm = null;
  send(draft);
}

function takeNack(draft: Draft, { counter, code, expected }: Extract<RoomEvent, { type: "nacked" }>): void {
  if (code !== "conflict") {
    // OB10: its owner has to make room, and nobody else can tell them.
    if (code === "full" && draft.alarm === null) draft.alarm = "FULL";
    draft.outbox = withLinkLost(draft.outbox);
    draft.effects.push({ type: "retryLater" });
    return;
  }
  // OB4: the relay holds another envelope in this place of our chain.
  if (expected >= counter) return void alarm(draft, "FORK");
  if (expected <= draft.outbox.acked) draft.alarm = "ROLLBACK";
  draft.outbox = withRollback(draft.outbox, expected);
  send(draft);
}

function takeViolation(draft: Draft, author: AuthorId): void {
  const lane = draft.lanes.get(author);
  // SC0: the lane alone is shut out; a device that writes poison takes the doc with it.
  if (lane === undefined) return void alarm(draft, "KEY");
  draft.lanes.set(author, { ...lane, state: "refused" });
  draft.alarm = "SCOPE";
}

function alarm(draft: Draft, code: AlarmCode): "dropped" {
  draft.alarm = code;
  draft.isQuarantined = true;
  return "dropped";
}

function send(draft: Draft): void {
  if (!draft.isLinked || draft.isQuarantined) return;
  const counters = nextToSend(draft.outbox);
  const last = counters.at(-1);
  if (last === undefined) return;
  draft.outbox = withSent(draft.outbox, last);
  draft.effects.push({ type: "append", counters });
}
