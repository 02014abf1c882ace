/** The room's steps with snapshots and beacons; what one must cover, and whom it stands for, is in roomSnapshot.ts. */
import { bytesToHex, hexToBytes, isEqualBytes } from "#crypto/bytes.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseBeaconClear, parseSnapshotClear, type SnapshotClear } from "#crypto/snapshotHeader.ts";
import { extendChain, placeOf } from "./chain.ts";
import { isStale, keysOfEpoch, openWithAny, withGrantsOf } from "./rekey.ts";
import { alarm, extend, type Arrived, type Draft, type Verdict } from "./roomDraft.ts";
import { awaitEnd, judgeCoverage } from "./roomEnds.ts";
import { noteLogged, takeAck } from "./roomOut.ts";
import { followsNewest, placeSnapshot } from "./roomSnapshot.ts";
import type { RoomEvent } from "./roomState.ts";
import { readDigest } from "./snapshot.ts";

/** CV1..CV5, as far as the clear part tells. The rest of the log waits until it has been opened. */
export function holdSnapshot(draft: Draft, arrived: Arrived): Verdict {
  const { seq, parsed } = arrived;
  if (draft.compaction.held !== null) return "gap";
  const keys = keysOfEpoch(draft, parsed.epoch);
  if (keys.length === 0) return "epoch";
  try {
    const clear = parseSnapshotClear(parsed);
    const isBehindCursor = clear.cursor === seq - 1;
    const isProven = isOfThisLog(arrived, clear);
    const opened = openWithAny(parsed, keys);
    if (opened === null) return "key";
    const { body, key } = opened;
    if (isStale(draft.roster, parsed, key.generation)) return alarm(draft, "KEY");
    const isOvertaken = draft.compaction.takenSeq > seq;
    const mode = placeSnapshot(draft, parsed, clear, isProven && !isOvertaken);
    if (mode === "malformed") return alarm(draft, "KEY");
    const hash = draft.tips.hashOf(parsed);
    const ends = judgeCoverage(draft, clear.coverage, hash);
    if (ends === "unknown") {
      awaitEnd(draft, hash, seq);
      return "dropped";
    }
    if (mode === "lacking" || ends === "late") {
      // CV2: its author was not shown all of the log; RM8: or not the removal. Nothing is gone by that: the relay deletes only what is covered.
      forgetNewest(draft);
      draft.compaction = { ...draft.compaction, isLacking: true };
      draft.alarm ??= "WITHHOLD";
      // What its own author wrote before it may be missing here, too: nothing of that is in this device's doc.
      return placeOf(draft.chains.get(parsed.author), parsed, hash) === "next" ? extend(draft, parsed, hash) : "gap";
    }
    if (mode === "fork") return alarm(draft, "FORK");
    if (mode === "stale") {
      if (isProven && followsNewest(draft, clear)) noteNewest(draft, arrived, hash);
      else if (isBehindCursor) forgetNewest(draft);
      else doubtNewest(draft, clear);
      return extend(draft, parsed, hash);
    }
    const held = { seq, parsed, clear, isExact: isProven, mode };
    draft.compaction = { ...draft.compaction, held };
    draft.effects.push({ type: "readSnapshot", held, body });
    return "dropped";
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    return alarm(draft, "KEY");
  }
}

/** CV6: chains go on from the coverage. `true`: what waited behind it may be judged. */
export function takeSnapshotRead(
  draft: Draft,
  { lanes, grants }: Extract<RoomEvent, { type: "snapshotRead" }>,
): boolean {
  const { held } = draft.compaction;
  if (held === null) return false;
  draft.compaction = { ...draft.compaction, held: null };
  if (lanes === null) {
    alarm(draft, "FORK");
    return false;
  }
  const { parsed, clear, isExact, mode } = held;
  for (const [author, lane] of lanes) {
    const known = draft.lanes.get(author);
    if (known === undefined) draft.effects.push({ type: "answered", run: lane.run });
    if (known?.state !== "refused") draft.lanes.set(author, lane);
  }
  if (mode === "adopt" && grants !== undefined) Object.assign(draft, withGrantsOf(draft, grants));
  for (const { author, counter, hash } of clear.coverage) {
    const lane = draft.lanes.get(author);
    if (lane !== undefined && lane.state !== "open") draft.chains.delete(author);
    else if ((draft.chains.get(author)?.counter ?? 0) < counter)
      draft.chains.set(author, { counter, hashes: [bytesToHex(hash)] });
    if ((draft.direct.get(author) ?? Infinity) <= counter)
      draft.direct = new Map([...draft.direct].filter(([of]) => of !== author));
    if (author === draft.device) {
      noteLogged(draft, counter);
      if (draft.outbox.sealed < counter)
        draft.outbox = { sealed: counter, committed: counter, acked: counter, sent: counter };
      else takeAck(draft, counter);
    }
  }
  const hash = draft.tips.hashOf(parsed);
  draft.chains.set(parsed.author, extendChain(draft.chains.get(parsed.author), parsed.counter, hash));
  if (parsed.author === draft.device) {
    const { counter } = parsed;
    noteLogged(draft, counter);
    draft.outbox = { sealed: counter, committed: counter, acked: counter, sent: counter };
  }
  draft.compaction = { ...draft.compaction, isUnfolded: true };
  draft.effects.push({ type: "fold" });
  if (isExact && (mode === "compare" || held.seq > draft.compaction.takenSeq || followsNewest(draft, clear)))
    noteNewest(draft, held, hash);
  else if (!isExact) forgetNewest(draft);
  draft.compaction = { ...draft.compaction, takenSeq: Math.max(draft.compaction.takenSeq, held.seq) };
  const { newest } = draft.compaction;
  if (isExact && mode === "compare" && newest !== null && parsed.author !== draft.device) {
    const [snapshot, digest] = [hexToBytes(newest.hash), hexToBytes(newest.digest)];
    if (snapshot !== null && digest !== null) draft.effects.push({ type: "confirm", snapshot, digest });
  }
  return true;
}

