/** What a room knows, and what can happen to it: plain values for the pure step in room.ts. */
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId, BootId, DocId, RunId } from "#crypto/ids.ts";
import type { Roster } from "#crypto/roster.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { Chain } from "./chain.ts";
import type { LogEntry, LogMark, NackCode, PageMarks } from "./frame.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { GrantState, KeyState } from "./rekey.ts";
import { noCompaction, type CompactionState, type HeldSnapshot } from "./roomSnapshot.ts";
import type { AlarmCode } from "./status.ts";

/** A run's answer as it was accepted: who writes it, in which life of which host. */
export interface Lane {
  readonly run: RunId;
  readonly key: Uint8Array;
  readonly host: AuthorId;
  readonly boot: BootId;
  /** `refused`: it wrote where it may not; nothing more of it is taken. */
  readonly state: "open" | "final" | "refused";
}

/** An envelope that cannot be judged yet, and what it waits for. */
export interface Parked {
  readonly seq: number;
  readonly parsed: ParsedEnvelope;
  /** What the log was in front of it, if the relay said so. */
  readonly before: LogMark | null;
  /** `key`: none of the keys known for its epoch opens it. */
  readonly waitsFor: "gap" | "epoch" | "key" | "roster";
}

export interface EndsReading {
  /** What had been met when the log was asked for, and from where. */
  readonly of: ReadonlySet<string>;
  readonly fromSeq: number;
  /** The answer has begun: pages that were on their way when it was asked for say nothing. */
  readonly isBegun: boolean;
}

export interface RoomState extends KeyState {
  readonly doc: DocId;
  readonly device: AuthorId;
  readonly roster: Roster;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
  readonly chains: ReadonlyMap<AuthorId, Chain>;
  readonly lanes: ReadonlyMap<AuthorId, Lane>;
  readonly parked: readonly Parked[];
  /** Of whom something came that could not be judged, since nobody had certified them: lanes whose ACCEPT may still come. */
  readonly early: ReadonlySet<AuthorId>;
  /** The newest seq at the relay that was looked at. */
  readonly cursor: number;
  /** What the relay said that its log was up to there, or a little before. */
  readonly mark: LogMark | null;
  /** Removed devices' envelopes that were let go, since nobody had said where their chains end (RM7), by hash: where they lay. They come again. */
  readonly awaited: ReadonlyMap<string, number>;
  /** The first of them, or what the log was asked for from. */
  readonly awaitedSeq: number | null;
  /** The log is gone through for what is said of their ends. */
  readonly endsReading: EndsReading | null;
  /** Those of which an answer that was asked for after they were met says nothing: they count. */
  readonly unsaid: ReadonlySet<string>;
  /** Presence whose key is not here yet, the newest of each device: its REKEY may be behind it on its way (PS4). */
  readonly unheard: ReadonlyMap<AuthorId, Uint8Array>;
  /** How far other devices said that they hold this device's chain. */
  readonly receipts: ReadonlyMap<AuthorId, number>;
  readonly outbox: Outbox;
  readonly isLinked: boolean;
  /** The log is being read again from its beginning, for a gap or after a rollback. */
  readonly isRereading: boolean;
  /** `gapAlarmMs` is being counted. */
  readonly isWatchingGap: boolean;
  readonly compaction: CompactionState;
  readonly alarm: AlarmCode | null;
  /** How far chains are held that came by a direct link, and that the log has not shown yet. */
  readonly direct: ReadonlyMap<AuthorId, number>;
  /** Read-only: see `alarm`. */
  readonly isQuarantined: boolean;
  /** Nobody looks at the document now, and there is none: what only text says is not opened (sealedReading.ts). */
  readonly isSealed: boolean;
}

