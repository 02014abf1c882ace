/**
 * Which key a doc is written under, and when that key has had its day. Rules RK1..RK7 of PROTOCOL.md, as pure functions of what a
 * room knows. Two devices may begin the same epoch without seeing each other: both keys stand, all devices write under the one
 * whose REKEY has the newer generation, or else the lower hash, and the next REKEY carries the other along.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { openRekey, openRekeyKeys, type EpochDocKey } from "#crypto/docKeys.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseGrantClear, parseGrantEndClear } from "#crypto/grantHeader.ts";
import { HASH_BYTES, type AuthorId, type RunId } from "#crypto/ids.ts";
import { rekeyEndsMax } from "#crypto/limits.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { generationAt, isActiveMember, type Roster } from "#crypto/roster.ts";
import type { Covered } from "#crypto/snapshotHeader.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { RoomState } from "./roomState.ts";

/** A doc key, as one REKEY brought it. */
export interface EpochKey extends EpochDocKey {
  /** Of the vault key that wraps it. */
  readonly generation: number;
  /** Of its REKEY, hex. */
  readonly hash: string;
  /** A later REKEY holds it, so the newest key reads back to it. */
  readonly isCarried: boolean;
}

/** A key that an agent holds: granted for a run whose end nobody has written yet. */
export interface OpenGrant {
  readonly epoch: number;
  /** ms since 1970. */
  readonly notAfter: number;
}

export interface KeyState {
  readonly roster: Roster;
  readonly epochKeys: readonly EpochKey[];
  readonly openGrants: ReadonlyMap<RunId, OpenGrant>;
  /** The newest epoch that was lent to a run which is over; 0 when none was. */
  readonly lentEpoch: number;
  /** The newest roster seq that was known when the log was read to its end. */
  readonly readRosterSeq: number;
  /** How far removed devices' chains go, as members said who had read the log knowing of the removal. */
  readonly ends: ReadonlyMap<AuthorId, Covered>;
}

export type GrantState = Pick<KeyState, "openGrants" | "lentEpoch">;

/** Of a key whose REKEY was read before hashes of REKEYs were kept. */
export const NO_REKEY_HASH = "00".repeat(HASH_BYTES);

/** All keys that are known after one REKEY more. A long chat has thousands. Throws `CryptoError`, as `openRekey`. */
export function withRekey(
  state: Pick<KeyState, "epochKeys">,
  parsed: ParsedEnvelope,
  hash: string,
  vaultKeys: ReadonlyMap<number, VaultKey>,
): KeyState["epochKeys"] {
  const { epoch, docKey } = openRekey(parsed, vaultKeys);
  const { generation } = parseRekeyClear(parsed);
  const older = openRekeyKeys(parsed, docKey);
  const carried = new Set(older.map(nameOf));
  const carriedEpochs = new Set(older.map((key) => key.epoch));
  const name = nameOf({ epoch, docKey });
  const isSame = (key: EpochKey): boolean => key.hash === hash || (key.hash === NO_REKEY_HASH && nameOf(key) === name);
  const known = state.epochKeys.filter((key) => !isSame(key));
  // It may come twice: ahead of its turn, and in it.
  const isCarried = state.epochKeys.some((key) => isSame(key) && key.isCarried);
  return [...known, { epoch, docKey, generation, hash, isCarried }].map((key) =>
    carriedEpochs.has(key.epoch) && carried.has(nameOf(key)) ? { ...key, isCarried: true } : key,
  );
}

/** Every key of an epoch, the one to write under first. */
export function keysOfEpoch(state: Pick<KeyState, "epochKeys">, epoch: number): readonly EpochKey[] {
  return state.epochKeys.filter((key) => key.epoch === epoch).toSorted(byPrecedence);
}

/** RK3: `null` when it is none of these; the key may come with a REKEY that is still to be read. */
export function openWithAny(
  parsed: ParsedEnvelope,
  keys: readonly EpochKey[],
): { readonly body: Uint8Array; readonly key: EpochKey } | null {
  for (const key of keys) {
    try {
      return { body: openEnvelope(parsed, key.docKey), key };
    } catch (cause) {
      if (!(cause instanceof CryptoError) || cause.code !== "key") throw cause;
    }
  }
  return null;
}

