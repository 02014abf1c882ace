/**
 * A doc on this device: its journal, its room, its Y.Doc and their one write path, wired. A change goes
 * Y.Doc → y-websocket → sealed socket → batch → seal → journal (strict commit) → relay; what arrives goes
 * room → journal and sealed socket → Y.Doc. All judgement is in room.ts; here effects are carried out.
 */
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { DeviceKeys } from "#crypto/device.ts";
import type { EpochDocKey } from "#crypto/docKeys.ts";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import { laneClientId } from "#crypto/laneHeader.ts";
import type { LocalKey } from "#crypto/localSeal.ts";
import { canWrite, type Roster } from "#crypto/roster.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import { createCommitLoop } from "./commitLoop.ts";
import type { Connection, Subscription } from "./connection.ts";
import { VaultError } from "./errors.ts";
import { openJournal, type Journal } from "./journal.ts";
import type { Lifeboat } from "./lifeboat.ts";
import {
  batchBytesMax,
  batchDelayMs,
  gapAlarmMs,
  journalEntriesMax,
  placeDelayMs,
  retryAfterMs,
  runBytesMax,
  bodyBytesMax,
} from "./limits.ts";
import { pendingCount } from "./outbox.ts";
import { createOwnEnvelopes } from "./ownEnvelopes.ts";
import type { Clock, Random } from "./ports.ts";
import { isKeyOutdated, isRekeyDue, keysOfEpoch, writingKey, type OpenGrant } from "./rekey.ts";
import { step } from "./room.ts";
import { decodeBase, decodePlace, encodeBase, encodePlace, placeInLog } from "./roomBase.ts";
import { createRoomState, type Lane, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { createScope, type Scope } from "./scope.ts";
import { sealFirst, sealNext, sealRekeyNext } from "./sealer.ts";
import { countAside, takeOver } from "./setAside.ts";
import { createSealedSocket } from "./sealedSocket.ts";
import { createAlarm, type DocStatus } from "./status.ts";

/** What all docs of a vault share on this device; roster and keys may grow. */
export interface ReplicaContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly localKey: LocalKey;
  readonly lifeboat: Lifeboat | null;
  readonly connection: Connection;
  readonly roster: () => Roster;
  readonly vaultKeys: () => ReadonlyMap<number, VaultKey>;
  readonly wantRoster: () => void;
}

export interface ReplicaEvents {
  onStatus(): void;
  /** A host took a run; also for each one found in the journal. */
  onAccepted(run: RunId): void;
  /** What is held of devices' chains is strictly committed up to `heldOf`. */
  onCommitted?(): void;
  /** Another device says what it holds. */
  onTold?(by: AuthorId, body: Uint8Array): void;
}

export interface Replica {
  readonly doc: DocId;
  readonly yDoc: Y.Doc;
  readonly awareness: Awareness;
  status(): DocStatus;
  /** Who answers a run, as far as this device knows. */
  laneOf(run: RunId): Lane | null;
  /** What to lend now, after a REKEY if one was due; `null` when this doc cannot be written. */
  keyToLend(): EpochDocKey | null;
  /** Runs for which an agent holds a key, as the log says. */
  openGrants(): ReadonlyMap<RunId, OpenGrant>;
  /** Its key belongs to an older generation than the roster's: who was lent it needs a newer one. */
  isEpochOutdated(epoch: number): boolean;
  readonly isWritable: boolean;
  /** The seq up to which this device has read. */
  readonly cursor: number;
  /** Seals an envelope that is not a change of the Y.Doc; what was typed before it goes first. */
  write(kind: "grant" | "grantEnd", clear: Uint8Array, body: Uint8Array): void;
  /** Devices' chains as far as they are strictly committed here. */
  heldOf(): ReadonlyMap<AuthorId, number>;
  /** Another device holds this device's chain up to `counter`. */
  takeReceipt(device: AuthorId, counter: number): void;
  /** Active devices of the roster that have not said so yet, and this device's newest counter. */
  unconfirmed(): { readonly counter: number; readonly by: readonly AuthorId[] };
  /** To whoever is there now, sealed, not stored. `false`: nobody could be told. */
  tell(clear: Uint8Array, body: Uint8Array): boolean;
  /** The owner's decision on what a removed device wrote too late: taken over as this device's own words, or let go. */
  decideSetAside(author: AuthorId, decision: "take" | "discard"): void;
  /** Resolves when all that was typed is strictly committed. Rejects with `VaultError`. */
  flush(): Promise<void>;
  /** What `flush` would wait for, sealed: for the lifeboat. */
  uncommitted(): readonly [journal: string, update: Uint8Array] | null;
  /** The roster grew. */
  refreshRoster(): void;
  close(): Promise<void>;
}

