/** The room's rules for what this device writes: sealed, sent, acknowledged, and offered again when a relay has lost it (OB, RB). */
import { bytesToHex } from "#crypto/bytes.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { extendChain, placeOf } from "./chain.ts";
import { nextToSend, pendingCount, withAcked, withLinkLost, withRollback, withSealed, withSent } from "./outbox.ts";
import { isKeyOutdated } from "./rekey.ts";
import { alarm, reread, takeGrant, takeRekey, type Draft } from "./roomDraft.ts";
import { withLogged } from "./roomSnapshot.ts";
import type { RoomEvent } from "./roomState.ts";

export function takeSealed(draft: Draft, envelope: Uint8Array): void {
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
  // CV9: which is the newest shows when it comes by in its place.
  if (parsed.kind === "snapshot") draft.compaction = { ...draft.compaction, newest: null };
  draft.compaction = withLogged(draft.compaction, parsed);
  draft.effects.push({ type: "store", envelope });
}

export function takeAck(draft: Draft, counter: number): void {
  draft.outbox = withAcked(draft.outbox, counter);
  if (draft.alarm === "FULL") draft.alarm = null;
  if (draft.alarm === "ROLLBACK" && pendingCount(draft.outbox) === 0) draft.alarm = null;
  send(draft);
}

export function takeNack(draft: Draft, { counter, code, expected }: Extract<RoomEvent, { type: "nacked" }>): void {
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

/** RB1: the relay has less than it had. Its seqs now number other envelopes, so the log is read anew and ours are offered again. */
export function takeRollback(draft: Draft): void {
  const { acked, sealed: tip } = draft.outbox;
  // Who never wrote here has nothing to give back; nor, at first, has a device that lost its journal: all it has of its chain is from that log.
  const mayGiveBack = tip > 0 && draft.readRosterSeq > 0;
  if (mayGiveBack) draft.alarm = "ROLLBACK";
  draft.mark = null;
  draft.awaitedSeq = null;
  draft.awaited.clear();
  draft.endsReading = null;
  draft.unsaid = new Set();
  // Which snapshots that log has had is anybody's guess now.
  const unlogged = new Map([...draft.chains].map(([author, { counter }]) => [author, counter]));
  // RB3: what such a device knows to be acknowledged and does not find is offered when the log was read to its end.
  const ackedAtLink = mayGiveBack ? 0 : acked;
  draft.compaction = { ...draft.compaction, newest: null, logged: 0, ackedAtLink, takenSeq: 0, unlogged };
  // The newest is offered first: the answer names what is missing before it.
  if (mayGiveBack) draft.outbox = withRollback(draft.outbox, tip);
  reread(draft);
  send(draft);
}

/**
 * RB3: what was acknowledged before this link and did not come by in the log may be gone, with a backup that is older than the
 * acknowledgement. The newest is offered once more: the answer is its place in the log, or names what is missing.
 */
export function missOwn(draft: Draft): void {
  const { logged, ackedAtLink } = draft.compaction;
  draft.compaction = { ...draft.compaction, ackedAtLink: 0 };
  if (logged >= Math.min(ackedAtLink, draft.outbox.acked)) return;
  draft.outbox = withRollback(draft.outbox, draft.outbox.acked);
  send(draft);
}

export function noteLogged(draft: Draft, counter: number): void {
  draft.compaction = { ...draft.compaction, logged: Math.max(draft.compaction.logged, counter) };
}

export function send(draft: Draft): void {
  if (!draft.isLinked || draft.isQuarantined) return;
  const counters = nextToSend(draft.outbox);
  const last = counters.at(-1);
  if (last === undefined) return;
  draft.outbox = withSent(draft.outbox, last);
  draft.effects.push({ type: "append", counters });
}