/** What new envelopes are sealed under; `null` before the first REKEY arrived. */
export function writingKey(state: Pick<KeyState, "epochKeys">): EpochKey | null {
  const newest = state.epochKeys.reduce((epoch, key) => Math.max(epoch, key.epoch), 0);
  return bestOf(state.epochKeys, newest);
}

/** Whether the newest key is one that a member of the past can open: nothing may be sealed under it any more. */
export function isKeyOutdated(state: Pick<KeyState, "epochKeys" | "roster">): boolean {
  const key = writingKey(state);
  return key !== null && key.generation < state.roster.generation;
}

/**
 * Whether the next write is preceded by a REKEY. A run under way keeps its key, except when the roster has a newer generation.
 * What is lent must read everything, so before a grant the keys that stand side by side are brought together.
 */
export function isRekeyDue(state: KeyState, isGrant: boolean): boolean {
  const key = writingKey(state);
  if (key === null) return false;
  if (key.generation < state.roster.generation) return true;
  if (isGrant && sideKeys(state).length > 0) return true;
  return state.openGrants.size === 0 && (state.lentEpoch >= key.epoch || lacksEnds(state));
}

/**
 * RK8: nobody has begun this doc, says its log, which was read to its end knowing of a removal: who meant to may be gone with the key. If it was not,
 * and two begin now, both keys stand (RK2).
 */
export function isOrphaned(
  state: Pick<KeyState, "epochKeys" | "roster" | "readRosterSeq"> & Pick<RoomState, "chains" | "cursor" | "parked">,
): boolean {
  const isEmpty = state.cursor === 0 && state.chains.size === 0 && state.parked.length === 0;
  const isRead = state.readRosterSeq >= state.roster.seq;
  return isEmpty && isRead && state.epochKeys.length === 0 && removedBefore(state).length > 0;
}

/** RM7: how far the chains of removed devices go, as far as this device can say: it has read the log to its end knowing of the removal. */
export function endsToSay(
  state: Pick<KeyState, "roster" | "readRosterSeq"> & Pick<RoomState, "chains">,
): readonly Covered[] {
  return removedBefore(state).map((author) => {
    const chain = state.chains.get(author);
    const hash =
      (chain === undefined ? null : hexToBytes(chain.hashes.at(-1) ?? NO_REKEY_HASH)) ?? new Uint8Array(HASH_BYTES);
    return { author, counter: chain?.counter ?? 0, hash };
  });
}

/** RM7: what a REKEY says of ends. Only a member may say them, and only of those whose removal it knew; the furthest counts. */
export function withEnds(
  { ends, roster }: Pick<KeyState, "ends" | "roster">,
  parsed: ParsedEnvelope,
): KeyState["ends"] {
  if (!isActiveMember(roster, parsed.author)) return ends;
  const next = new Map(ends);
  for (const end of parseRekeyClear(parsed).ends) {
    const removedSeq = roster.members.get(end.author)?.removedSeq ?? null;
    const isKnown = removedSeq !== null && removedSeq <= parsed.rosterSeq;
    if (isKnown && end.counter >= (next.get(end.author)?.counter ?? 0)) next.set(end.author, end);
  }
  return next;
}

/** RM7: where a removed device's envelope stands to what is known of its end. `unknown`: nobody has said so far. */
export function placeAtEnd(
  { ends }: Pick<KeyState, "ends">,
  { author, counter }: Pick<ParsedEnvelope, "author" | "counter">,
  hash: string,
): "before" | "behind" | "unknown" {
  const end = ends.get(author);
  if (end === undefined) return "unknown";
  const isAnother = counter === end.counter && bytesToHex(end.hash) !== hash;
  return counter > end.counter || isAnother ? "behind" : "before";
}

