/** A room's state while one step changes it, and the changes that several rules make. */
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { extendChain, type Chain } from "./chain.ts";
import type { LogMark } from "./frame.ts";
import { withEnds, withGrant, withRekey } from "./rekey.ts";
import { withLogged } from "./roomSnapshot.ts";
import type { Lane, Parked, RoomEffect, RoomState } from "./roomState.ts";
import type { AlarmCode } from "./status.ts";
import type { Tips } from "./tips.ts";

/** A copy that one step may change. */
export interface Draft extends Omit<
  { -readonly [K in keyof RoomState]: RoomState[K] },
  "chains" | "lanes" | "parked" | "awaited"
> {
  readonly awaited: Map<string, number>;
  readonly chains: Map<AuthorId, Chain>;
  readonly lanes: Map<AuthorId, Lane>;
  parked: Parked[];
  readonly effects: RoomEffect[];
  /** Of the page at hand. */
  tips: Tips;
  /** In this step: each envelope may inflate to the largest size. */
  openedBytes: number;
}

export type Arrived = Omit<Parked, "waitsFor">;
export type Verdict = "taken" | "dropped" | Parked["waitsFor"];

export function extend(draft: Draft, parsed: ParsedEnvelope, hash: string): "taken" {
  const { author, counter } = parsed;
  // A lane's last word: what came before it is told apart no more (CH3), and a chat has a lane for each answer.
  const before = parsed.kind === "final" ? undefined : draft.chains.get(author);
  draft.chains.set(author, before === undefined ? { counter, hashes: [hash] } : extendChain(before, counter, hash));
  draft.effects.push({ type: "store", envelope: parsed.bytes });
  draft.compaction = withLogged(draft.compaction, parsed);
  if (author === draft.device) {
    // OB5: our own chain from the relay, after this device lost its journal: it goes on from there.
    draft.outbox = { sealed: counter, committed: counter, acked: counter, sent: counter };
  }
  return "taken";
}

export function takeRekey(draft: Draft, parsed: ParsedEnvelope, hash: string): void {
  draft.epochKeys = withRekey(draft, parsed, hash, draft.vaultKeys);
  draft.ends = withEnds(draft, parsed);
}

/** GE1: which runs hold a key, as all devices can read it. */
export function takeGrant(draft: Draft, parsed: ParsedEnvelope): void {
  if (parsed.kind !== "grant" && parsed.kind !== "grantEnd") return;
  try {
    Object.assign(draft, withGrant(draft, parsed));
  } catch (cause) {
    // reason: a clear part that is no grant lends nothing.
    if (!(cause instanceof CryptoError)) throw cause;
  }
}

export function reread(draft: Draft): void {
  draft.isRereading = true;
  draft.cursor = 0;
  draft.effects.push({ type: "ask" });
}

/** KE1: signed by a member and yet not openable. A lane's is set aside alone; a device's, with the doc. */
export function refuse(draft: Draft, author: AuthorId, lane: Lane | null): "dropped" {
  if (lane === null) return alarm(draft, "KEY");
  takeViolation(draft, author);
  return "dropped";
}

export function takeViolation(draft: Draft, author: AuthorId): void {
  const lane = draft.lanes.get(author);
  // SC0: the lane alone is shut out; a device that writes poison takes the doc with it.
  if (lane === undefined) return void alarm(draft, "KEY");
  draft.lanes.set(author, { ...lane, state: "refused" });
  draft.alarm = "SCOPE";
}

export function alarm(draft: Draft, code: AlarmCode): "dropped" {
  draft.alarm = code;
  draft.isQuarantined = true;
  return "dropped";
}

export function copyMark(mark: LogMark | null): LogMark | null {
  return mark === null ? null : { seq: mark.seq, hash: mark.hash.slice() };
}