export type RoomEvent =
  /** What the journal held, at the start. */
  | { readonly type: "journal"; readonly envelopes: readonly Uint8Array[] }
  | {
      readonly type: "entries";
      readonly entries: readonly LogEntry[];
      readonly head: number;
      readonly more: boolean;
      readonly marks?: PageMarks;
      /** `false`: it was on its way when the log was asked for last, or goes on with a page. */
      readonly mayBegin?: boolean;
    }
  /** From another device, over a direct link: not from the log. */
  | { readonly type: "direct"; readonly envelopes: readonly Uint8Array[] }
  | { readonly type: "ephemeral"; readonly envelope: Uint8Array }
  /** An envelope that this device has just sealed: the next of its own chain. */
  | { readonly type: "sealed"; readonly envelope: Uint8Array }
  /** Own envelopes up to this counter are strictly committed. */
  | { readonly type: "committed"; readonly counter: number }
  | { readonly type: "linked" }
  | { readonly type: "unlinked" }
  /** `seq`: where the relay says that it lies. */
  | { readonly type: "acked"; readonly counter: number; readonly seq?: number }
  | { readonly type: "nacked"; readonly counter: number; readonly code: NackCode; readonly expected: number }
  | { readonly type: "roster"; readonly roster: Roster; readonly vaultKeys: ReadonlyMap<number, VaultKey> }
  /** An applied update turned out to be poison or out of scope. */
  | { readonly type: "violated"; readonly author: AuthorId }
  /** Another device holds this device's chain up to `counter`. */
  | { readonly type: "receipt"; readonly device: AuthorId; readonly counter: number }
  /** The snapshot that was held has been opened. `null`: it does not hold what it says, or not what this device knows. */
  | { readonly type: "snapshotRead"; readonly lanes: ReadonlyMap<AuthorId, Lane> | null; readonly grants?: GrantState }
  /** The journal's base holds the state as it is. */
  | { readonly type: "folded" }
  /** A gap has stood for `gapAlarmMs`. */
  | { readonly type: "gapTimeout" }
  /** The log had to be asked for more often than any honest relay makes it necessary. */
  | { readonly type: "askedTooOften" };

export type RoomEffect =
  /** Into the journal. */
  | { readonly type: "store"; readonly envelope: Uint8Array }
  /** Into the Y.Doc; a lane's goes through its scope first. */
  | {
      readonly type: "write";
      readonly author: AuthorId;
      readonly update: Uint8Array;
      readonly lane: Lane | null;
      readonly isFinal: boolean;
    }
  /** Open a held snapshot and say what is in it, before the next entries. */
  | { readonly type: "readSnapshot"; readonly held: HeldSnapshot; readonly body: Uint8Array }
  /** The journal needs a new base: what a snapshot changed is nowhere else. */
  | { readonly type: "fold" }
  /** Tell the others that the newest snapshot says what this device knows. */
  | { readonly type: "confirm"; readonly snapshot: Uint8Array; readonly digest: Uint8Array }
  | { readonly type: "presence"; readonly update: Uint8Array }
  /** What another device says to all: `what` is receipts.ts's or direct/signalClear.ts's byte. */
  | { readonly type: "told"; readonly what: number; readonly by: AuthorId; readonly body: Uint8Array }
  /** A removed member's, and too late: for the owner to decide. */
  | { readonly type: "setAside"; readonly envelope: Uint8Array }
  | { readonly type: "accepted"; readonly lane: AuthorId; readonly run: RunId }
  /** A run of which a snapshot says that its lane is over. */
  | { readonly type: "answered"; readonly run: RunId }
  | { readonly type: "append"; readonly counters: readonly number[] }
  /** The relay refused for now: try the outbox again later. */
  | { readonly type: "retryLater" }
  /** Subscribe again, from the state's cursor. */
  | { readonly type: "ask" }
  | { readonly type: "wantRoster" }
  /** Begin to count `gapAlarmMs`. */
  | { readonly type: "watchGap" };

export interface RoomBeginning {
  readonly doc: DocId;
  readonly device: AuthorId;
  readonly roster: Roster;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
}

export function createRoomState(beginning: RoomBeginning): RoomState {
  return {
    ...beginning,
    epochKeys: [],
    openGrants: new Map(),
    lentEpoch: 0,
    readRosterSeq: 0,
    ends: new Map(),
    awaited: new Map(),
    awaitedSeq: null,
    endsReading: null,
    unsaid: new Set(),
    unheard: new Map(),
    receipts: new Map(),
    chains: new Map(),
    lanes: new Map(),
    parked: [],
    direct: new Map(),
    early: new Set(),
    cursor: 0,
    mark: null,
    outbox: createOutbox(0, 0),
    isLinked: false,
    isRereading: false,
    isWatchingGap: false,
    compaction: noCompaction,
    alarm: null,
    isQuarantined: false,
    isSealed: false,
  };
}

/** The seq up to which all is in the journal or will never be: where to read on after a restart. */
export function durableCursor(state: RoomState): number {
  const { held, isUnfolded } = state.compaction;
  const from = state.isRereading || isUnfolded ? 0 : Math.min(markedCursor(state), (held?.seq ?? Infinity) - 1);
  return state.parked.reduce((cursor, { seq }) => Math.min(cursor, seq - 1), from);
}

/** RB2: where to read on, so that the relay's mark of that place can be held against the one that is known; and where what is awaited lies. */
export function markedCursor({ cursor, mark, awaitedSeq }: Pick<RoomState, "cursor" | "mark" | "awaitedSeq">): number {
  return Math.min(cursor, mark?.seq ?? Infinity, (awaitedSeq ?? Infinity) - 1);
}
