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

export function createOverlay({ clock, chats }: OverlayOptions): Overlay {
  /** When each run's newest piece came. One timer for a run, not one for each word. */
  const shown = new Map<RunId, { atMs: number; cancel: () => void }>();

  function holdUntilCovered(run: RunId, chat: Chat): void {
    const known = shown.get(run);
    if (known !== undefined) {
      known.atMs = clock.now();
      return;
    }
    const entry = { atMs: clock.now(), cancel: () => {} };
    const look = (): void => {
      const leftMs = entry.atMs + liveHoldMs - clock.now();
      if (leftMs > 0 && leftMs <= liveHoldMs) {
        entry.cancel = clock.after(leftMs, look);
        return;
      }
      shown.delete(run);
      chat.clearLive(run);
    };
    entry.cancel = clock.after(liveHoldMs, look);
    shown.set(run, entry);
  }

  return {
    take: (lane, counter, sealed) => {
      for (const { replica, value } of chats()) {
        const piece = replica.openLive(lane, counter, sealed);
        if (piece === null) continue;
        holdUntilCovered(piece.run, value);
        return value.takeLive(piece.run, piece);
      }
    },
    close: () => {
      for (const { cancel } of shown.values()) cancel();
      shown.clear();
    },
  };
}
