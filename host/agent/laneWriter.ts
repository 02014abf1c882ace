/**
 * A lane's own hand: what the backend says becomes appended text in an otherwise empty doc, sealed in small batches, and at the end
 * one FINAL that holds all of it. Each update passes the same scope check that every receiver makes.
 */
import { Doc, encodeStateAsUpdate } from "yjs";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import type { Lane } from "#crypto/lane.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { runRoots, type RunEnd, type RunMeta } from "#sync/docs/run.ts";
import { isHighSurrogate } from "#sync/docs/text.ts";
import { bodyBytesMax, updateBytesMax } from "#sync/limits.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { createScope } from "#sync/scope.ts";
import { batchMs, endBytesReserved, paddedBytesMin, pieceCharsMax, updateHeadBytesMax } from "./limits.ts";

export interface LaneWriter {
  /** Takes the run. Resolves `false` when it may not: another lane has it, or the relay refuses this host. */
  accept(): Promise<boolean>;
  /** Appended now or with the next batch. `false`: the run has written all that it may, and what did not fit was left out. */
  text(text: string): boolean;
  thinking(text: string): boolean;
  /** Written with the next batch. Each key once. */
  note(meta: Partial<RunMeta>): void;
  /** A plain value for `steps/<run>`, written with the next batch. `false`: it would leave less than `bytesKept` of the room; nothing of it is written. */
  step(value: object, bytesKept?: number): boolean;
  /** Writes what waits. Resolves when the relay has all that was written; `false`: it never will. */
  stored(): Promise<boolean>;
  /** Writes what is left and how it ended, in one envelope where it fits, and the FINAL. */
  end(end: RunEnd, meta: Partial<RunMeta>): void;
}

/** What the newest grant of a run lent, and the roster it named: nothing may be sealed under a key that is older than its roster. */
export interface LentKey {
  readonly epoch: number;
  readonly docKey: Uint8Array;
  readonly rosterSeq: number;
  readonly rosterHead: Uint8Array;
}

export interface LaneWriterOptions {
  readonly run: RunId;
  readonly doc: DocId;
  readonly lane: Lane;
  readonly bytesMax: number;
  /** Asked for each envelope: a renewed grant may have brought a newer key. */
  readonly lent: () => LentKey;
  readonly clock: Clock;
  readonly random: Random;
  /** Each word as it comes, with where it belongs, before it is in an envelope. */
  readonly onWords?: (where: "text" | "thinking", offset: number, text: string) => void;
  readonly push: (counter: number, envelope: Uint8Array) => Promise<boolean>;
}

