/**
 * One doc's snapshots on this device, where they take time: making one when it is due, and opening those of others for the room,
 * which judges them (roomSnapshot.ts). Entries wait while one is opened; typing, sealing and committing do not.
 */
import * as Y from "yjs";
import { bytesToHex, hexToBytes, isEqualBytes } from "#crypto/bytes.ts";
import { laneClientId } from "#crypto/laneHeader.ts";
import { encodeSnapshotClear, NO_SNAPSHOT, type SnapshotClear } from "#crypto/snapshotHeader.ts";
import { bodyBytesMax, type SnapshotPace } from "./limits.ts";
import type { Clock, Random } from "./ports.ts";
import { coverageOf, isFullyCovered, isSnapshotDue } from "./roomSnapshot.ts";
import type { RoomEffect, RoomEvent, RoomState } from "./roomState.ts";
import { digestOf, packSnapshot, unpackSnapshot, type LeftOut, type SnapshotContent } from "./snapshot.ts";

export interface Compaction {
  /** The room moved: a snapshot may be due. */
  check(): void;
  /** Opens a held snapshot and tells the room what came of it. */
  read(effect: Extract<RoomEffect, { type: "readSnapshot" }>): Promise<void>;
  close(): void;
}

export interface CompactionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: SnapshotPace;
  readonly yDoc: Y.Doc;
  readonly state: () => RoomState;
  /** The log is read to its end, and nothing that was typed waits to be sealed. */
  readonly isSettled: () => boolean;
  /** Resolves when what is delivered reaches the Y.Doc at once. */
  readonly whenOpen: () => Promise<void>;
  /** Seals what was typed, if that can be now. */
  readonly sealTyped: () => void;
  /** This device's changes after this counter of its own, and what is typed and not yet sealed. */
  readonly changesAfter: (counter: number) => readonly Uint8Array[];
  readonly deliver: (update: Uint8Array) => void;
  readonly dispatch: (event: RoomEvent) => void;
  /** A new epoch is to begin before anything else is sealed: a snapshot stands right behind what it covers. */
  readonly isRekeyDue: () => boolean;
  readonly rekey: () => void;
  readonly sealSnapshot: (clear: Uint8Array, body: Uint8Array) => void;
}

export function createCompaction(options: CompactionOptions): Compaction {
  const { clock, pace, yDoc, dispatch } = options;
  let cancel: (() => void) | null = null;
  let isWriting = false;
  let isClosed = false;
  /** Deflated, it does not fit an envelope: the log goes on as it is. */
  let isTooLarge = false;

  const isDue = (): boolean => {
    const state = options.state();
    return !isClosed && !isTooLarge && isSnapshotDue(state, pace) && isFullyCovered(state) && options.isSettled();
  };
  const placeNow = (): string => {
    const { cursor, outbox } = options.state();
    return `${cursor}/${outbox.sealed}`;
  };

  function check(): void {
    if (cancel !== null || isWriting || !isDue()) return;
    const place = placeNow();
    const spread = ((options.random(1)[0] ?? 0) / 256) * pace.spreadMs;
    cancel = clock.after(pace.quietMs + spread, () => {
      cancel = null;
      if (placeNow() === place && isDue()) void write();
      else check();
    });
  }

  async function write(): Promise<void> {
    // The log goes on with it, and the snapshot has another turn when that is there.
    if (options.isRekeyDue()) return options.rekey();
    isWriting = true;
    try {
      const place = placeNow();
      const { lanes, openGrants, lentEpoch } = options.state();
      const grants = { openGrants, lentEpoch };
      const body = await packSnapshot({ digest: digestOf(yDoc), lanes, update: Y.encodeStateAsUpdate(yDoc), grants });
      isTooLarge = body.length > bodyBytesMax;
      // What came meanwhile is not in it: another time.
      if (placeNow() !== place || !isDue() || options.isRekeyDue()) return;
      const state = options.state();
      const { newest } = state.compaction;
      const mark = state.mark?.hash;
      if (mark === undefined) return;
      const previous = (newest === null ? null : hexToBytes(newest.hash)) ?? NO_SNAPSHOT;
      const clear = encodeSnapshotClear({ cursor: state.cursor, mark, previous, coverage: coverageOf(state) });
      options.sealSnapshot(clear, body);
    } finally {
      isWriting = false;
    }
  }

  /** What the snapshot holds, if it is what it says. */
  async function open(body: Uint8Array): Promise<{ content: SnapshotContent; doc: Y.Doc } | null> {
    const doc = new Y.Doc();
    try {
      const content = await unpackSnapshot(body);
      Y.applyUpdate(doc, content.update);
      if (isEqualBytes(digestOf(doc), content.digest)) return { content, doc };
    } catch {
      // reason: a member sealed what does not inflate, or what Yjs throws on.
    }
    doc.destroy();
    return null;
  }

  return {
    check,
    read: async ({ held, body }) => {
      const opened = await open(body);
      await options.whenOpen();
      if (isClosed) return;
      options.sealTyped();
      if (opened === null) return dispatch({ type: "snapshotRead", lanes: null });
      const { content, doc } = opened;
      if (held.mode === "compare") {
        // CV3: with what only this device has added to it, it must say what this device knows.
        const own = held.clear.coverage.find(({ author }) => author === options.state().device)?.counter ?? 0;
        for (const change of options.changesAfter(own)) Y.applyUpdate(doc, change);
        const leftOut = lanesNotCompared(options.state(), held.clear);
        const isSame = bytesToHex(digestOf(doc, leftOut)) === bytesToHex(digestOf(yDoc, leftOut));
        doc.destroy();
        return dispatch(isSame ? { type: "snapshotRead", ...factsOf(content) } : { type: "snapshotRead", lanes: null });
      }
      doc.destroy();
      options.deliver(content.update);
      dispatch({ type: "snapshotRead", ...factsOf(content) });
    },
    close: () => {
      isClosed = true;
      cancel?.();
    },
  };
}

/**
 * A lane that was still writing is in a snapshot's state and not in its coverage. When its FINAL has since replaced what it wrote, a
 * device that reads later meets the snapshot before that text; it is compared with nothing then, and stays in the log. Nor is one
 * that was shut out here: a FINAL that says something else than its stream is believed by whoever never saw the stream.
 */
function lanesNotCompared({ lanes }: Pick<RoomState, "lanes">, { coverage }: SnapshotClear): LeftOut {
  const covered = new Set(coverage.map(({ author }) => author));
  const left = [...lanes].filter(([author, { state }]) => !covered.has(author) || state === "refused");
  return {
    clients: new Set(left.map(([author, { run }]) => laneClientId(run, author))),
    runs: new Set(left.map(([, { run }]) => run)),
  };
}

function factsOf({ lanes, grants }: SnapshotContent): Pick<SnapshotContent, "lanes" | "grants"> {
  return grants === undefined ? { lanes } : { lanes, grants };
}