export interface ReplicaOptions {
  readonly doc: DocId;
  /** This device begins the doc: it makes the first REKEY. Never for a doc that may exist elsewhere. */
  readonly isNew: boolean;
  readonly context: ReplicaContext;
  readonly events: ReplicaEvents;
}

const NOTHING = new Uint8Array(0);

/** Resolves once the journal is loaded. */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { clock, random, localKey, lifeboat } = options.context;
  const journal = await openJournal({ doc: options.doc, localKey, random, lifeboat });
  return startReplica(options, journal, clock);
}

async function startReplica(
  { doc, isNew, context, events }: ReplicaOptions,
  journal: Journal,
  clock: Clock,
): Promise<Replica> {
  const { keys, connection } = context;
  const yDoc = new Y.Doc({ guid: doc });
  const awareness = new Awareness(yDoc);
  // Nobody is announced until a face sets a state: an idle doc sends nothing.
  awareness.setLocalState(null);
  const scopes = new Map<AuthorId, Scope>();
  const own = createOwnEnvelopes(keys.id, () => journal.own);
  const queue: (() => RoomEvent | null)[] = [];
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let cancelBatch: (() => void) | null = null;
  let cancelPlace: (() => void) | null = null;
  let isLinked = false;
  let isCaughtUp = false;
  let isStepping = false;
  let isClosed = false;
  let round = 0;

  /** Changes made while the provider is between two sockets: the next one hands them over. */
  let unseen = 0;
  yDoc.on("update", (_update: Uint8Array, origin: unknown) => {
    if (socket.isOpen || origin === provider) return;
    unseen += 1;
    events.onStatus();
  });

  const socket = createSealedSocket(clock, {
    onUpdate: (update) => {
      unseen = 0;
      batch.push(update);
      batchBytes += update.length;
      if (batchBytes >= batchBytesMax) sealBatch();
      else cancelBatch ??= clock.after(batchDelayMs, sealBatch);
      events.onStatus();
    },
    onPresence: (update) => {
      tell(NOTHING, update);
    },
  });

  let committedTips: ReadonlyMap<AuthorId, number> = new Map();

  const commits = createCommitLoop({
    clock,
    commit: async () => {
      const { sealed } = state.outbox;
      const tips = tipsOfDevices();
      await journal.commit();
      committedTips = tips;
      dispatch({ type: "committed", counter: sealed });
      events.onCommitted?.();
      foldIfLong();
    },
    isBehind: () => state.outbox.committed < state.outbox.sealed,
  });

  const beginning = { doc, device: keys.id, roster: context.roster(), vaultKeys: context.vaultKeys() };
  let state: RoomState = createRoomState(beginning);
  const held = readBase(journal, beginning);
  if (held !== null) {
    state = held.state;
    socket.deliver(held.update);
  }

  const provider = new WebsocketProvider("wss://sealed", doc, yDoc, {
    WebSocketPolyfill: socket.WebSocketPolyfill,
    awareness,
    // lib0 falls back to localStorage for its channel between tabs, in plaintext.
    disableBc: true,
    resyncInterval: -1,
  });
  await new Promise<void>((resolve) => {
    provider.once("sync", () => resolve());
  });
  for (const [author, lane] of state.lanes) if (lane.state === "open") scopes.set(author, scopeOf(author, lane, yDoc));

  const hadEntries = journal.entries.length > 0;
  for (const envelope of journal.entries) own.note(envelope);
  dispatch({ type: "journal", envelopes: journal.entries });
  for (const lane of state.lanes.values()) events.onAccepted(lane.run);
  committedTips = tipsOfDevices();
  /** A doc that others may have written must be read to its end once, before this device goes on with its own chain. */
  let hasReadToEnd = false;
  const hasHistory = held !== null || hadEntries;
  if (isNew && !hasHistory) dispatchLater(() => ({ type: "sealed", envelope: sealFirst(context, state) }));

  const subscription: Subscription = connection.subscribe(doc, {
    cursor: () => state.cursor,
    onEntries: (entries, head, more) => {
      dispatch({ type: "entries", entries, head, more });
      isCaughtUp ||= !more;
      hasReadToEnd ||= !more;
      // What was typed before the doc's key arrived has had its turn already, and waits for nothing else.
      if (isCaughtUp && cancelBatch === null) sealBatch();
      events.onStatus();
    },
    onEphemeral: (envelope) => dispatch({ type: "ephemeral", envelope }),
    onSent: () => {
      isLinked = true;
      isCaughtUp = false;
      dispatch({ type: "linked" });
    },
    onLost: () => {
      isLinked = false;
      isCaughtUp = false;
      dispatch({ type: "unlinked" });
    },
  });

  function canSeal(): boolean {
    return (
      !isClosed &&
      !state.isQuarantined &&
      state.docKeys.size > 0 &&
      // RM2: a device that knows of its removal writes no more.
      canWrite(state.roster, keys.id) &&
      state.vaultKeys.has(state.roster.generation) &&
      (hasHistory || isNew || hasReadToEnd || state.outbox.sealed > 0)
    );
  }

  /** Presence and receipts; never under a key that a removed member holds. */
  function tell(clear: Uint8Array, body: Uint8Array): boolean {
    if (!isLinked || !canWrite(state.roster, keys.id) || writingKey(state) === null || isKeyOutdated(state))
      return false;
    connection.sendEphemeral(sealNext(context, state, "ephemeral", clear, body));
    return true;
  }

  function tipsOfDevices(): ReadonlyMap<AuthorId, number> {
    const ofDevices = [...state.chains].filter(([author]) => state.roster.members.get(author)?.role === "device");
    return new Map(ofDevices.map(([author, { counter }]) => [author, counter]));
  }

  function dispatch(event: RoomEvent): void {
    dispatchLater(() => event);
  }

  /**
   * Events that effects cause wait until the step that caused them is carried out, and are made only then: what is sealed must
   * build on the chain as it stands at that moment.
   */
  function dispatchLater(createEvent: () => RoomEvent | null): void {
    queue.push(createEvent);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const event = next();
        if (event === null) continue;
        const [after, effects] = step(state, event);
        state = after;
        for (const effect of effects) carryOut(effect);
      }
    } finally {
      isStepping = false;
    }
    notePlaceSoon();
    events.onStatus();
  }

  function carryOut(effect: RoomEffect): void {
    switch (effect.type) {
      case "store":
        journal.add(effect.envelope);
        own.note(effect.envelope);
        return void commits.run();
      case "write":
        return writeToDoc(effect);
      case "presence":
        return socket.deliverPresence(effect.update);
      case "told":
        return events.onTold?.(effect.by, effect.body);
      case "setAside":
        if (journal.setAside(effect.envelope)) void commits.run();
        return;
      case "accepted": {
        const lane = state.lanes.get(effect.lane);
        if (lane !== undefined) scopes.set(effect.lane, scopeOf(effect.lane, lane, null));
        return events.onAccepted(effect.run);
      }
      case "append":
        return append(effect.counters);
      case "retryLater":
        return void clock.after(retryAfterMs, () => {
          if (isLinked && !isClosed) dispatch({ type: "linked" });
        });
      case "ask":
        return subscription.repeat();
      case "wantRoster":
        return context.wantRoster();
      case "watchGap":
        return void clock.after(gapAlarmMs, () => {
          if (!isClosed) dispatch({ type: "gapTimeout" });
        });
    }
  }

  /** SCOPE, then the Y.Doc. */
  function writeToDoc({ author, update, lane, isFinal }: Extract<RoomEffect, { type: "write" }>): void {
    if (lane !== null) {
      const scope = scopes.get(author);
      const violation = scope === undefined ? "no lane" : isFinal ? scope.checkFinal(update) : scope.check(update);
      if (isFinal || violation !== null) scopes.delete(author);
      if (violation !== null) return dispatch({ type: "violated", author });
    }
    try {
      socket.deliver(update);
    } catch {
      // reason: whatever Yjs throws on bytes that are no update, its author is to blame.
      dispatch({ type: "violated", author });
    }
  }

  function append(counters: readonly number[]): void {
    const sentIn = round;
    for (const counter of counters) {
      const envelope = own.get(counter);
      if (envelope === undefined) return;
      void connection.append(envelope).then((reply) => {
        // What was under way behind a refused one was refused with it: only the first counts.
        if (isClosed || reply.kind === "lost" || (reply.kind === "nack" && sentIn !== round)) return;
        if (reply.kind === "ack") return dispatch({ type: "acked", counter });
        round += 1;
        dispatch({ type: "nacked", counter, code: reply.code, expected: reply.expected });
      });
    }
  }

  function sealBatch(): void {
    cancelBatch?.();
    cancelBatch = null;
    if (batch.length === 0 || !canSeal()) return;
    const updates = batch;
    batch = [];
    batchBytes = 0;
    const merged = updates.length === 1 ? (updates[0] ?? NOTHING) : Y.mergeUpdates(updates);
    // Each update alone is within the limit, or the face let somebody paste a book in one piece.
    const bodies = merged.length <= bodyBytesMax ? [merged] : updates;
    for (const body of bodies) seal("update", NOTHING, body);
  }

  function rekeyIfDue(isGrant: boolean): void {
    dispatchLater(() =>
      isRekeyDue(state, isGrant) ? { type: "sealed", envelope: sealRekeyNext(context, state) } : null,
    );
  }

  function seal(kind: "update" | "grant" | "grantEnd", clear: Uint8Array, body: Uint8Array): void {
    rekeyIfDue(kind === "grant");
    dispatchLater(() => ({ type: "sealed", envelope: sealNext(context, state, kind, clear, body) }));
  }

  function otherDevices(): AuthorId[] {
    return [...state.roster.members.keys()].filter((id) => id !== keys.id && canWrite(state.roster, id));
  }

  function holdsOurs(device: AuthorId): boolean {
    return (state.receipts.get(device) ?? 0) >= state.outbox.sealed;
  }

  /** Amortised: a base is written only when the entries it replaces are worth it. */
  function foldIfLong(): void {
    const { entries, baseBytes } = journal;
    if (
      isClosed ||
      entries.length < journalEntriesMax ||
      state.parked.length > 0 ||
      !socket.isOpen ||
      state.isQuarantined
    )
      return;
    const entryBytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (entryBytes * foldRatio < baseBytes && entries.length < journalEntriesMax * foldRatio) return;
    // What is typed and not sealed must not slip into the base: it would never reach anybody else.
    sealBatch();
    if (batch.length > 0) return;
    journal.fold(encodeBase(state, Y.encodeStateAsUpdate(yDoc)), own.isOwn);
    own.forget();
  }

  let notedPlace = journal.place === null ? "" : String(journal.place);
  function notePlaceSoon(): void {
    if (isClosed || state.isQuarantined) return;
    cancelPlace ??= clock.after(placeDelayMs, notePlace);
  }

  function notePlace(): void {
    cancelPlace?.();
    cancelPlace = null;
    const place = encodePlace(placeInLog(state));
    if (isClosed || state.isQuarantined || String(place) === notedPlace) return;
    notedPlace = String(place);
    journal.setPlace(place);
  }

  const replica: Replica = {
    doc,
    yDoc,
    awareness,
    status: () => {
      const { isQuarantined, alarm, outbox } = state;
      return {
        phase: isQuarantined ? "quarantine" : !isLinked ? "local" : isCaughtUp ? "live" : "catchingUp",
        pending: pendingCount(outbox),
        unsaved: unseen + batch.length + outbox.sealed - outbox.committed,
        onDevices: otherDevices().filter((id) => outbox.sealed > 0 && holdsOurs(id)),
        setAside: countAside(journal.aside),
        alarm: alarm === null ? null : createAlarm(alarm, doc),
      };
    },
    laneOf: (run) => [...state.lanes.values()].find((lane) => lane.run === run) ?? null,
    keyToLend: () => {
      if (!canSeal()) return null;
      sealBatch();
      rekeyIfDue(true);
      const key = writingKey(state);
      return key === null ? null : { epoch: key.epoch, docKey: key.docKey };
    },
    openGrants: () => state.openGrants,
    isEpochOutdated: (epoch) => (keysOfEpoch(state, epoch)[0]?.generation ?? 0) < state.roster.generation,
    get isWritable() {
      return canSeal();
    },
    get cursor() {
      return state.cursor;
    },
    heldOf: () => committedTips,
    takeReceipt: (device, counter) => dispatch({ type: "receipt", device, counter }),
    unconfirmed: () => ({ counter: state.outbox.acked, by: otherDevices().filter((id) => !holdsOurs(id)) }),
    tell,
    decideSetAside: (author, decision) => {
      const ofAuthor = (envelope: Uint8Array): boolean => parseEnvelope(envelope).author === author;
      if (decision === "take") {
        if (!canSeal()) throw new VaultError("quarantine", "doc is not writable");
        takeOver(yDoc, state, journal.aside.filter(ofAuthor));
      }
      journal.dropAside(ofAuthor);
      void commits.run();
      events.onStatus();
    },
    write: (kind, clear, body) => {
      if (!canSeal()) throw new VaultError("quarantine", "doc is not writable");
      sealBatch();
      seal(kind, clear, body);
    },
    flush: async () => {
      if (!socket.isOpen) {
        // The provider is between two sockets, as after a laptop slept: it hands over what was typed when it connects.
        provider.connect();
        await Promise.resolve();
      }
      sealBatch();
      await commits.run();
      // A chat that was opened before its key arrived, or was set aside: what was typed is in memory alone.
      if (batch.length > 0)
        throw new VaultError(state.isQuarantined ? "quarantine" : "no-host", "typed where nothing can be sealed yet");
    },
    uncommitted: () => {
      sealBatch();
      const update = journal.uncommitted();
      return update === null ? null : [journal.name, update];
    },
    refreshRoster: () => {
      const removed = countRemoved(state.roster);
      dispatch({ type: "roster", roster: context.roster(), vaultKeys: context.vaultKeys() });
      // RM3: what the removed device got to the host in time must be read before the door is shut.
      if (countRemoved(state.roster) > removed) subscription.repeat();
    },
    close: async () => {
      if (isClosed) return;
      sealBatch();
      notePlace();
      subscription.leave();
      // What cannot be written now was shown as unsaved all along.
      await commits.run().catch(() => {});
      isClosed = true;
      commits.stop();
      cancelBatch?.();
      cancelPlace?.();
      provider.destroy();
      yDoc.destroy();
      await journal.close();
    },
  };
  return replica;
}

/** A base is rewritten once the entries behind it reach this part of its size, or this many times the usual number. */
const foldRatio = 8;

function countRemoved({ members }: Roster): number {
  return [...members.values()].filter(({ removedSeq }) => removedSeq !== null).length;
}

function scopeOf(author: AuthorId, lane: Lane, resumeFrom: Y.Doc | null): Scope {
  const options = { run: lane.run, clientId: laneClientId(lane.run, author), bytesMax: runBytesMax };
  return createScope(resumeFrom === null ? options : { ...options, resumeFrom });
}

function readBase(journal: Journal, beginning: Parameters<typeof decodeBase>[1]): ReturnType<typeof decodeBase> | null {
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
