/**
 * A doc on this device: its journal, its room, its Y.Doc and their one write path, wired. A change goes
 * Y.Doc → y-websocket → sealed socket → batch → seal → journal (strict commit) → relay; what arrives goes
 * room → journal and sealed socket → Y.Doc. All judgement is in room.ts; here effects are carried out.
 */
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { canWrite } from "#crypto/roster.ts";
import { createAsking } from "./asking.ts";
import { createBatch } from "./batch.ts";
import { createCommitLoop } from "./commitLoop.ts";
import { createCompaction } from "./compaction.ts";
import type { Subscription } from "./connection.ts";
import { VaultError } from "./errors.ts";
import { joinDirect } from "./direct/joinDirect.ts";
import { createFolding, readBase } from "./folding.ts";
import { createIncoming } from "./incoming.ts";
import { openJournal, type Journal } from "./journal.ts";
import { createLaneScopes } from "./laneScopes.ts";
import { openLivePiece, type LiveLanes } from "./livePiece.ts";
import { batchDelayMs, gapAlarmMs, removalReadMs, retryAfterMs, sliceFromBytes } from "./limits.ts";
import { createOwnEnvelopes } from "./ownEnvelopes.ts";
import type { Pause } from "./ports.ts";
import { isKeyOutdated, isOrphaned, isRekeyDue, keysOfEpoch, openWithAny, writingKey } from "./rekey.ts";
import { countRemoved, devicesWithout, statusOf, tipsOfDevices } from "./replicaStatus.ts";
import type { Replica, ReplicaOptions } from "./replicaTypes.ts";
import { step } from "./room.ts";
import { createRoomState, markedCursor, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { createSealedSocket } from "./sealedSocket.ts";
import { sealFirst, sealNext, sealRekeyNext } from "./sealer.ts";
import { countAside, takeOver } from "./setAside.ts";
import { sliceUpdate } from "./updateSlices.ts";

const NOTHING = new Uint8Array(0);

/** What the journal's base holds of the doc: a long one by slices, with a pause after each. */
async function applyHeld(yDoc: Y.Doc, update: Uint8Array, pause: Pause): Promise<void> {
  if (update.length <= sliceFromBytes) return Y.applyUpdate(yDoc, update);
  for (const slice of sliceUpdate(update)) {
    if (slice === null) await pause();
    else Y.applyUpdate(yDoc, slice);
  }
}

interface Turn {
  readonly createEvent: () => RoomEvent | null;
  readonly onTaken?: () => void;
}

/** Resolves once the journal is loaded. */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { random, localKey, journals, lifeboat, pause, whenFree } = options.context;
  await whenFree?.(options.doc);
  const journal = await openJournal({ store: journals, doc: options.doc, localKey, random, lifeboat, pause });
  return startReplica(options, journal);
}

