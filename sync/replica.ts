/**
 * A doc on this device: its journal, its room, its Y.Doc and their one write path, wired. A change goes
 * Y.Doc → y-websocket → sealed socket → batch → seal → journal (strict commit) → relay; what arrives goes
 * room → journal and sealed socket → Y.Doc. All judgement is in room.ts; what it asks for is carried out by roomEffects.ts.
 */
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { AuthorId } from "#crypto/ids.ts";
import { createBatch } from "./batch.ts";
import { createCommitLoop } from "./commitLoop.ts";
import { createCompaction } from "./compaction.ts";
import { applyHeld, createFolding, readBase } from "./folding.ts";
import { openJournal, type Journal } from "./journal.ts";
import { createLaneScopes } from "./laneScopes.ts";
import { openLivePiece, type LiveLanes } from "./livePiece.ts";
import { batchDelayMs } from "./limits.ts";
import { createLogLink } from "./logLink.ts";
import { createOwnEnvelopes } from "./ownEnvelopes.ts";
import { isRekeyDue } from "./rekey.ts";
import { createRemovalRead } from "./removalRead.ts";
import { createReplicaHandle } from "./replicaHandle.ts";
import { tipsOfDevices } from "./replicaStatus.ts";
import type { Replica, ReplicaOptions } from "./replicaTypes.ts";
import { createRoomEffects } from "./roomEffects.ts";
import { createRoomLoop, type RoomLoop } from "./roomLoop.ts";
import { createRoomState, type RoomEffect, type RoomState } from "./roomState.ts";
import { createSealedSocket } from "./sealedSocket.ts";
import { createSealing } from "./sealing.ts";

const NOTHING = new Uint8Array(0);

/** Resolves once the journal is loaded. */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { random, localKey, journals, lifeboat, pause, whenFree } = options.context;
  await whenFree?.(options.doc);
  const journal = await openJournal({ store: journals, doc: options.doc, localKey, random, lifeboat, pause });
  return startReplica(options, journal);
}

