/**
 * The chats that are open. A chat that leaves the screen while it is being answered stays open until that is done, so that
 * the list can tell; a few more stay at hand, so that going back and forth is instant.
 */
import { type Accessor, createEffect, createRoot, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { whenIdle } from "../platform/idle.ts";
import { pause } from "../platform/pause.ts";
import { fetchUntilHere } from "../ui/fetchedView.ts";
import type { Thread } from "./createThread.ts";

const atHandMax = 4;
/** A chat's end is kept this long after it changed: an answer that streams in changes it only when it begins and when it ends. */
const keepAfterMs = 1_000;

export interface Shelf {
  /** Opens a chat, and makes it the last to be put away. */
  take(id: DocId): Promise<Thread>;
  /** The same, for the screen: resolves as soon as there is anything to show, which may be the end alone. */
  show(id: DocId): Promise<Thread>;
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
    // A chat of any length is read with pauses; while that lasts, the end of a long one is shown as it was last.
    const opening = vault.openChat(id).then(async (doc) => {
      await doc.value.warm(pause);
      return doc;
    });
    // Whoever shows it hears of it.
    opening.catch(() => undefined);
    // No part of the first load: an empty page shows no thread. Where it cannot be fetched yet, the chat is there all the same.
    const fetchParts = () => Promise.all([import("./createThread.ts"), import("./tail.ts")]);
    const [{ createThread }, { readTail, keepTail }] = await fetchUntilHere(fetchParts, false);
    const early = await Promise.race([opening.then(({ value }) => value), orNever(readTail(vault, id))]);
    let cancelKeep: (() => void) | null = null;
    const thread = createThread({
      id,
      early,
      opening,
      device: vault.deviceId,
      onChanged: (source, leaf) => {
        cancelKeep?.();
        cancelKeep = whenIdle(() => void keepTail(vault, id, source, leaf), { earliestMs: keepAfterMs });
      },
    });
    thread.whole.catch(() => places.delete(id));
    const stopNoting = createRoot((dispose) => {
      createEffect(() => note(id, thread.active().length > 0));
      return dispose;
    });
    const dispose = (): void => {
      cancelKeep?.();
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

  const show = async (id: DocId): Promise<Thread> => {
    const place = places.get(id) ?? open(id);
    // The order of the map is the order of use.
    places.delete(id);
    places.set(id, place);
    place.catch(() => places.delete(id));
    const { thread, dispose } = await place;
    if (isClosed) dispose();
    else putAway();
    return thread;
  };

  return {
    show,
    take: async (id) => {
      const thread = await show(id);
      await thread.whole;
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

/** For a race: nothing to show is no answer. */
async function orNever<T>(wanted: Promise<T | null>): Promise<T> {
  return (await wanted) ?? new Promise<never>(() => undefined);
}