async function startReplica({ doc, isNew, context, events }: ReplicaOptions, journal: Journal): Promise<Replica> {
  const { clock, keys, connection } = context;
  const yDoc = new Y.Doc({ guid: doc });
  const awareness = new Awareness(yDoc);
  // Nobody is announced until a face sets a state: an idle doc sends nothing.
  awareness.setLocalState(null);
  const own = createOwnEnvelopes(keys.id, () => journal.own);
  const turns: Turn[] = [];
  let isLinked = false;
  let isCaughtUp = false;
  let isStepping = false;
  let isClosed = false;
  let round = 0;
  let hasAsked = false;
  /** RM7: what is typed waits for this; `null`: for nothing. */
  let removalRead: PromiseWithResolvers<void> | null = null;
  /** Only the newest is worth a beacon, and only who has read its own chain to the end may write one. */
  let toConfirm: Extract<RoomEffect, { type: "confirm" }> | null = null;
  /** Changes made while the provider is between two sockets: the next one hands them over. */
  let unseen = 0;
  let committedTips: ReadonlyMap<AuthorId, number> = new Map();

  const beginning = { doc, device: keys.id, roster: context.roster(), vaultKeys: context.vaultKeys() };
  const held = readBase(journal, beginning);
  if (held !== null) await applyHeld(yDoc, held.update, context.pause);
  // Both may have grown while a long doc went in.
  const { roster, vaultKeys } = { roster: context.roster(), vaultKeys: context.vaultKeys() };
  let state: RoomState = { ...(held?.state ?? createRoomState(beginning)), roster, vaultKeys };

  const batch = createBatch({
    clock,
    canSeal: () => canSeal() && removalRead === null,
    sealBody: (body, { isWanted, onSealed, onFailed }) => {
      rekeyIfDue(false);
      const createEvent = (): RoomEvent | null => {
        if (!isWanted()) return null;
        try {
          return { type: "sealed", envelope: sealNext(context, state, "update", NOTHING, body) };
        } catch {
          // reason: it stays where it is, counts as unsaved, and is tried again.
          onFailed();
          return null;
        }
      };
      dispatchLater({ createEvent, onTaken: () => (isWanted() ? onSealed() : undefined) });
    },
  });

  const socket = createSealedSocket(clock, {
    onUpdate: (update) => {
      unseen = 0;
      batch.add(update);
      beginIfOrphaned();
      events.onStatus();
    },
    onPresence: (update) => {
      tell(NOTHING, update);
    },
    onHandedOver: () => {
      if (unseen === 0) return;
      // Whatever of it was news waits in the batch by now; the rest another device had changed in the same way.
      unseen = 0;
      events.onStatus();
    },
  });
  const liveLanes: LiveLanes = new Map();
  const scopes = createLaneScopes((update) => socket.deliver(update));

  const folding = createFolding({
    clock,
    journal,
    own,
    yDoc,
    state: () => state,
    isOpen: () => socket.isOpen,
    sealAll: () => {
      batch.seal();
      return batch.size === 0;
    },
    isIdle: () => batch.size + turns.length === 0,
    onFolded: () => {
      dispatch({ type: "folded" });
      void commits.run();
    },
  });

  const commits = createCommitLoop({
    clock,
    commit: async () => {
      const { sealed } = state.outbox;
      // What a snapshot brought is on the disk once it is in the base.
      const tips = state.compaction.isUnfolded ? committedTips : tipsOfDevices(state);
      await journal.commit();
      // What is sealed under a roster that is not kept does not open here the next time.
      await context.keepRoster();
      committedTips = tips;
      dispatch({ type: "committed", counter: sealed });
      direct.publish();
      events.onCommitted?.();
      folding.foldIfLong();
    },
    isBehind: () => state.outbox.committed < state.outbox.sealed,
    onFailed: () => {
      context.makeRoom?.();
      events.onStatus();
    },
  });

  if (held !== null) socket.begin(yDoc);
  const provider = new WebsocketProvider("wss://sealed", doc, yDoc, {
    WebSocketPolyfill: socket.WebSocketPolyfill,
    awareness,
    // lib0 falls back to localStorage for its channel between tabs, in plaintext.
    disableBc: true,
    resyncInterval: -1,
  });
  yDoc.on("update", (_update: Uint8Array, origin: unknown) => {
    if (socket.isOpen || origin === provider) return;
    unseen += 1;
    events.onStatus();
  });
  await new Promise<void>((resolve) => {
    provider.once("sync", () => resolve());
  });
  for (const [author, lane] of state.lanes) if (lane.state === "open") scopes.begin(author, lane, yDoc);

  const incoming = createIncoming({
    onPage: (page) => {
      hasAsked = false;
      dispatch(page);
      return hasAsked;
    },
    onEnd: () => {
      isCaughtUp = true;
      hasReadToEnd = true;
      if (!isChainKept) folding.notePlace();
      if (state.readRosterSeq >= state.roster.seq) endRemovalRead();
      if (toConfirm !== null && canSeal()) seal("beacon", toConfirm.snapshot, toConfirm.digest);
      toConfirm = null;
      beginIfOrphaned();
      // What was typed before the doc's key arrived has had its turn already, and waits for nothing else.
      if (!batch.isGathering) batch.seal();
      if (folding.isDue) folding.foldNow();
      compaction.check();
    },
  });
  const compaction = createCompaction({
    clock,
    random: context.random,
    pace: context.snapshotPace,
    yDoc,
    state: () => state,
    isSettled: () => isCaughtUp && batch.size === 0 && socket.isOpen && canSeal(),
    whenOpen: async () => {
      while (!socket.isOpen && !isClosed) await new Promise<void>((resolve) => void clock.after(batchDelayMs, resolve));
    },
    sealTyped: batch.seal,
    changesAfter: (counter) => [...ownChangesAfter(counter), ...batch.changes],
    deliver: (update) => socket.deliver(update),
    dispatch,
    isRekeyDue: () => isRekeyDue(state, false),
    rekey: () => rekeyIfDue(false),
    sealSnapshot: (clear, body) => sealAsIs("snapshot", clear, body),
  });

  const hadEntries = journal.entries.length > 0;
  for (const envelope of journal.entries) own.note(envelope);
  dispatch({ type: "journal", envelopes: journal.entries });
  for (const lane of state.lanes.values()) events.onAccepted(lane.run);
  committedTips = tipsOfDevices(state);
  /** OB5: a log must be read to its end once, before this device goes on with its own chain: that may be longer than what it holds of it. */
  let hasReadToEnd = false;
  const isFirst = isNew && held === null && !hadEntries;
  if (isFirst) state = { ...state, readRosterSeq: state.roster.seq };
  // Kept with the journal, and gone with it, or with a piece of it.
  const isChainKept = state.readRosterSeq > 0;
  if (isFirst) {
    folding.notePlace();
    dispatchLater({ createEvent: () => ({ type: "sealed", envelope: sealFirst(context, state) }) });
  }

  const subscription: Subscription = connection.subscribe(doc, {
    cursor: () => markedCursor(state),
    onEntries: (entries, head, more, marks) => {
      if (asking.isWaiting) return;
      incoming.add({ type: "entries", entries, head, more, marks, mayBegin: !subscription.isUnderWay });
      incoming.take();
      events.onStatus();
    },
    onEphemeral: (envelope) => dispatch({ type: "ephemeral", envelope }),
    onSent: () => {
      isLinked = true;
      isCaughtUp = false;
      dispatch({ type: "linked" });
    },
    onLost: () => {
      incoming.clear();
      isLinked = false;
      isCaughtUp = false;
      dispatch({ type: "unlinked" });
      endRemovalRead();
    },
  });

  const asking = createAsking({
    clock,
    repeat: () => subscription.repeat(),
    onTooOften: () => dispatch({ type: "askedTooOften" }),
  });

  const direct = joinDirect({
    hub: context.direct,
    doc,
    own,
    journal,
    state: () => state,
    take: (envelopes) => {
      if (!isClosed) dispatch({ type: "direct", envelopes });
    },
    takeEphemeral: (envelope) => {
      if (!isClosed) dispatch({ type: "ephemeral", envelope });
    },
  });

  /** A relay that does not come to the end of its log holds nobody up for long. */
  function beginRemovalRead(): void {
    if (!isLinked) return;
    const mine = Promise.withResolvers<void>();
    removalRead ??= mine;
    clock.after(removalReadMs, () => {
      if (removalRead === mine) endRemovalRead();
    });
    asking.ask();
  }

  function endRemovalRead(): void {
    if (removalRead === null) return;
    removalRead.resolve();
    removalRead = null;
    if (!isClosed) batch.seal();
  }

  function beginIfOrphaned(): void {
    const mayBegin = (): boolean =>
      isOrphaned(state) && canWrite(state.roster, keys.id) && state.vaultKeys.has(state.roster.generation);
    if (!isCaughtUp || batch.size === 0 || isClosed || state.isQuarantined || !mayBegin()) return;
    const createEvent = (): RoomEvent | null =>
      mayBegin() ? { type: "sealed", envelope: sealFirst(context, state) } : null;
    dispatchLater({ createEvent });
  }

  function ownChangesAfter(counter: number): readonly Uint8Array[] {
    const bodies: Uint8Array[] = [];
    for (let at = counter + 1; at <= state.outbox.sealed; at++) {
      const envelope = own.get(at);
      const parsed = envelope === undefined ? null : parseEnvelope(envelope);
      const opened = parsed?.kind === "update" ? openWithAny(parsed, keysOfEpoch(state, parsed.epoch)) : null;
      if (opened !== null) bodies.push(opened.body);
    }
    return bodies;
  }

  function canSeal(): boolean {
    return (
      !isClosed &&
      !state.isQuarantined &&
      state.epochKeys.length > 0 &&
      // RM2: a device that knows of its removal writes no more.
      canWrite(state.roster, keys.id) &&
      state.vaultKeys.has(state.roster.generation) &&
      (isChainKept || isNew || hasReadToEnd) &&
      !state.parked.some(({ parsed }) => parsed.author === keys.id)
    );
  }

  /** Presence and receipts; never under a key that a removed member holds. */
  function tell(clear: Uint8Array, body: Uint8Array): boolean {
    if (!isLinked && !context.direct.isLive) return false;
    if (!canWrite(state.roster, keys.id) || writingKey(state) === null || isKeyOutdated(state)) return false;
    const envelope = sealNext(context, state, "ephemeral", clear, body);
    connection.sendEphemeral(envelope);
    context.direct.tell(doc, envelope);
    return true;
  }

  function dispatch(event: RoomEvent): void {
    dispatchLater({ createEvent: () => event });
  }

  /**
   * Events that effects cause wait until the step that caused them is carried out, and are made only then: what is sealed must
   * build on the chain as it stands at that moment.
   */
  function dispatchLater(turn: Turn): void {
    turns.push(turn);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = turns.shift(); next !== undefined; next = turns.shift()) {
        const event = next.createEvent();
        if (event === null) continue;
        const [after, effects] = step(state, event);
        state = after;
        next.onTaken?.();
        for (const effect of effects) carryOut(effect);
      }
    } finally {
      isStepping = false;
    }
    folding.notePlaceSoon();
    events.onStatus();
  }

  function carryOut(effect: RoomEffect): void {
    switch (effect.type) {
      case "store":
        journal.add(effect.envelope);
        own.note(effect.envelope);
        return void commits.run();
      case "write":
        if (!scopes.write(effect)) dispatch({ type: "violated", author: effect.author });
        return;
      case "readSnapshot":
        return incoming.holdUntil(compaction.read(effect));
      case "fold":
        return folding.foldNow();
      case "confirm":
        toConfirm = effect;
        return;
      case "presence":
        return socket.deliverPresence(effect.update);
      case "told":
        return events.onTold?.(effect.by, effect.body, effect.what);
      case "setAside":
        if (journal.setAside(effect.envelope)) void commits.run();
        return;
      case "accepted": {
        const lane = state.lanes.get(effect.lane);
        if (lane !== undefined) scopes.begin(effect.lane, lane, null);
        return events.onAccepted(effect.run);
      }
      case "answered":
        return events.onAccepted(effect.run);
      case "append":
        return append(effect.counters);
      case "retryLater":
        return void clock.after(retryAfterMs, () => {
          if (isLinked && !isClosed) dispatch({ type: "linked" });
        });
      case "ask":
        hasAsked = true;
        return asking.ask();
      case "wantRoster":
        return context.wantRoster();
      case "watchGap":
        return void clock.after(gapAlarmMs, () => {
          if (!isClosed) dispatch({ type: "gapTimeout" });
        });
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
        if (reply.kind === "ack") return dispatch({ type: "acked", counter, seq: reply.seq });
        round += 1;
        dispatch({ type: "nacked", counter, code: reply.code, expected: reply.expected });
      });
    }
  }

  function rekeyIfDue(isGrant: boolean): void {
    const createEvent = (): RoomEvent | null =>
      isRekeyDue(state, isGrant) ? { type: "sealed", envelope: sealRekeyNext(context, state) } : null;
    dispatchLater({ createEvent });
  }

  function seal(kind: "grant" | "grantEnd" | "beacon", clear: Uint8Array, body: Uint8Array): void {
    rekeyIfDue(kind === "grant");
    sealAsIs(kind, clear, body);
  }

  function sealAsIs(kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): void {
    dispatchLater({
      createEvent: () => ({ type: "sealed", envelope: sealNext(context, state, kind, clear, body) }),
    });
  }

  return {
    doc,
    yDoc,
    awareness,
    status: () =>
      statusOf(state, {
        isLinked,
        isCaughtUp,
        unsealed: unseen + batch.size,
        setAside: countAside(journal.aside),
        storage: commits.isFailing ? "UNSTORED" : journal.wasTaken() ? "TAKEN" : null,
      }),
    laneOf: (run) => [...state.lanes.values()].find((lane) => lane.run === run) ?? null,
    openLive: (lane, counter, sealed) => openLivePiece(state, liveLanes, { lane, counter, sealed }),
    keyToLend: () => {
      if (!canSeal() || removalRead !== null) return null;
      batch.seal();
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
    get mark() {
      return state.mark;
    },
    heldOf: () => committedTips,
    takeReceipt: (device, counter) => dispatch({ type: "receipt", device, counter }),
    unconfirmed: () => ({ counter: state.outbox.acked, by: devicesWithout(state) }),
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
      batch.seal();
      seal(kind, clear, body);
    },
    flush: async () => {
      if (!socket.isOpen) {
        // The provider is between two sockets, as after a laptop slept: it hands over what was typed when it connects.
        provider.connect();
        await Promise.resolve();
      }
      await removalRead?.promise;
      batch.seal();
      // What is typed while this waits is for the next one: a catalog has other writers than who asks.
      const held = new Set(batch.changes);
      await commits.run();
      // A chat that was opened before its key arrived, or was set aside: what was typed is in memory alone.
      if (batch.changes.some((change) => held.has(change)))
        throw new VaultError(state.isQuarantined ? "quarantine" : "no-host", "typed where nothing can be sealed yet");
    },
    slip: {
      found: journal.slip,
      put: (slip) => {
        if (isClosed) return;
        journal.setSlip(slip);
        void commits.run();
      },
    },
    uncommitted: () => {
      // RM7: the page goes, and what was typed must not go with it; the end is said with the next REKEY.
      endRemovalRead();
      batch.seal();
      const update = journal.uncommitted();
      return update === null ? null : [journal.name, update];
    },
    refreshRoster: () => {
      const removed = countRemoved(state.roster);
      dispatch({ type: "roster", roster: context.roster(), vaultKeys: context.vaultKeys() });
      // RM3: what the removed device got to the host in time must be read before the door is shut.
      if (countRemoved(state.roster) > removed) beginRemovalRead();
    },
    close: async () => {
      if (isClosed) return;
      endRemovalRead();
      batch.seal();
      folding.notePlace();
      subscription.leave();
      direct.leave();
      // What cannot be written now was shown as unsaved all along.
      await commits.run().catch(() => {});
      isClosed = true;
      endRemovalRead();
      asking.close();
      incoming.close();
      compaction.close();
      commits.stop();
      batch.close();
      folding.close();
      provider.destroy();
      yDoc.destroy();
      await journal.close();
    },
  };
}