async function startReplica({ doc, isNew, context, events }: ReplicaOptions, journal: Journal): Promise<Replica> {
  const { clock, keys } = context;
  const yDoc = new Y.Doc({ guid: doc });
  const awareness = new Awareness(yDoc);
  // Nobody is announced until a face sets a state: an idle doc sends nothing.
  awareness.setLocalState(null);
  const own = createOwnEnvelopes(keys.id, () => journal.own);
  let isClosed = false;
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
  const hadEntries = journal.entries.length > 0;
  const isFirst = isNew && held === null && !hadEntries;
  const begun: RoomState = { ...(held?.state ?? createRoomState(beginning)), roster, vaultKeys };

  const loop: RoomLoop = createRoomLoop({
    // A log that only this device has begun is read to its end.
    state: isFirst ? { ...begun, readRosterSeq: roster.seq } : begun,
    carryOut: (effect) => carryOut(effect),
    onMoved: () => {
      folding.notePlaceSoon();
      events.onStatus();
    },
  });
  const { dispatch } = loop;

  const batch = createBatch({
    clock,
    canSeal: () => sealing.canSeal && removalRead.underWay === null,
    sealBody: (body, turn) => sealing.change(body, turn),
  });

  /** OB5: a log must be read to its end once, before this device goes on with its own chain: that may be longer than what it holds of it. */
  let hasReadToEnd = false;
  /** Kept with the journal, and gone with it, or with a piece of it. */
  let isChainKept = false;
  const sealing = createSealing({
    context,
    loop,
    own,
    isClosed: () => isClosed,
    isChainKnown: () => isChainKept || isNew || hasReadToEnd,
    isWaiting: () => log.isCaughtUp && batch.size > 0,
    isLinked: () => log.isLinked,
  });
  const removalRead = createRemovalRead({
    clock,
    isLinked: () => log.isLinked,
    ask: () => log.ask(),
    onEnd: () => {
      if (!isClosed) batch.seal();
    },
  });

  const socket = createSealedSocket(clock, {
    onUpdate: (update) => {
      unseen = 0;
      batch.add(update);
      sealing.beginIfOrphaned();
      events.onStatus();
    },
    onPresence: (update) => {
      sealing.tell(NOTHING, update);
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
    state: () => loop.state,
    isOpen: () => socket.isOpen,
    sealAll: () => {
      batch.seal();
      return batch.size === 0;
    },
    isIdle: () => batch.size === 0 && loop.isIdle,
    onFolded: () => {
      dispatch({ type: "folded" });
      void commits.run();
    },
  });

  const commits = createCommitLoop({
    clock,
    commit: async () => {
      const { sealed } = loop.state.outbox;
      // What a snapshot brought is on the disk once it is in the base.
      const tips = loop.state.compaction.isUnfolded ? committedTips : tipsOfDevices(loop.state);
      await journal.commit();
      // What is sealed under a roster that is not kept does not open here the next time.
      await context.keepRoster();
      committedTips = tips;
      dispatch({ type: "committed", counter: sealed });
      log.publish();
      events.onCommitted?.();
      folding.foldIfLong();
    },
    isBehind: () => loop.state.outbox.committed < loop.state.outbox.sealed,
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
  for (const [author, lane] of loop.state.lanes) if (lane.state === "open") scopes.begin(author, lane, yDoc);

  const log = createLogLink({
    doc,
    context,
    loop,
    own,
    journal,
    isClosed: () => isClosed,
    onEntries: events.onStatus,
    onLost: () => removalRead.end(),
    onEnd: () => {
      hasReadToEnd = true;
      if (!isChainKept) folding.notePlace();
      if (loop.state.readRosterSeq >= loop.state.roster.seq) removalRead.end();
      if (toConfirm !== null && sealing.canSeal) sealing.seal("beacon", toConfirm.snapshot, toConfirm.digest);
      toConfirm = null;
      sealing.beginIfOrphaned();
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
    state: () => loop.state,
    isSettled: () => log.isCaughtUp && batch.size === 0 && socket.isOpen && sealing.canSeal,
    whenOpen: async () => {
      while (!socket.isOpen && !isClosed) await new Promise<void>((resolve) => void clock.after(batchDelayMs, resolve));
    },
    sealTyped: batch.seal,
    changesAfter: (counter) => [...sealing.changesAfter(counter), ...batch.changes],
    deliver: (update) => socket.deliver(update),
    dispatch,
    isRekeyDue: () => isRekeyDue(loop.state, false),
    rekey: () => sealing.rekeyIfDue(false),
    sealSnapshot: (clear, body) => sealing.sealAsIs("snapshot", clear, body),
  });

  const carryOut = createRoomEffects({
    context,
    events,
    loop,
    journal,
    own,
    socket,
    scopes,
    folding,
    commits,
    log,
    compaction,
    isClosed: () => isClosed,
    onConfirm: (effect) => {
      toConfirm = effect;
    },
  });

  for (const envelope of journal.entries) own.note(envelope);
  dispatch({ type: "journal", envelopes: journal.entries });
  for (const lane of loop.state.lanes.values()) events.onAccepted(lane.run);
  committedTips = tipsOfDevices(loop.state);
  isChainKept = loop.state.readRosterSeq > 0;
  if (isFirst) {
    folding.notePlace();
    sealing.begin();
  }

  log.begin();

  return createReplicaHandle({
    doc,
    yDoc,
    awareness,
    context,
    events,
    loop,
    journal,
    batch,
    sealing,
    commits,
    removalRead,
    isClosed: () => isClosed,
    moment: () => ({ isLinked: log.isLinked, isCaughtUp: log.isCaughtUp, unsealed: unseen + batch.size }),
    heldOf: () => committedTips,
    openLive: (lane, counter, sealed) => openLivePiece(loop.state, liveLanes, { lane, counter, sealed }),
    isHandedOver: () => socket.isOpen,
    handOver: () => provider.connect(),
    close: async () => {
      if (isClosed) return;
      removalRead.end();
      batch.seal();
      folding.notePlace();
      log.leave();
      // What cannot be written now was shown as unsaved all along.
      await commits.run().catch(() => {});
      isClosed = true;
      removalRead.end();
      log.close();
      compaction.close();
      commits.stop();
      batch.close();
      folding.close();
      provider.destroy();
      yDoc.destroy();
      await journal.close();
    },
  });
}