function lacksEnds(state: KeyState): boolean {
  return removedBefore(state).some((author) => !state.ends.has(author));
}

/** Those of whose removal this device knew when it read the log to its end, the newest first. */
function removedBefore({ roster, readRosterSeq }: Pick<KeyState, "roster" | "readRosterSeq">): readonly AuthorId[] {
  return [...roster.members.values()]
    .filter(({ role, removedSeq }) => role === "device" && removedSeq !== null && removedSeq <= readRosterSeq)
    .toSorted((a, b) => (b.removedSeq ?? 0) - (a.removedSeq ?? 0))
    .slice(0, rekeyEndsMax)
    .map(({ id }) => id);
}

/** Keys that the writing key does not read back to. */
export function sideKeys(state: Pick<KeyState, "epochKeys">): readonly EpochKey[] {
  const key = writingKey(state);
  return state.epochKeys.filter((other) => !other.isCarried && other !== key).toSorted((a, b) => b.epoch - a.epoch);
}

/** Whether an envelope was sealed under a key that the roster it names had done away with. */
export function isStale(roster: Roster, parsed: ParsedEnvelope, generation: number): boolean {
  return generation < generationAt(roster, Math.min(parsed.rosterSeq, roster.seq));
}

/** A REKEY names the generation of its own roster, no other. One whose roster we do not know yet waits for its vault key. */
export function isRekeyInPlace(roster: Roster, parsed: ParsedEnvelope): boolean {
  return parsed.rosterSeq > roster.seq || parseRekeyClear(parsed).generation === generationAt(roster, parsed.rosterSeq);
}

/** What a GRANT or GRANT_END changes. Throws `CryptoError` for a clear part that is none. */
export function withGrant(
  { openGrants, lentEpoch }: Pick<KeyState, "openGrants" | "lentEpoch">,
  parsed: ParsedEnvelope,
): Pick<KeyState, "openGrants" | "lentEpoch"> {
  const next = new Map(openGrants);
  if (parsed.kind === "grant") {
    const { run, notAfter } = parseGrantClear(parsed.clear);
    const held = next.get(run);
    next.set(run, {
      epoch: Math.max(parsed.epoch, held?.epoch ?? 0),
      notAfter: Math.max(notAfter, held?.notAfter ?? 0),
    });
    return { openGrants: next, lentEpoch };
  }
  const run = parseGrantEndClear(parsed.clear);
  const lent = next.get(run)?.epoch ?? parsed.epoch;
  next.delete(run);
  return { openGrants: next, lentEpoch: Math.max(lentEpoch, lent) };
}

/**
 * What a snapshot says of grants that it covers. One that this device knows as open stays: its GRANT may be too new to be in it,
 * and a grant that is ended twice costs less than a key that is taken for returned.
 */
export function withGrantsOf(
  { openGrants, lentEpoch }: GrantState,
  covered: GrantState,
): Pick<KeyState, "openGrants" | "lentEpoch"> {
  return {
    openGrants: new Map([...covered.openGrants, ...openGrants]),
    lentEpoch: Math.max(lentEpoch, covered.lentEpoch),
  };
}

/**
 * Whether a removed member's envelope comes too late: the log was read to its end since the removal was known, and this was not
 * in it. It may be honest work done offline, or made up afterwards; nobody can tell, so the owner decides.
 */
export function isLate(roster: Roster, author: AuthorId, readRosterSeq: number): boolean {
  const member = roster.members.get(author);
  return member !== undefined && !isActiveMember(roster, author) && (member.removedSeq ?? 0) <= readRosterSeq;
}

function bestOf(keys: readonly EpochKey[], epoch: number): EpochKey | null {
  return keysOfEpoch({ epochKeys: keys }, epoch)[0] ?? null;
}

function byPrecedence(a: EpochKey, b: EpochKey): number {
  return b.generation - a.generation || (a.hash < b.hash ? -1 : 1);
}

function nameOf({ epoch, docKey }: EpochDocKey): string {
  return `${epoch}/${bytesToHex(docKey)}`;
}
