/**
 * Keeps the index of all chats on this device: as it was saved, and from there only what may have changed since, a chat at a time
 * while the page has nothing better to do. A chat is opened for as long as it is read.
 */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { whenIdle } from "../platform/idle.ts";
import { pause } from "../platform/pause.ts";
import { forgetSaved, readSaved, writeSaved, type NotedChat } from "./savedSearch.ts";
import type { SearchHit, SearchQuestion } from "./searchIndex.ts";
import { startSearchThread, type SearchThread } from "./searchThread.ts";

/** Messages handed over before the page gets its turn: a few milliseconds' worth. */
const messagesAtOnce = 100;
/** A chat that had not caught up when it was read is read again, but not each time the palette opens. */
const readAgainMs = 60_000;
/** What changed is saved once nothing more was read for this long. */
const saveAfterMs = 3_000;
/** Chats that are read again when the app comes up, whatever is noted of them: what was done last may not have been saved. */
const newestAgain = 3;

export interface Search {
  /** Reads what is not read yet, the chat on the screen first. */
  refresh(shown: DocId | null): void;
  find(question: SearchQuestion): Promise<readonly SearchHit[]>;
  /** Goes up whenever a search might find more than before. */
  readonly version: Accessor<number>;
  /** Chats still to be read. */
  readonly left: Accessor<number>;
  close(): void;
}

const searches = new WeakMap<Vault, Search>();

/** One for each open vault, and for as long as that is. */
export function searchOf(vault: Vault): Search {
  const search = searches.get(vault) ?? createSearch(vault);
  searches.set(vault, search);
  return search;
}

/** The vault goes, and what its chats say goes out of the memory. */
export function endSearch(vault: Vault): void {
  searches.get(vault)?.close();
  searches.delete(vault);
}

function createSearch(vault: Vault): Search {
  const catalog = vault.catalog.value;
  let noted = new Map<string, NotedChat>();
  let stamps = new Map<number, number>();
  let queue: DocId[] = [];
  let isWorking = false;
  let isWanted = false;
  let isClosed = false;
  let lastShown: DocId | null = null;
  let cancelSave: (() => void) | null = null;
  let loading: Promise<SearchThread> | null = null;
  const [version, setVersion] = createSignal(0);
  const [left, setLeft] = createSignal(0);
  const bump = (): void => void setVersion((before) => before + 1);

  /** A worker that has what was saved; another one when it broke. */
  const thread = (): Promise<SearchThread> => {
    loading ??= start();
    return loading;
  };
  const start = async (): Promise<SearchThread> => {
    const started = startSearchThread(startAnew);
    const saved = await readSaved(vault.cache);
    noted = new Map();
    stamps = new Map();
    if (saved === null) return started;
    try {
      await started.load(saved.parts);
      noted = new Map(saved.noted);
      stamps = new Map(saved.parts.map(({ id, stamp }) => [id, stamp]));
      for (const { id } of catalog.chats().slice(0, newestAgain)) noted.delete(id);
      bump();
      return started;
    } catch {
      // reason: saved by another version, or harmed in a way that the seal does not see: everything is read again.
      started.close();
      await forgetSaved(vault.cache).catch(() => undefined);
      return startSearchThread(startAnew);
    }
  };
  const startAnew = (): void => {
    if (isClosed) return;
    loading = null;
    if (isWanted) void plan(lastShown);
  };

  const isStale = (id: DocId, lastAt: number): boolean => {
    const note = noted.get(id);
    if (note === undefined || note.lastAt !== lastAt || note.isBusy) return true;
    return !note.isWhole && vault.status().link === "live" && Date.now() - note.readAt > readAgainMs;
  };

  const plan = async (shown: DocId | null): Promise<void> => {
    const index = await thread();
    if (isClosed) return;
    const chats = catalog.chats();
    const listed = new Set<string>(chats.map(({ id }) => id));
    for (const id of noted.keys()) {
      if (listed.has(id)) continue;
      noted.delete(id);
      await index.forget(id);
      saveSoon();
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
    const index = await thread();
    const lastAt = catalog.entry(id)?.lastAt ?? 0;
    const open = await vault.openChat(id);
    try {
      await open.value.warm(pause);
      const messages = open.value.messages();
      for (let at = 0; at < messages.length; at += messagesAtOnce) {
        const some = messages.slice(at, at + messagesAtOnce);
        await index.put(
          id,
          some.map(({ id: message, role, at: time, text, by }) => ({ id: message, role, at: time, text, by })),
        );
        await idle();
      }
      await index.retain(
        id,
        messages.map((message) => message.id),
      );
      const isBusy = open.value.pendingRuns().length + open.value.activeRuns().length > 0;
      noted.set(id, { lastAt, readAt: Date.now(), isBusy, isWhole: vault.docStatus(id).phase === "live" });
    } finally {
      open.close();
    }
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let id = queue.shift(); id !== undefined && !isClosed; id = queue.shift()) {
      await idle();
      // One that cannot be opened now is tried again the next time.
      await read(id).catch(() => undefined);
      setLeft(queue.length);
      bump();
    }
    isWorking = false;
    saveSoon();
  };

  // A destroyed chat's words go from memory and from what is saved, as soon as it is known.
  const stopObserving = catalog.destroyed.observe(() => {
    if (!isClosed && [...noted.keys()].some((id) => catalog.destroyed.has(id as DocId))) void plan(lastShown);
  });

  const saveSoon = (): void => {
    cancelSave?.();
    if (!isClosed) cancelSave = whenIdle(() => void save().catch(() => undefined), { earliestMs: saveAfterMs });
  };
  const save = async (): Promise<void> => {
    const changed = await (await thread()).save();
    if (isClosed || changed.length === 0) return;
    for (const { id, stamp, bytes } of changed) {
      if (bytes === null) stamps.delete(id);
      else stamps.set(id, stamp);
    }
    await writeSaved(vault.cache, changed, { stamps, noted });
  };

  // For as long as the vault is open: its catalog goes when it does.
  catalog.observe(() => {
    if (isWanted && !isClosed) queueMicrotask(() => void plan(lastShown).catch(() => undefined));
  });

  return {
    refresh: (shown) => {
      isWanted = true;
      plan(shown).catch(() => undefined);
    },
    find: async (question) => (await thread()).search(question),
    version,
    left,
    close: () => {
      isClosed = true;
      stopObserving();
      cancelSave?.();
      void loading?.then((started) => started.close()).catch(() => undefined);
    },
  };
}

function idle(): Promise<void> {
  return new Promise((done) => void whenIdle(done, { latestMs: 200 }));
}
