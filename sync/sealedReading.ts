/**
 * A log read to its end for the journal alone (BG1): what comes is judged by all that its outside tells — roster, signature, chain, the epoch's key — and
 * stored as sealed as it came. No document is made and no text is opened: that is done when somebody opens the doc, by the same room, which judges the
 * journal anew and finds then what a text says that may not be. Where there is more to do than to store, a document is asked for: a snapshot to
 * read, a run under way, something that does not add up, or something of this device's that has not reached the host.
 */
import { isSnapshot } from "#crypto/envelopeHeader.ts";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Subscriber, Subscription } from "./connection.ts";
import { readBase } from "./folding.ts";
import type { LogEntry, LogMark, PageMarks } from "./frame.ts";
import { openJournal, type Journal } from "./journal.ts";
import { sealedEntriesMax, sealedEntryBytesMax } from "./limits.ts";
import { isOtherLog } from "./log.ts";
import { pendingCount } from "./outbox.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import { devicesWithout, tipsOfDevices } from "./replicaStatus.ts";
import { step } from "./room.ts";
import { encodePlace, placeInLog } from "./roomBase.ts";
import { isSnapshotDue } from "./roomSnapshot.ts";
import { createRoomState, markedCursor, type RoomEvent, type RoomState } from "./roomState.ts";
import { decodeTips, encodeTips } from "./settled.ts";

/** Up to where a log was read, and what it was there. */
interface ReadUpTo {
  readonly cursor: number;
  readonly mark: LogMark | null;
}

export interface SealedWhole {
  readonly kind: "whole";
  /** The log is followed from there on, without its document. */
  readonly watch: Subscription;
  /** Devices' chains as far as they are strictly committed here. */
  readonly tips: ReadonlyMap<AuthorId, number>;
  /** This device's newest counter, while another device has not said that it holds it; else 0. */
  readonly unconfirmed: number;
  /** Something came after its end was stored. */
  readonly hasNews: boolean;
}

/** `document`: it takes a document to go on. `stopped`: the link is gone, or somebody opens it. */
export type SealedOutcome = SealedWhole | { readonly kind: "document" } | { readonly kind: "stopped" };

export interface SealedReading {
  /** Once its journal is closed again. Rejects when that could not be opened or written. */
  readonly outcome: Promise<SealedOutcome>;
  /** Resolves when its journal is closed. */
  stop(): Promise<void>;
}

/** Who follows a log that was read to its end. */
export interface Watching {
  /** Something came. */
  onNews(): void;
  /** The log says that nothing did, or can say nothing any more: its link is gone. */
  onCurrent(isCurrent: boolean): void;
}

export interface SealedReadingOptions {
  readonly doc: DocId;
  readonly context: ReplicaContext;
  readonly onAccepted: (run: RunId) => void;
  /** Once it was read to its end. */
  readonly watching: Watching;
  /** Resolves when it is time to store what was read, with what others have read meanwhile. */
  readonly storingTurn: () => Promise<void>;
}

type End = SealedOutcome["kind"];

