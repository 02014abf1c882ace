/**
 * The room's rules for snapshots: what one must cover, whom it stands for, and what follows from having taken one. Pure, like
 * room.ts, which calls these; opening and comparing what is inside takes time and is done at the replica's edge (compaction.ts).
 */
import { bytesToHex, hexToBytes, isEqualBytes } from "#crypto/bytes.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { coveredAuthorsMax } from "#crypto/limits.ts";
import { NO_SNAPSHOT, type Covered, type SnapshotClear } from "#crypto/snapshotHeader.ts";
import { holds, type Chain } from "./chain.ts";
import type { SnapshotPace } from "./limits.ts";
import { pendingCount } from "./outbox.ts";
import type { RoomState } from "./roomState.ts";

export interface CompactionState {
  /** The newest snapshot that stood for the log exactly, as hex. */
  readonly newest: {
    readonly seq: number;
    readonly hash: string;
    readonly digest: string;
    readonly author: AuthorId;
    readonly isConfirmed: boolean;
  } | null;
  /** What came into the log since. */
  readonly envelopes: number;
  readonly bytes: number;
  /** The newest own counter that the log is known to hold in front of what comes next. */
  readonly logged: number;
  readonly ackedAtLink: number;
  /** Since the relay was rolled back: of whom the log may lack what this device holds up to here, until more of theirs comes. */
  readonly unlogged: ReadonlyMap<AuthorId, number>;
  /** The newest seq of what was taken in. A snapshot before it that waited for a key or a roster cannot be compared any more. */
  readonly takenSeq: number;
  /** One is being opened; what comes after it waits. */
  readonly held: HeldSnapshot | null;
  /** One was taken, and the journal's base does not hold it yet. */
  readonly isUnfolded: boolean;
  /** Another device wrote one that lacks what this one read: something was kept back from it. */
  readonly isLacking: boolean;
}

export interface HeldSnapshot {
  readonly seq: number;
  readonly parsed: ParsedEnvelope;
  readonly clear: SnapshotClear;
  readonly isExact: boolean;
  /** `adopt`: it holds what this device has not read. `compare`: it must say what this device knows. */
  readonly mode: "adopt" | "compare";
}

export const noCompaction: CompactionState = {
  newest: null,
  envelopes: 0,
  bytes: 0,
  logged: 0,
  ackedAtLink: 0,
  unlogged: new Map(),
  takenSeq: 0,
  held: null,
  isUnfolded: false,
  isLacking: false,
};

/** Beacons do not count: they follow a snapshot, and would make the next one due in a log that nobody writes. */
export function withLogged(compaction: CompactionState, { kind, bytes }: ParsedEnvelope): CompactionState {
  if (kind === "beacon") return compaction;
  return { ...compaction, envelopes: compaction.envelopes + 1, bytes: compaction.bytes + bytes.length };
}

type View = Pick<RoomState, "chains" | "lanes" | "device" | "compaction" | "outbox">;

/**
 * `stale`: an envelope like any other, since the log went on before it was stored. `lacking`: it leaves out what this device read
 * before it.
 */
export type SnapshotPlace = "malformed" | "fork" | "lacking" | "stale" | "adopt" | "compare";

/** Rules CV1..CV5. Its author's signature and its own place in the chain, but for a gap, have been checked. */
export function placeSnapshot(
  room: View,
  parsed: ParsedEnvelope,
  clear: SnapshotClear,
  isExact: boolean,
): SnapshotPlace {
  const coverage = new Map(clear.coverage.map((covered) => [covered.author, covered]));
  const before = coverage.get(parsed.author);
  const isSelfCovered =
    before === undefined
      ? parsed.counter === 1
      : before.counter === parsed.counter - 1 && isEqualBytes(before.hash, parsed.prev);
  if (!isSelfCovered) return "malformed";
  if (clear.coverage.some((covered) => contradicts(room.chains.get(covered.author), covered))) return "fork";
  if (isExact && dropsKnown(room, parsed.author, coverage)) return "lacking";
  if (clear.coverage.some((covered) => isMissing(room, covered))) {
    // Somebody else goes on with this device's chain while it has envelopes of its own under way.
    const own = coverage.get(room.device)?.counter ?? 0;
    return own > room.outbox.sealed && pendingCount(room.outbox) > 0 ? "fork" : "adopt";
  }
  if (!isExact || lacksUnlogged(room, coverage)) return "stale";
  return isEqualBytes(clear.previous, NO_SNAPSHOT) || followsNewest(room, clear) ? "compare" : "fork";
}

