/**
 * Keeps the index of all chats on this device: built when the palette is first opened, a chat at a time while the page has nothing
 * better to do, and afterwards only for what may have changed. A chat is opened for as long as it is read.
 */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { whenIdle } from "../platform/idle.ts";
import { createSearchIndex, type SearchHit } from "./searchIndex.ts";

/** Messages taken in before the page gets its turn: a few milliseconds' worth. */
const messagesAtOnce = 40;

export interface Search {
  /** Reads what is not read yet, the chat on the screen first. */
  refresh(shown: DocId | null): void;
  find(query: string, hitsMax: number): readonly SearchHit[];
  /** Goes up whenever a search might find more than before. */
  readonly version: Accessor<number>;
  /** Chats still to be read. */
  readonly left: Accessor<number>;
}

const searches = new WeakMap<Vault, Search>();

/** One for each open vault, and for as long as that is. */
export function searchOf(vault: Vault): Search {
  const search = searches.get(vault) ?? createSearch(vault);
  searches.set(vault, search);
  return search;
}

interface Noted {
  readonly lastAt: number;
  readonly readAt: number;
  /** An answer was under way in it. */
  readonly isBusy: boolean;
  /** All that the host has of it was here. */
  readonly isWhole: boolean;
}

/** A chat that had not caught up when it was read is read again, but not each time the palette opens. */
const readAgainMs = 60_000;

function createSearch(vault: Vault): Search {
  const catalog = vault.catalog.value;
  const index = createSearchIndex();
  const noted = new Map<DocId, Noted>();
  let queue: DocId[] = [];
  let isWorking = false;
  let isWanted = false;
  let lastShown: DocId | null = null;
  const [version, setVersion] = createSignal(0);
  const [left, setLeft] = createSignal(0);
  const bump = (): void => void setVersion((before) => before + 1);

  const isStale = (id: DocId, lastAt: number): boolean => {
    const note = noted.get(id);
    if (note === undefined || note.lastAt !== lastAt || note.isBusy) return true;
    return !note.isWhole && vault.status().link === "live" && Date.now() - note.readAt > readAgainMs;
  };

  const plan = (shown: DocId | null): void => {
    const chats = catalog.chats();
    const listed = new Set(chats.map(({ id }) => id));
    for (const id of noted.keys()) {
      if (listed.has(id)) continue;
      noted.delete(id);
      index.forget(id);
      bump();
    }
    const stale = chats.filter(({ id, lastAt }) => isStale(id, lastAt)).map(({ id }) => id);
    // A chat on the screen changes without the catalog's knowing.
    const seen = [shown, lastShown].filter((id) => id !== null && listed.has(id)) as DocId[];
    queue = [...new Set([...seen, ...stale])];
    lastShown = shown;
    setLeft(queue.length);
    void work();
  };

  const read = async (id: DocId): Promise<void> => {
    const lastAt = catalog.entry(id)?.lastAt ?? 0;
    const open = await vault.openChat(id);
    try {
      const messages = open.value.messages();
      for (let at = 0; at < messages.length; at += messagesAtOnce) {
        index.put(id, messages.slice(at, at + messagesAtOnce));
        await idle();
      }
      const isBusy = open.value.pendingRuns().length + open.value.activeRuns().length > 0;
      noted.set(id, { lastAt, readAt: Date.now(), isBusy, isWhole: vault.docStatus(id).phase === "live" });
    } finally {
      open.close();
    }
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      await idle();
      // One that cannot be opened now is tried again the next time.
      await read(id).catch(() => undefined);
      setLeft(queue.length);
      bump();
    }
    isWorking = false;
  };

  // For as long as the vault is open: its catalog goes when it does.
  catalog.observe(() => {
    if (isWanted) queueMicrotask(() => plan(lastShown));
  });

  return {
    refresh: (shown) => {
      isWanted = true;
      plan(shown);
    },
    find: (query, hitsMax) => index.search(query, hitsMax),
    version,
    left,
  };
}

function idle(): Promise<void> {
  return new Promise((done) => void whenIdle(done, { latestMs: 200 }));
}
