/**
 * The chats that are open. A chat that leaves the screen while it is being answered stays open until that is done, so that
 * the list can tell; a few more stay at hand, so that going back and forth is instant.
 */
import { type Accessor, createEffect, createRoot, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { Thread } from "./createThread.ts";

const atHandMax = 4;

export interface Shelf {
  /** Opens a chat, and makes it the last to be put away. */
  take(id: DocId): Promise<Thread>;
  /** Chats whose answers are being written now, among the open ones. */
  readonly answering: Accessor<ReadonlySet<DocId>>;
  /** Puts a chat away now. */
  forget(id: DocId): void;
  close(): void;
}

interface Place {
  readonly thread: Thread;
  readonly dispose: () => void;
}

/** `onAnswered`: in a chat that is open, the last answer under way came to its end. */
export function createShelf(vault: Vault, onAnswered: (id: DocId) => void): Shelf {
  const places = new Map<DocId, Promise<Place>>();
  const [answering, setAnswering] = createSignal<ReadonlySet<DocId>>(new Set());
  let isClosed = false;

  const note = (id: DocId, isAnswering: boolean): void => {
    if (answering().has(id) === isAnswering) return;
    const next = new Set(answering());
    if (isAnswering) next.add(id);
    else next.delete(id);
    setAnswering(next);
    if (!isAnswering && !isClosed) onAnswered(id);
  };

  const open = async (id: DocId): Promise<Place> => {
    // No part of the first load: an empty page shows no thread.
    const [{ createThread }, doc] = await Promise.all([import("./createThread.ts"), vault.openChat(id)]);
    const thread = createThread(id, doc);
    const stopNoting = createRoot((dispose) => {
      createEffect(() => note(id, thread.active().length > 0));
      return dispose;
    });
    const dispose = (): void => {
      stopNoting();
      thread.close();
      note(id, false);
    };
    return { thread, dispose };
  };

  const putAway = (): void => {
    for (const [id, place] of places) {
      if (places.size <= atHandMax) return;
      if (answering().has(id)) continue;
      places.delete(id);
      void place.then(({ dispose }) => dispose()).catch(() => undefined);
    }
  };

  return {
    take: async (id) => {
      const place = places.get(id) ?? open(id);
      // The order of the map is the order of use.
      places.delete(id);
      places.set(id, place);
      place.catch(() => places.delete(id));
      const { thread, dispose } = await place;
      if (isClosed) dispose();
      else putAway();
      return thread;
    },
    answering,
    forget: (id) => {
      void places
        .get(id)
        ?.then(({ dispose }) => dispose())
        .catch(() => undefined);
      places.delete(id);
    },
    close: () => {
      isClosed = true;
      for (const place of places.values()) void place.then(({ dispose }) => dispose()).catch(() => undefined);
      places.clear();
    },
  };
}
