/**
 * In the background, all docs of the catalog are kept whole on this device without anybody looking at them (BG rules of
 * PROTOCOL.md). Each log is read once after the link is live, many at a time and without opening what it says (sealedReading.ts); a doc that takes more
 * than that is opened, a few at a time, those that wait for an answer first: what was typed here without a host gets out, and questions
 * that wait are granted. One that is closed is then watched: its log is followed, and what comes gives it another turn. Watching holds no
 * document in memory.
 */
import type { LogMark } from "./frame.ts";
import type { Connection, Subscription } from "./connection.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { createGathering } from "./gathering.ts";
import {
  replicateAtOnce,
  replicateSealedAtOnce,
  replicateTimeoutMs,
  storedTogetherMax,
  storeDelayMs,
} from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Clock } from "./ports.ts";
import {
  watchFrom,
  type SealedReading,
  type SealedReadingOptions,
  type SealedWhole,
  type Watching,
} from "./sealedReading.ts";

export interface Replicator {
  /** Link or catalog may have changed. */
  check(): void;
  /** The doc is being closed: from now on it is watched. */
  noteClosed(doc: DocId, upTo: ClosedAt): void;
  /** Somebody opens the doc: resolves when nothing in here has its journal open. */
  letGo(doc: DocId): Promise<void>;
  /** Its doc was destroyed. Resolves when nothing in here has its journal open. */
  forget(doc: DocId): Promise<void>;
  /** Read to its end, as far as anybody knows: the log said so, on this link. */
  isWhole(doc: DocId): boolean;
  close(): Promise<void>;
}

export interface ClosedAt {
  readonly cursor: number;
  readonly mark: LogMark | null;
  /** The log was read to its end, and is at that place. */
  readonly isLive: boolean;
}

/** What is to be kept whole. */
export interface ReplicatedList {
  docs(): readonly { readonly id: DocId }[];
  isDestroyed(doc: DocId): boolean;
  waiting(): readonly { readonly chat: DocId; readonly run: RunId }[];
  observe(listener: () => void): () => void;
}

export interface ReplicatorOptions {
  readonly clock: Clock;
  readonly catalog: ReplicatedList;
  /** Of whatever kind. */
  readonly docs: Pick<OpenDocs<unknown>, "retain" | "release" | "get" | "isFree">;
  readonly connection: Connection;
  readonly readSealed: (doc: DocId, turns: Pick<SealedReadingOptions, "watching" | "storingTurn">) => SealedReading;
  /** What its answers ask of a device, a title or artifacts to file, may not have been done yet: it is opened. */
  readonly isInUse: (doc: DocId) => boolean;
  readonly onWhole: (doc: DocId, whole: SealedWhole) => void;
  /** The log of one that nobody has open says that there is no more; or its link is gone. */
  readonly onCurrent: (doc: DocId) => void;
  /** Called whenever how a doc stands has changed. */
  readonly subscribeDoc: (doc: DocId, listener: () => void) => () => void;
  readonly isLive: () => boolean;
}

/** What no doc tells, that the link is gone above all, is seen within this; and one that failed waits as long. */
const pollMs = 250;

interface Turn {
  readonly doc: DocId;
  readonly turn: string;
}

