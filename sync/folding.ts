/** When a doc's journal is folded into its base, when its place in the log is noted, and how both are read at the start. */
import * as Y from "yjs";
import type { Journal } from "./journal.ts";
import { inFlightMax, journalEntriesMax, journalEntryBytesMax, placeDelayMs, sliceFromBytes } from "./limits.ts";
import type { OwnEnvelopes } from "./ownEnvelopes.ts";
import type { Clock, Pause } from "./ports.ts";
import { decodeBase, decodePlace, encodeBase, encodePlace, placeInLog } from "./roomBase.ts";
import { createRoomState, type RoomBeginning, type RoomState } from "./roomState.ts";
import { sliceUpdate } from "./updateSlices.ts";

export interface Folding {
  /** The room moved. */
  notePlaceSoon(): void;
  notePlace(): void;
  /** Something was committed: the journal may have become long. */
  foldIfLong(): void;
  /** A snapshot changed what is nowhere else: at once, or as soon as it can be. */
  foldNow(): void;
  /** … which has not been yet. */
  readonly isDue: boolean;
  close(): void;
}

export interface FoldingOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly own: OwnEnvelopes;
  readonly yDoc: Y.Doc;
  readonly state: () => RoomState;
  /** What was delivered is in the Y.Doc. */
  readonly isOpen: () => boolean;
  /** Nothing typed waits to be sealed, after a try. It must not slip into the base: it would never reach anybody else. */
  readonly sealAll: () => boolean;
  /** … or in the middle of a step. */
  readonly isIdle: () => boolean;
  /** The base holds what a snapshot brought. */
  readonly onFolded: () => void;
}

/** A base is rewritten once the entries behind it reach this part of its size, or this many times the usual number. */
const foldRatio = 8;

export function createFolding(options: FoldingOptions): Folding {
  const { clock, journal, own, yDoc } = options;
  let notedPlace = journal.place === null ? "" : String(journal.place);
  let cancelPlace: (() => void) | null = null;
  let notedAcked = 0;
  let isDue = false;
  let isClosed = false;

  function notePlace(): void {
    cancelPlace?.();
    cancelPlace = null;
    const state = options.state();
    const place = encodePlace(placeInLog(state));
    notedAcked = state.outbox.acked;
    if (isClosed || state.isQuarantined || String(place) === notedPlace) return;
    notedPlace = String(place);
    journal.setPlace(place);
  }

  function fold(state: RoomState): void {
    journal.fold(encodeBase(state, Y.encodeStateAsUpdate(yDoc)), own.isOwn);
    own.forget();
  }

  function foldNow(): void {
    const state = options.state();
    isDue = true;
    if (isClosed || state.isQuarantined || !options.isOpen() || !options.isIdle()) return;
    isDue = false;
    fold({ ...state, compaction: { ...state.compaction, isUnfolded: false } });
    options.onFolded();
  }

  return {
    get isDue() {
      return isDue;
    },
    notePlaceSoon: () => {
      const { isQuarantined, outbox } = options.state();
      if (isClosed || isQuarantined) return;
      // OB11: what is acknowledged and not noted is repeated after a crash, and a log that was shortened answers only so many.
      if (outbox.acked >= notedAcked + inFlightMax) notePlace();
      else cancelPlace ??= clock.after(placeDelayMs, notePlace);
    },
    notePlace,
    foldNow,
    foldIfLong: () => {
      const { entries, baseBytes } = journal;
      const { isQuarantined, parked } = options.state();
      if (isClosed || isQuarantined || !options.isOpen()) return;
      if (parked.length > 0) return;
      const entryBytes = entries.reduce((sum, entry) => sum + entry.length, 0);
      // Each is verified and opened again whenever the doc is: few, and not much of it.
      if (entries.length < journalEntriesMax && entryBytes < journalEntryBytesMax) return;
      // Amortised: a base is written only when the entries it replaces are worth it.
      if (entryBytes * foldRatio < baseBytes && entries.length < journalEntriesMax * foldRatio) return;
      if (!options.sealAll()) return;
      if (isDue) foldNow();
      else fold(options.state());
    },
    close: () => {
      isClosed = true;
      cancelPlace?.();
    },
  };
}

/** What the journal's base and place say; `null` when there is nothing to go on from. */
export function readBase(journal: Journal, beginning: RoomBeginning): ReturnType<typeof decodeBase> | null {
  try {
    const held = journal.base === null ? null : decodeBase(journal.base, beginning);
    const place = journal.place === null ? null : decodePlace(journal.place);
    if (place === null) return held;
    const state = held?.state ?? createRoomState(beginning);
    const { cursor, outbox } = state;
    const acked = Math.max(outbox.acked, place.acked);
    return {
      state: {
        ...state,
        cursor: Math.max(cursor, place.cursor),
        mark: place.mark ?? state.mark,
        compaction: { ...state.compaction, logged: Math.max(state.compaction.logged, place.logged) },
        readRosterSeq: Math.max(state.readRosterSeq, place.readRosterSeq),
        receipts: new Map([...state.receipts, ...place.receipts]),
        outbox: { ...outbox, acked, sent: acked },
      },
      update: held?.update ?? Uint8Array.of(0, 0),
    };
  } catch {
    // reason: a base of another version, or none of ours: the relay has what it held.
    return null;
  }
}

/** What the journal's base holds of the doc: a long one by slices, with a pause after each. */
export async function applyHeld(yDoc: Y.Doc, update: Uint8Array, pause: Pause): Promise<void> {
  if (update.length <= sliceFromBytes) return Y.applyUpdate(yDoc, update);
  for (const slice of sliceUpdate(update)) {
    if (slice === null) await pause();
    else Y.applyUpdate(yDoc, slice);
  }
}
