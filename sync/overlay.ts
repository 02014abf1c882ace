/** Live text on its way from the link to the chat that it belongs to; what the document does not cover in time is taken down again. */
import type { RunId } from "#crypto/ids.ts";
import type { Chat } from "./docs/chat.ts";
import { liveHoldMs } from "./limits.ts";
import type { OpenEntry } from "./openDocs.ts";
import type { Clock } from "./ports.ts";

export interface Overlay {
  take(lane: string, counter: number, sealed: Uint8Array): void;
  close(): void;
}

export interface OverlayOptions {
  readonly clock: Clock;
  /** Those in memory now: nobody looks at the others. */
  readonly chats: () => readonly OpenEntry<Chat>[];
}

interface Shown {
  readonly run: RunId;
  readonly entry: OpenEntry<Chat>;
  atMs: number;
  cancel: () => void;
}

export function createOverlay({ clock, chats }: OverlayOptions): Overlay {
  /** When each lane's newest piece came, and into which chat. One timer for a lane, not one for each word. */
  const shown = new Map<string, Shown>();

  function holdUntilCovered(lane: string, run: RunId, entry: OpenEntry<Chat>): void {
    const known = shown.get(lane);
    if (known?.run === run && known.entry === entry) {
      known.atMs = clock.now();
      return;
    }
    known?.cancel();
    const held: Shown = { run, entry, atMs: clock.now(), cancel: () => {} };
    const look = (): void => {
      const leftMs = held.atMs + liveHoldMs - clock.now();
      if (leftMs > 0 && leftMs <= liveHoldMs) {
        held.cancel = clock.after(leftMs, look);
        return;
      }
      shown.delete(lane);
      entry.value.clearLive(run);
    };
    held.cancel = clock.after(liveHoldMs, look);
    shown.set(lane, held);
  }

  function takeInto(entry: OpenEntry<Chat>, lane: string, counter: number, sealed: Uint8Array): boolean {
    const piece = entry.replica.openLive(lane, counter, sealed);
    if (piece === null) return false;
    holdUntilCovered(lane, piece.run, entry);
    entry.value.takeLive(piece.run, piece);
    return true;
  }

  return {
    take: (lane, counter, sealed) => {
      const open = chats();
      // Where its last word went comes first: each other chat would look through all its lanes for every word.
      const last = shown.get(lane)?.entry;
      if (last !== undefined && open.includes(last) && takeInto(last, lane, counter, sealed)) return;
      for (const entry of open) if (entry !== last && takeInto(entry, lane, counter, sealed)) return;
    },
    close: () => {
      for (const { cancel } of shown.values()) cancel();
      shown.clear();
    },
  };
}
