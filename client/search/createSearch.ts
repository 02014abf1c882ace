/**
 * Keeps the index of all chats on this device: as it was saved, and from there only what may have changed since, a chat at a time
 * while the page has nothing better to do. A chat is opened for as long as it is read.
 */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Clock, Pause } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import type { Vault } from "#sync/vault.ts";
import { whenIdle } from "../platform/idle.ts";
import { pause } from "../platform/pause.ts";
import type { LostWhy } from "../platform/watchedWorker.ts";
import { forgetSaved, readSaved, writeSaved, type NotedChat } from "./savedSearch.ts";
import type { SearchHit, SearchQuestion } from "./searchIndex.ts";
import { startSearchThread, type SearchThread } from "./searchThread.ts";

/** Messages handed over before the page gets its turn: a few milliseconds' worth. */
const messagesAtOnce = 100;
/** A chat that had not caught up when it was read is read again, but not each time the palette opens. */
const readAgainMs = 60_000;
/** What changed is saved once nothing more was read for this long. */
const saveAfterMs = 3_000;
/** A worker that broke is begun anew after this, and after twice as long each time it breaks again; one that held for a minute had recovered. */
const anewMsMin = 250;
const anewMsMax = 60_000;
const healthyMs = 60_000;
/** Chats that are read again when the app comes up, whatever is noted of them: what was done last may not have been saved. */
const newestAgain = 3;

/** How the index is, for the page that says how everything is. */
export interface IndexState {
  /** `resting`: nobody has searched since the app came up, so it was not looked at. */
  readonly state: "resting" | "starting" | "reading" | "well" | "trouble";
  readonly messages: number;
  /** How often its worker had to be begun anew. */
  readonly restarts: number;
  /** The last thing that went wrong, also when that is over. `unread`: a chat could not be opened. `unsaved`: it could not be kept for the next time. */
  readonly lastError: { readonly at: number; readonly why: LostWhy | "unread" | "unsaved" } | null;
}

/** What it needs of the page; a test brings its own. */
export interface SearchPorts {
  readonly clock: Clock;
  readonly pause: Pause;
  readonly whenIdle: typeof whenIdle;
  readonly startThread: typeof startSearchThread;
}

const ofThePage: SearchPorts = { clock: systemClock, pause, whenIdle, startThread: startSearchThread };

export interface Search {
  /** Reads what is not read yet, the chat on the screen first. */
  refresh(shown: DocId | null): void;
  find(question: SearchQuestion): Promise<readonly SearchHit[]>;
  /** Goes up whenever a search might find more than before. */
  readonly version: Accessor<number>;
  /** Chats still to be read. */
  readonly left: Accessor<number>;
  readonly state: Accessor<IndexState>;
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

type SearchedVault = Pick<Vault, "cache" | "catalog" | "docStatus" | "openChat" | "status">;

export function createSearch(vault: SearchedVault, ports: SearchPorts = ofThePage): Search {
  const { clock, startThread } = ports;
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
  let [startedMs, pauseMs] = [0, anewMsMin];
  let cancelPause = (): void => {};
  const [state, setState] = createSignal<IndexState>({ state: "resting", messages: 0, restarts: 0, lastError: null });
  const show = (now: Partial<IndexState>): void => void setState((before) => ({ ...before, ...now }));
  const complain = (why: NonNullable<IndexState["lastError"]>["why"]): void =>
    show({ lastError: { at: clock.now(), why } });
  const [version, setVersion] = createSignal(0);
  const [left, setLeft] = createSignal(0);
  const idle = (): Promise<void> => new Promise((done) => void ports.whenIdle(done, { latestMs: 200 }));
  const bump = (): void => void setVersion((before) => before + 1);

  /** A worker that has what was saved; another one when it broke. */
  const thread = (): Promise<SearchThread> => {
    loading ??= start();
    return loading;
  };
  const start = async (): Promise<SearchThread> => {
    show({ state: "starting" });
    startedMs = clock.now();
    const { restarts } = state();
    const started = startThread(startAnew);
    const saved = await readSaved(vault.cache);
    // One that was lost meanwhile is begun anew, with what was saved.
    if (state().restarts !== restarts) return thread();
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
      if (state().restarts !== restarts) return thread();
      await forgetSaved(vault.cache).catch(() => undefined);
      return startThread(startAnew);
    }
  };
  const startAnew = (why: LostWhy): void => {
    if (isClosed) return;
    complain(why);
    show({ state: "trouble", restarts: state().restarts + 1 });
    if (clock.now() - startedMs > healthyMs) pauseMs = anewMsMin;
    const anew = Promise.withResolvers<void>();
    cancelPause = clock.after(pauseMs, anew.resolve);
    pauseMs = Math.min(pauseMs * 2, anewMsMax);
    loading = anew.promise.then(start);
    if (isWanted) plan(lastShown).catch(() => undefined);
  };

  const isStale = (id: DocId, lastAt: number): boolean => {
    const note = noted.get(id);
    if (note === undefined || note.lastAt !== lastAt || note.isBusy) return true;
    return !note.isWhole && vault.status().link === "live" && clock.now() - note.readAt > readAgainMs;
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
    show({ messages: index.size });
    void work();
  };

  const read = async (id: DocId): Promise<void> => {
    const index = await thread();
    show({ state: "reading" });
    const lastAt = catalog.entry(id)?.lastAt ?? 0;
    const open = await vault.openChat(id);
    try {
      await open.value.warm(ports.pause);
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
      show({ messages: index.size });
      noted.set(id, { lastAt, readAt: clock.now(), isBusy, isWhole: vault.docStatus(id).phase === "live" });
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
      const { restarts } = state();
      const isRead = await read(id).then(
        () => true,
        () => false,
      );
      // What was lost with its worker is the worker's trouble, and not the chat's.
      if (!isRead && state().restarts === restarts) complain("unread");
      setLeft(queue.length);
      bump();
    }
    isWorking = false;
    // A worker that is being begun anew has its own word, and is planned for again.
    if (state().state !== "trouble") show({ state: "well" });
    saveSoon();
  };

  // A destroyed chat's words go from memory and from what is saved, as soon as it is known.
  const stopObserving = catalog.destroyed.observe(() => {
    if (!isClosed && [...noted.keys()].some((id) => catalog.destroyed.has(id as DocId))) void plan(lastShown);
  });

  const saveSoon = (): void => {
    cancelSave?.();
    if (!isClosed) cancelSave = ports.whenIdle(() => void trySave(), { earliestMs: saveAfterMs });
  };
  const trySave = async (): Promise<void> => {
    const { restarts } = state();
    const isSaved = await save().then(
      () => true,
      () => false,
    );
    if (!isSaved && state().restarts === restarts) complain("unsaved");
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
    state,
    close: () => {
      isClosed = true;
      cancelPause();
      stopObserving();
      cancelSave?.();
      void loading?.then((started) => started.close()).catch(() => undefined);
    },
  };
}
