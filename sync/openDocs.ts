/** Which docs are open on this device: each once, however many views look at it, and for as long as something in it is under way. */
import type { DocId } from "#crypto/ids.ts";
import { lingerMs } from "./limits.ts";
import type { Clock } from "./ports.ts";
import { openReplica } from "./replica.ts";
import type { OpenDoc } from "./vaultTypes.ts";
import type { Replica, ReplicaContext, ReplicaEvents } from "./replicaTypes.ts";

export interface OpenEntry<T> {
  readonly replica: Replica;
  readonly value: T;
}

export interface OpenDocs<T> {
  /** Opens it, or joins who has it open; `release` once for each `retain`. */
  retain(doc: DocId, options?: { readonly isNew: boolean }): Promise<OpenEntry<T>>;
  release(doc: DocId): void;
  /** Closes it at once, whoever looks at it. */
  end(doc: DocId): Promise<void>;
  /** Open and loaded now. */
  get(doc: DocId): OpenEntry<T> | null;
  /** Neither open, nor being opened or closed. */
  isFree(doc: DocId): boolean;
  all(): readonly OpenEntry<T>[];
  close(): Promise<void>;
}

export interface OpenDocsOptions<T> {
  readonly clock: Clock;
  readonly contextOf: (doc: DocId) => ReplicaContext;
  readonly eventsOf: (doc: DocId) => ReplicaEvents;
  readonly createValue: (replica: Replica) => T;
  /** Nobody looks at it: may it go? */
  readonly isBusy: (entry: OpenEntry<T>) => boolean;
  readonly onClosed: (entry: OpenEntry<T>) => void;
}

/** For whoever looks at it, until they close it. */
export async function openForView<T>(docs: OpenDocs<T>, id: DocId): Promise<OpenDoc<T>> {
  const { replica, value } = await docs.retain(id);
  let isOpen = true;
  return {
    value,
    yDoc: replica.yDoc,
    awareness: replica.awareness,
    close: () => {
      if (isOpen) docs.release(id);
      isOpen = false;
    },
  };
}

interface Held<T> {
  readonly opening: Promise<OpenEntry<T>>;
  entry: OpenEntry<T> | null;
  views: number;
  cancelLinger: (() => void) | null;
}

export function createOpenDocs<T>(options: OpenDocsOptions<T>): OpenDocs<T> {
  const { clock } = options;
  const held = new Map<DocId, Held<T>>();
  /** A journal must be closed before it is opened again. */
  const closing = new Map<DocId, Promise<void>>();

  async function open(doc: DocId, isNew: boolean): Promise<OpenEntry<T>> {
    await closing.get(doc);
    const replica = await openReplica({ doc, isNew, context: options.contextOf(doc), events: options.eventsOf(doc) });
    return { replica, value: options.createValue(replica) };
  }

  function lingerThenClose(doc: DocId, place: Held<T>): void {
    place.cancelLinger?.();
    place.cancelLinger = clock.after(lingerMs, () => {
      place.cancelLinger = null;
      if (place.views > 0 || held.get(doc) !== place) return;
      if (place.entry !== null && options.isBusy(place.entry)) return lingerThenClose(doc, place);
      void closeDoc(doc, place);
    });
  }

  function closeDoc(doc: DocId, place: Held<T>): Promise<void> {
    held.delete(doc);
    place.cancelLinger?.();
    const closed = place.opening
      .then(async (entry) => {
        options.onClosed(entry);
        await entry.replica.close();
      })
      .catch(() => {
        // reason: one that did not open has nothing to close, and who opened it was told.
      })
      .finally(() => {
        if (closing.get(doc) === closed) closing.delete(doc);
      });
    closing.set(doc, closed);
    return closed;
  }

  return {
    retain: async (doc, { isNew } = { isNew: false }) => {
      let place = held.get(doc);
      if (place === undefined) {
        place = { opening: open(doc, isNew), entry: null, views: 0, cancelLinger: null };
        held.set(doc, place);
      }
      place.views += 1;
      place.cancelLinger?.();
      place.cancelLinger = null;
      try {
        place.entry = await place.opening;
        return place.entry;
      } catch (cause) {
        if (held.get(doc) === place) held.delete(doc);
        throw cause;
      }
    },
    release: (doc) => {
      const place = held.get(doc);
      if (place === undefined) return;
      place.views -= 1;
      if (place.views <= 0) lingerThenClose(doc, place);
    },
    end: async (doc) => {
      const place = held.get(doc);
      if (place !== undefined) await closeDoc(doc, place);
    },
    get: (doc) => held.get(doc)?.entry ?? null,
    isFree: (doc) => !held.has(doc) && !closing.has(doc),
    all: () => {
      // Asked for with each word of an answer.
      const entries: OpenEntry<T>[] = [];
      for (const { entry } of held.values()) if (entry !== null) entries.push(entry);
      return entries;
    },
    close: async () => {
      await Promise.all([...held].map(([doc, place]) => closeDoc(doc, place)));
      await Promise.all(closing.values());
    },
  };
}