/** OB7: the log has it. A snapshot of this device counts if nothing came between what it covers and itself. */
export function takeOwnFromLog(draft: Draft, parsed: ParsedEnvelope, hash: string, arrived: Arrived | null): void {
  takeAck(draft, parsed.counter);
  if (arrived === null || parsed.counter <= draft.compaction.logged) return;
  noteLogged(draft, parsed.counter);
  if (parsed.kind !== "snapshot" || draft.chains.get(draft.device)?.hashes.includes(hash) !== true) return;
  const clear = parseSnapshotClear(parsed);
  if (clear.cursor !== arrived.seq - 1 || draft.isRereading) return;
  if (!isOfThisLog(arrived, clear)) return forgetNewest(draft);
  noteNewest(draft, arrived, hash);
  for (const { author } of clear.coverage) if (draft.lanes.get(author)?.state === "final") draft.chains.delete(author);
  draft.compaction = { ...draft.compaction, isUnfolded: true };
  draft.effects.push({ type: "fold" });
}

/** A snapshot that is known already. Behind the newest, pages came twice, as after a rollback; and what it covers of this device is in the log. */
export function passBy(draft: Draft, { seq, parsed }: Arrived, hash: string): void {
  if (parsed.kind !== "snapshot" || draft.chains.get(parsed.author)?.hashes.includes(hash) !== true) return;
  const { newest } = draft.compaction;
  if (newest !== null && newest.hash !== hash && seq > newest.seq) forgetNewest(draft);
  const own = parseSnapshotClear(parsed).coverage.find(({ author }) => author === draft.device);
  // OB7: a device that lost its journal has no bytes of it to offer again.
  if (own !== undefined) takeAck(draft, own.counter);
}

/** CV7: two devices that were served different logs find different states under one snapshot. */
export function takeBeacon(draft: Draft, parsed: ParsedEnvelope, body: Uint8Array): void {
  const { newest } = draft.compaction;
  if (newest === null || bytesToHex(parseBeaconClear(parsed)) !== newest.hash) return;
  if (bytesToHex(body) !== newest.digest) return void alarm(draft, "FORK");
  if (parsed.author !== newest.author)
    draft.compaction = { ...draft.compaction, newest: { ...newest, isConfirmed: true } };
}

/** It has been opened before: its key is there, and its body begins with the digest. */
export function noteNewest(draft: Draft, { seq, parsed }: Pick<Arrived, "seq" | "parsed">, hash: string): void {
  const opened = openWithAny(parsed, keysOfEpoch(draft, parsed.epoch));
  if (opened === null) return;
  const digest = bytesToHex(readDigest(opened.body));
  const newest = { seq, hash, digest, author: parsed.author, isConfirmed: false };
  draft.compaction = { ...draft.compaction, newest, envelopes: 0, bytes: 0, isLacking: false };
}

/** One came by that may count for others, and cannot be held against the log here: which is the newest nobody can say. */
export function forgetNewest(draft: Draft): void {
  draft.compaction = { ...draft.compaction, newest: null, envelopes: 0, bytes: 0 };
}

/** It follows the newest, and lies elsewhere than it says: overtaken, or shown there by a relay that lies, and the newest for whoever saw it in its place. */
function doubtNewest(draft: Draft, clear: SnapshotClear): void {
  if (followsNewest(draft, clear)) draft.compaction = { ...draft.compaction, newest: null };
}

/** It stands for the log that this relay shows, exactly as it is in front of it. */
export function isOfThisLog({ seq, before }: Arrived, { cursor, mark }: SnapshotClear): boolean {
  return cursor === seq - 1 && before?.seq === cursor && isEqualBytes(before.hash, mark);
}