export function readSealed(options: SealedReadingOptions): SealedReading {
  const { doc, context, onAccepted, watching, storingTurn } = options;
  const ended = Promise.withResolvers<End>();
  const end = ended.resolve;
  const outcome = run();
  return {
    outcome,
    stop: async () => {
      end("stopped");
      await outcome.catch(() => {});
    },
  };

  async function run(): Promise<SealedOutcome> {
    const { random, localKey, journals, lifeboat, pause } = context;
    const journal = await openJournal({ store: journals, doc, localKey, random, lifeboat, pause });
    try {
      return await read(journal);
    } finally {
      await journal.close();
    }
  }

  async function read(journal: Journal): Promise<SealedOutcome> {
    const known = (): Pick<RoomState, "roster" | "vaultKeys"> => ({
      roster: context.roster(),
      vaultKeys: context.vaultKeys(),
    });
    const beginning = { doc, device: context.keys.id, ...known() };
    let state: RoomState = { ...(readBase(journal, beginning)?.state ?? createRoomState(beginning)), isSealed: true };
    /** Of the watch that this becomes: what comes by then is for another turn. */
    let whole: ReadUpTo | null = null;
    /** What a step asked for, and only a document can do: the place before that is where to read on. */
    let isWanting = false;
    let hasNews = false;
    const hadPlace = state.cursor > 0;
    /** One row of the journal in the end, with the place they lead to. */
    const toStore: Uint8Array[] = [];
    /** BG5: how far chains go in a journal that is not judged anew, for as long as its log is what it was. */
    let unjudged = settledTips(journal, state);

    const take = (event: RoomEvent): void => {
      const [after, effects] = step(state, event);
      state = after;
      for (const effect of effects) {
        if (effect.type === "store") toStore.push(effect.envelope);
        else if (effect.type === "accepted" || effect.type === "answered") onAccepted(effect.run);
        // A text that two keys may open was opened, and is opened again with the document.
        else if (effect.type !== "write") isWanting = true;
      }
    };
    const takePage = (entries: readonly LogEntry[], head: number, more: boolean, marks: PageMarks): void => {
      if (whole !== null) {
        if (isNews(whole, entries, head, marks)) hasNews = true;
        return;
      }
      // It was on its way to whoever followed this log before, and begins behind where this reading stands: what is in between comes by the answer.
      if (marks.from !== null && marks.from.seq > state.cursor) return;
      // RM7: a page is judged by what this device knows by now, not by what it knew when it asked.
      if (context.roster() !== state.roster) take({ type: "roster", ...known() });
      if (unjudged !== null) {
        const place = { cursor: markedCursor(state), mark: state.mark };
        const isSettled = state.readRosterSeq === state.roster.seq;
        if (isSettled && !more && head === place.cursor && !isNews(place, entries, head, marks)) {
          whole = place;
          return end("whole");
        }
        unjudged = null;
        // JR4: a journal that turns out to be damaged is read from further back than was asked for.
        if (!judgeJournal() || state.cursor < place.cursor) return end("document");
      }
      if (isWanting || entries.some(({ envelope }) => isSnapshot(envelope))) return end("document");
      take({ type: "entries", entries, head, more, marks, mayBegin: true });
      if (isWanting) return end("document");
      if (more) return;
      if (needsDocument(state, context, [...journal.entries, ...toStore])) return end("document");
      whole = { cursor: markedCursor(state), mark: state.mark };
      end("whole");
    };

    /** `false`: it takes a document. */
    const judgeJournal = (): boolean => {
      if (journal.entries.length > 0) take({ type: "journal", envelopes: journal.entries });
      if (isWanting || state.isQuarantined || pendingCount(state.outbox) > 0) return false;
      for (const { run } of state.lanes.values()) onAccepted(run);
      return true;
    };

    if (unjudged === null && !judgeJournal()) return { kind: "document" };
    const follower = createFollower({
      cursor: () => whole?.cursor ?? markedCursor(state),
      onEntries: takePage,
      onLost: () => end("stopped"),
    });
    const subscription = context.connection.subscribe(doc, follower.subscriber);
    const kind = await ended.promise;
    try {
      if (unjudged === null) {
        const place = encodePlace(placeInLog(state));
        const isKnown = journal.place !== null && String(journal.place) === String(place);
        // Who reads on with a document in a log that was new here is sent what a snapshot covers only if it begins at the beginning.
        const mayNote = (kind !== "document" || hadPlace) && !isWanting && !state.isQuarantined;
        const isSettled = kind === "whole";
        journal.together(() => {
          for (const envelope of toStore) journal.add(envelope);
          if (mayNote && (isSettled || !isKnown))
            journal.setPlace(place, isSettled ? encodeTips(tipsOfDevices(state)) : undefined);
        });
        if (isSettled) await storingTurn();
        await journal.commit();
      }
      // OB1: what is sealed under a roster that is not kept does not open here the next time.
      await context.keepRoster();
    } catch (cause) {
      subscription.leave();
      throw cause;
    }
    if (kind !== "whole" || whole === null) {
      subscription.leave();
      return { kind: kind === "whole" ? "stopped" : kind };
    }
    follower.goOnAs(watchFrom(whole, watching));
    const tips = unjudged ?? tipsOfDevices(state);
    const outbox = { ...state.outbox, sealed: tips.get(state.device) ?? 0 };
    const unconfirmed = devicesWithout({ ...state, outbox }).length > 0 ? state.outbox.acked : 0;
    return { kind, watch: subscription, tips, unconfirmed, hasNews };
  }
}

/** Who follows a log, one after the other. The last one is kept for as long as the vault is open: nothing of a reading may be kept with it. */
function createFollower(first: Subscriber): { readonly subscriber: Subscriber; goOnAs(next: Subscriber): void } {
  let now = first;
  return {
    subscriber: {
      cursor: () => now.cursor(),
      onEntries: (...page) => now.onEntries(...page),
      onLost: () => now.onLost?.(),
    },
    goOnAs: (next) => {
      now = next;
    },
  };
}

/** BG2: it knows up to where its log was read, and no more. */
export function watchFrom(upTo: ReadUpTo, watching: Watching): Subscriber {
  return {
    cursor: () => upTo.cursor,
    onEntries: (entries, head, _more, marks) => {
      if (isNews(upTo, entries, head, marks)) watching.onNews();
      else watching.onCurrent(true);
    },
    onLost: () => watching.onCurrent(false),
  };
}

/** RB1 and RB2 are for the room to judge: a log that is shorter than it was, or another, is news, too. */
function isNews({ cursor, mark }: ReadUpTo, entries: readonly LogEntry[], head: number, marks: PageMarks): boolean {
  return entries.length > 0 || head < cursor || isOtherLog(mark, marks);
}

/** `null`: the journal is to be judged, since something came after it was settled, or since the roster says something new of its authors. */
function settledTips({ settled }: Journal, { roster, readRosterSeq }: RoomState): ReadonlyMap<AuthorId, number> | null {
  return settled === null || readRosterSeq !== roster.seq ? null : decodeTips(settled);
}

/** The log is read to its end: is there more to do than to keep it? */
function needsDocument(state: RoomState, { snapshotPace }: ReplicaContext, entries: readonly Uint8Array[]): boolean {
  const bytes = entries.reduce((sum, { length }) => sum + length, 0);
  return (
    state.isQuarantined ||
    state.alarm !== null ||
    state.isRereading ||
    state.parked.length > 0 ||
    state.awaitedSeq !== null ||
    // GE1: a run is under way, or its end is still to be written.
    state.openGrants.size > 0 ||
    pendingCount(state.outbox) > 0 ||
    // RB3: what was acknowledged and never came by is offered once more, by who has the doc open.
    state.compaction.logged < state.outbox.acked ||
    isSnapshotDue(state, snapshotPace) ||
    // To be folded.
    entries.length > sealedEntriesMax ||
    bytes > sealedEntryBytesMax
  );
}
