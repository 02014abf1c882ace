/**
 * What was typed here and is in no envelope yet. Keystrokes are gathered for a moment, so that they travel together; a change is let go
 * only when its envelope is made and in its chain, so nothing is lost where sealing fails, and it counts as unsaved until then.
 */
import { mergeUpdates } from "yjs";
import { batchBytesMax, batchDelayMs, bodyBytesMax, retryAfterMs } from "./limits.ts";
import type { Clock } from "./ports.ts";
import { splitUpdate } from "./updateSlices.ts";

export interface Batch {
  /** How many changes are in no envelope yet. */
  readonly size: number;
  readonly changes: readonly Uint8Array[];
  /** More may follow in a moment. */
  readonly isGathering: boolean;
  add(change: Uint8Array): void;
  /** All of it, now, if that can be. */
  seal(): void;
  close(): void;
}

export interface BatchOptions {
  readonly clock: Clock;
  readonly canSeal: () => boolean;
  /**
   * Makes the envelope when its turn in the chain comes, unless `isWanted` says that it is made already; `onSealed` when it is in its
   * chain, `onFailed` when it could not be made.
   */
  readonly sealBody: (body: Uint8Array, then: BodyTurn) => void;
}

export interface BodyTurn {
  readonly isWanted: () => boolean;
  readonly onSealed: () => void;
  readonly onFailed: () => void;
}

export function createBatch({ clock, canSeal, sealBody }: BatchOptions): Batch {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  /** Bodies that wait for their turn, or had one that failed; each stands for so many changes. */
  const unsealed = new Map<Uint8Array, number>();
  let cancel: (() => void) | null = null;

  function seal(): void {
    cancel?.();
    cancel = null;
    if (!canSeal()) return;
    gather();
    for (const body of unsealed.keys()) {
      sealBody(body, {
        isWanted: () => unsealed.has(body),
        onSealed: () => unsealed.delete(body),
        onFailed: () => {
          cancel ??= clock.after(retryAfterMs, seal);
        },
      });
    }
  }

  function gather(): void {
    if (gathered.length === 0) return;
    const merged = gathered.length === 1 ? gathered[0] : mergeUpdates(gathered);
    if (merged !== undefined && merged.length <= bodyBytesMax) unsealed.set(merged, gathered.length);
    else for (const change of gathered) addInPieces(change);
    gathered = [];
    gatheredBytes = 0;
  }

  /** A body that is too long for receivers would set the doc aside. The last piece stands for the whole change. */
  function addInPieces(change: Uint8Array): void {
    const pieces = change.length <= bodyBytesMax ? [change] : splitUpdate(change, bodyBytesMax);
    for (const [index, piece] of pieces.entries()) unsealed.set(piece, index === pieces.length - 1 ? 1 : 0);
  }

  return {
    get size() {
      return [...unsealed.values()].reduce((sum, changes) => sum + changes, gathered.length);
    },
    get changes() {
      return [...unsealed.keys(), ...gathered];
    },
    get isGathering() {
      return cancel !== null;
    },
    add: (change) => {
      gathered.push(change);
      gatheredBytes += change.length;
      if (gatheredBytes >= batchBytesMax) seal();
      else cancel ??= clock.after(batchDelayMs, seal);
    },
    seal,
    close: () => cancel?.(),
  };
}