export function followsNewest(
  { compaction: { newest } }: Pick<View, "compaction">,
  { previous }: SnapshotClear,
): boolean {
  return newest === null || bytesToHex(previous) === newest.hash;
}

function contradicts(chain: Chain | undefined, covered: Covered): boolean {
  return chain !== undefined && covered.counter <= chain.counter && !holds(chain, covered);
}

/** A snapshot of the log as it was must cover every device's envelopes that were in the log before it, ours above all. */
function dropsKnown(room: View, by: AuthorId, coverage: ReadonlyMap<AuthorId, Covered>): boolean {
  for (const [author, chain] of room.chains) {
    if (room.lanes.has(author) || author === by) continue;
    const isUnlogged = chain.counter <= (room.compaction.unlogged.get(author) ?? 0);
    const known =
      author === room.device ? Math.min(room.compaction.logged, chain.counter) : isUnlogged ? 0 : chain.counter;
    if ((coverage.get(author)?.counter ?? 0) < known) return true;
  }
  return false;
}

/** What this device holds of others, and a log that was rolled back has lost: a snapshot of that log cannot say the same. */
function lacksUnlogged(room: View, coverage: ReadonlyMap<AuthorId, Covered>): boolean {
  for (const [author, counter] of room.compaction.unlogged) {
    const covered = coverage.get(author)?.counter ?? 0;
    if (!room.lanes.has(author) && covered < Math.min(counter, room.chains.get(author)?.counter ?? 0)) return true;
  }
  return false;
}

function isMissing(room: View, { author, counter }: Covered): boolean {
  const lane = room.lanes.get(author);
  // Of a lane that is over nothing is kept but that it is over.
  if (lane !== undefined && lane.state !== "open") return false;
  return (room.chains.get(author)?.counter ?? 0) < counter;
}

/** All but lanes that are still writing, or that were shut out: those stay in the log as they are. */
export function coverageOf({ chains, lanes }: Pick<RoomState, "chains" | "lanes">): readonly Covered[] {
  const isDevice = ([author]: readonly [AuthorId, Chain]): boolean => !lanes.has(author);
  const devices = [...chains].filter(isDevice);
  const finished = [...chains].filter(([author]) => lanes.get(author)?.state === "final");
  return [...devices, ...finished].slice(0, coveredAuthorsMax).map(([author, { counter, hashes }]) => ({
    author,
    counter,
    hash: hexToBytes(hashes.at(-1) ?? "") ?? NO_SNAPSHOT,
  }));
}

export function isSnapshotDue({ compaction }: Pick<RoomState, "compaction">, pace: SnapshotPace): boolean {
  return compaction.envelopes >= pace.envelopesMin || compaction.bytes >= pace.logBytesMin;
}

/** Everything that the log holds is in the doc, and everything in the doc is in the log. */
export function isFullyCovered(state: RoomState): boolean {
  const { isLinked, isQuarantined, isRereading, alarm, parked, outbox, compaction, cursor, mark, direct } = state;
  return (
    isLinked &&
    !isQuarantined &&
    !isRereading &&
    (alarm === null || compaction.isLacking) &&
    parked.length === 0 &&
    direct.size === 0 &&
    pendingCount(outbox) === 0 &&
    mark?.seq === cursor &&
    compaction.logged >= outbox.sealed &&
    compaction.held === null
  );
}