export function createReplicator(options: ReplicatorOptions): Replicator {
  const { clock, catalog, docs, connection, readSealed, subscribeDoc, isLive } = options;
  const done = new Set<string>();
  const watched = new Map<DocId, Subscription>();
  /** Those of which the log said on this link that there is no more. */
  const current = new Set<DocId>();
  /** Kept without being opened, since the catalog did not say that they are in use. It may know better by now. */
  const unopened = new Set<DocId>();
  /** Something new lies in their logs. */
  const behind = new Set<DocId>();
  /** Reading them on takes a document. */
  const toOpen = new Set<DocId>();
  const opened = new Set<DocId>();
  const sealed = new Map<DocId, SealedReading>();
  let isClosed = false;
  /** What is to be read once, as the catalog had it; listed anew when that has changed, and not for each doc of thousands. */
  let left: { readonly runs: readonly Turn[]; readonly docs: IterableIterator<Turn> } | null = null;
  const storing = createGathering({
    clock,
    most: storedTogetherMax,
    delayMs: storeDelayMs,
    isExpecting: (waiting) => sealed.size > waiting,
  });
  let isCheckDue = false;
  const stopObserving = catalog.observe(() => {
    left = null;
    if (isCheckDue) return;
    isCheckDue = true;
    // Whoever shows the list has it first, and a page of the catalog's log is one change.
    queueMicrotask(() => {
      isCheckDue = false;
      check();
    });
  });

  function check(): void {
    if (isClosed || !isLive()) return;
    list();
    for (let next = nextSealed(); next !== null; next = nextSealed()) begin(next, readLog(next.doc));
    for (let next = nextToOpen(); next !== null; next = nextToOpen()) begin(next, openDoc(next.doc));
  }

  /** A doc's turn comes once, once more for each run of it that waits while nobody has it open, and when it has news. */
  function list(): void {
    if (left !== null) return;
    const runs = catalog.waiting().map(({ chat, run }) => ({ doc: chat, turn: `${chat}/${run}` }));
    for (const doc of unopened) {
      if (!options.isInUse(doc)) continue;
      unopened.delete(doc);
      toOpen.add(doc);
    }
    const docTurns = catalog.docs().map(({ id }) => ({ doc: id, turn: id as string }));
    const isLeft = ({ turn }: Turn): boolean => !done.has(turn);
    left = { runs: runs.filter(isLeft), docs: docTurns.filter(isLeft).values() };
  }

  function nextSealed(): Turn | null {
    if (sealed.size >= replicateSealedAtOnce) return null;
    for (const next of left?.docs ?? []) {
      // One that is open is kept whole by itself, and is watched once it is closed.
      if (!done.has(next.turn) && !isBusy(next.doc) && docs.get(next.doc) === null) return next;
    }
    const doc = [...behind].find((each) => !isBusy(each));
    return doc === undefined ? null : { doc, turn: doc };
  }

  function nextToOpen(): Turn | null {
    if (opened.size >= replicateAtOnce) return null;
    const next = left?.runs.find(({ doc, turn }) => !done.has(turn) && !isBusy(doc) && docs.get(doc) === null);
    if (next !== undefined) return next;
    const doc = [...toOpen].find((each) => !opened.has(each) && !sealed.has(each));
    return doc === undefined ? null : { doc, turn: doc };
  }

  const isBusy = (doc: DocId): boolean => opened.has(doc) || sealed.has(doc) || toOpen.has(doc);

  function begin({ doc, turn }: Turn, work: Promise<boolean>): void {
    done.add(turn);
    behind.delete(doc);
    void work.then((isDone) => {
      // One that could not be read to its end gets another turn, after the others and when the link is there.
      if (isDone || isClosed) return check();
      done.delete(turn);
      left = null;
      clock.after(pollMs, check);
    });
  }

  /** `false`: not read to its end. */
  async function readLog(doc: DocId): Promise<boolean> {
    // One that is being opened or closed has its journal open.
    if (options.isInUse(doc) || !docs.isFree(doc)) {
      toOpen.add(doc);
      return true;
    }
    const reading = readSealed(doc, { watching: watchingOf(doc), storingTurn: storing.join });
    sealed.set(doc, reading);
    const cancel = clock.after(replicateTimeoutMs, () => void reading.stop());
    try {
      const outcome = await reading.outcome;
      if (outcome.kind === "document") toOpen.add(doc);
      if (outcome.kind !== "whole") return outcome.kind === "document";
      if (isClosed || catalog.isDestroyed(doc)) outcome.watch.leave();
      if (catalog.isDestroyed(doc)) return true;
      watched.set(doc, outcome.watch);
      current.add(doc);
      unopened.add(doc);
      if (outcome.hasNews) behind.add(doc);
      options.onWhole(doc, outcome);
      return true;
    } catch {
      // reason: what cannot be stored is stored again, and told of, by who has the doc open.
      toOpen.add(doc);
      return true;
    } finally {
      cancel();
      sealed.delete(doc);
      storing.check();
    }
  }

  /** `false`: not read to its end. */
  async function openDoc(doc: DocId): Promise<boolean> {
    opened.add(doc);
    toOpen.delete(doc);
    unopened.delete(doc);
    try {
      const { replica } = await docs.retain(doc);
      try {
        const startedAt = clock.now();
        while (!isClosed && isLive() && clock.now() - startedAt < replicateTimeoutMs) {
          const { phase, pending, unsaved } = replica.status();
          if (phase === "quarantine" || (phase === "live" && pending + unsaved === 0)) return true;
          await nextChange(doc);
        }
        return false;
      } finally {
        // Runs that wait keep it open by themselves.
        docs.release(doc);
      }
    } catch {
      // reason: a journal that does not open now is opened again when somebody looks at the chat, and says so there.
      return true;
    } finally {
      opened.delete(doc);
    }
  }

  /** Resolves when how it stands has changed, or nothing has for a while. */
  function nextChange(doc: DocId): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        leave();
        cancel();
        resolve();
      };
      const leave = subscribeDoc(doc, over);
      const cancel = clock.after(pollMs, over);
    });
  }

  const watchingOf = (doc: DocId): Watching => ({
    onNews: () => {
      // Its envelopes come again when it is read, from where its journal ends.
      watched.get(doc)?.leave();
      watched.delete(doc);
      current.delete(doc);
      behind.add(doc);
      check();
    },
    onCurrent: (isCurrent) => {
      if (isCurrent) current.add(doc);
      else current.delete(doc);
      options.onCurrent(doc);
    },
  });

  return {
    check,
    noteClosed: (doc, upTo) => {
      if (isClosed || catalog.isDestroyed(doc)) return;
      done.add(doc);
      unopened.delete(doc);
      if (upTo.isLive) current.add(doc);
      else current.delete(doc);
      watched.set(doc, connection.subscribe(doc, watchFrom(upTo, watchingOf(doc))));
    },
    letGo: async (doc) => sealed.get(doc)?.stop(),
    forget: async (doc) => {
      for (const set of [current, unopened, behind, toOpen]) set.delete(doc);
      watched.get(doc)?.leave();
      watched.delete(doc);
      await sealed.get(doc)?.stop();
    },
    isWhole: (doc) => watched.has(doc) && current.has(doc) && isLive(),
    close: async () => {
      isClosed = true;
      stopObserving();
      for (const watch of watched.values()) watch.leave();
      await Promise.all([...sealed.values()].map((reading) => reading.stop()));
    },
  };
}