export function createLaneWriter(options: LaneWriterOptions): LaneWriter {
  const { run, doc, lane, bytesMax, clock, random, push } = options;
  const roots = runRoots(run);
  const scope = createScope({ run, clientId: lane.clientId, bytesMax });
  const yDoc = new Doc();
  yDoc.clientID = lane.clientId;
  const waiting = { text: "", thinking: "" };
  let waitingBytes = 0;
  let notes: Partial<RunMeta> = {};
  let steps: object[] = [];
  let stepBytes = 0;
  let counter = 0;
  let newest: Promise<boolean> = Promise.resolve(true);
  let prev = NO_PREV;
  let bytes = 0;
  let cancelBatch: (() => void) | null = null;
  let lastWriteMs = Number.NEGATIVE_INFINITY;

  yDoc.on("update", (update: Uint8Array) => {
    const violation = scope.check(update);
    // Ours to get right: a receiver would shut the lane out.
    if (violation !== null) throw new Error(`A lane wrote out of its scope: ${violation}`);
    bytes += update.length;
    seal("update", update);
  });

  function seal(kind: EnvelopeKind, body: Uint8Array, clear?: Uint8Array): Promise<boolean> {
    const { epoch, docKey, rosterSeq, rosterHead } = options.lent();
    counter += 1;
    const envelope = sealEnvelope({
      kind,
      doc,
      epoch,
      author: lane.id,
      counter,
      prev,
      rosterSeq,
      rosterHead,
      ...(clear === undefined ? {} : { clear }),
      body,
      paddedBytesMin,
      docKey,
      signingKey: lane.signingKey,
      random,
    });
    prev = envelopeHash(envelope);
    newest = push(counter, envelope);
    return newest;
  }

  function append(where: "text" | "thinking", text: string): boolean {
    const chars = waiting.text.length + waiting.thinking.length + text.length;
    // By what its bytes are: however much of a quick answer waits for a late batch, it counts no more than it takes.
    const updates = Math.ceil(chars / pieceCharsMax) + 2;
    const bytesLeft = bytesMax - endBytesReserved - bytes - waitingBytes - stepBytes - updates * updateHeadBytesMax;
    const fitting = takeFitting(text, bytesLeft);
    if (fitting !== "") hold(where, fitting);
    return fitting === text;
  }

  function hold(where: "text" | "thinking", text: string): void {
    options.onWords?.(where, yDoc.getText(roots[where]).length + waiting[where].length, text);
    waiting[where] += text;
    waitingBytes += Buffer.byteLength(text);
    if (cancelBatch !== null) return;
    const sinceMs = clock.now() - lastWriteMs;
    // The first words after a pause are shown at once.
    cancelBatch = clock.after(sinceMs >= batchMs || sinceMs < 0 ? 0 : batchMs - sinceMs, () => write(false));
  }

  /** Half a surrogate pair waits for its other half, unless there will be none. */
  function takeWaiting(where: "text" | "thinking", isLast: boolean): string {
    const text = waiting[where];
    const held = !isLast && isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0;
    waiting[where] = text.slice(text.length - held);
    return text.slice(0, text.length - held).toWellFormed();
  }

  function write(isLast: boolean): void {
    cancelBatch?.();
    cancelBatch = null;
    lastWriteMs = clock.now();
    const parts = (["thinking", "text"] as const).flatMap((where) => {
      const type = yDoc.getText(roots[where]);
      return cut(takeWaiting(where, isLast)).map((piece) => ({
        bytes: Buffer.byteLength(piece),
        write: () => type.insert(type.length, piece),
      }));
    });
    waitingBytes = Buffer.byteLength(waiting.text) + Buffer.byteLength(waiting.thinking);
    const meta = Object.entries(notes);
    const pushed = steps;
    parts.push({
      bytes: stepBytes,
      write: () => {
        if (pushed.length > 0) yDoc.getArray(roots.steps).push(pushed);
        for (const [key, value] of meta) yDoc.getMap(roots.meta).set(key, value);
      },
    });
    notes = {};
    steps = [];
    stepBytes = 0;
    for (const group of groupByBytes(parts, updateBytesMax / 2))
      yDoc.transact(() => group.forEach((part) => part.write()));
  }

  return {
    accept: () => seal("accept", new Uint8Array(0), lane.acceptClear),
    text: (text) => append("text", text),
    thinking: (text) => append("thinking", text),
    note: (meta) => {
      Object.assign(notes, meta);
      cancelBatch ??= clock.after(0, () => write(false));
    },
    step: (value, bytesKept = 0) => {
      const size = Buffer.byteLength(JSON.stringify(value)) + updateHeadBytesMax;
      if (bytesMax - endBytesReserved - bytes - waitingBytes - stepBytes - size < bytesKept) return false;
      // Many at once, as a long result makes them, are more than one update holds.
      if (stepBytes > 0 && stepBytes + size > updateBytesMax / 2) write(false);
      stepBytes += size;
      steps.push(value);
      cancelBatch ??= clock.after(0, () => write(false));
      return true;
    },
    stored: () => {
      write(false);
      return newest;
    },
    end: (end, meta) => {
      Object.assign(notes, meta, { end });
      write(true);
      const state = encodeStateAsUpdate(yDoc);
      // What a run may write fits; were it not so, receivers would keep the stream envelopes instead.
      if (state.length <= bodyBytesMax) void seal("final", state, finalClear(2, counter));
      yDoc.destroy();
    },
  };
}

/**
 * What is written together is one update and one envelope: a seal, a signature and a flush less for each part that shares one, and 542 bytes less to
 * each reader. Half of what an update holds is left for what is not counted (keys of `meta`, what Yjs adds); a part that is longer goes alone.
 */
function groupByBytes<Part extends { readonly bytes: number }>(parts: readonly Part[], bytesMax: number): Part[][] {
  const groups: Part[][] = [];
  let bytes = 0;
  for (const part of parts) {
    bytes += part.bytes;
    const group = groups.at(-1);
    if (group !== undefined && bytes <= bytesMax) group.push(part);
    else {
      groups.push([part]);
      ({ bytes } = part);
    }
  }
  return groups;
}

/** All of it, or whole characters of its beginning. */
function takeFitting(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, bytesMax))).read);
}

/** Pieces of at most `pieceCharsMax`, never through a surrogate pair. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + pieceCharsMax;
    const isSplit = end < text.length && isHighSurrogate(text.charCodeAt(end - 1));
    pieces.push(text.slice(at, isSplit ? end - 1 : end));
    at = isSplit ? end - 1 : end;
  }
  return pieces;
}
