/**
 * In the background, all docs of the catalog are kept whole on this device without anybody looking at them (BG rules of
 * PROTOCOL.md). Each is opened once after the link is live, a few at a time, those that wait for an answer first: what other devices
 * wrote gets here, what was typed here without a host gets out, and questions that wait are granted. A chat that is closed is then
 * watched: its log is followed, and what comes opens it for another turn. Watching holds no document in memory.
 */
import type { LogMark } from "./frame.ts";
import { isOtherLog } from "./log.ts";
import type { Connection, Subscription } from "./connection.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { replicateAtOnce, replicateTimeoutMs } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Clock } from "./ports.ts";

export interface Replicator {
  /** Link or catalog may have changed. */
  check(): void;
  /** The doc is being closed, having been read up to `cursor`: from now on it is watched. */
  noteClosed(doc: DocId, cursor: number, mark: LogMark | null): void;
  close(): void;
}

/** What is to be kept whole. */
export interface ReplicatedList {
  docs(): readonly { readonly id: DocId }[];
  waiting(): readonly { readonly chat: DocId; readonly run: RunId }[];
  observe(listener: () => void): () => void;
}

export interface ReplicatorOptions {
  readonly clock: Clock;
  readonly catalog: ReplicatedList;
  /** Of whatever kind. */
  readonly docs: Pick<OpenDocs<unknown>, "retain" | "release" | "get">;
  readonly connection: Connection;
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
  const { clock, catalog, docs, connection, subscribeDoc, isLive } = options;
  const done = new Set<string>();
  const watched = new Map<DocId, Subscription>();
  /** Something new lies in their logs. */
  const behind = new Set<DocId>();
  const working = new Set<DocId>();
  let isClosed = false;
  /** What is to be read once, as the catalog had it; listed anew when that has changed, and not for each doc of thousands. */
  let turns: readonly Turn[] | null = null;
  const stopObserving = catalog.observe(() => {
    turns = null;
    check();
  });

  function check(): void {
    while (!isClosed && working.size < replicateAtOnce && isLive()) {
      const next = nextDoc();
      if (next === null) return;
      const { doc, turn } = next;
      working.add(doc);
      void replicate(doc).then((isDone) => {
        working.delete(doc);
        // One that could not be read to its end gets another turn, after the others and when the link is there.
        if (isDone || isClosed) return check();
        done.delete(turn);
        turns = null;
        clock.after(pollMs, check);
      });
    }
  }

  /** A chat's turn comes once, once more for each run of it that waits while nobody has it open, and when it has news. */
  function nextDoc(): Turn | null {
    turns ??= [
      ...catalog.waiting().map(({ chat, run }) => ({ doc: chat, turn: `${chat}/${run}` })),
      ...catalog.docs().map(({ id }) => ({ doc: id, turn: id as string })),
    ].filter(({ turn }) => !done.has(turn));
    // One that is open is kept whole by itself, and is watched once it is closed.
    const next = turns.find(({ doc, turn }) => !done.has(turn) && !working.has(doc) && docs.get(doc) === null);
    if (next !== undefined) {
      done.add(next.turn);
      return next;
    }
    const doc = [...behind].find((each) => !working.has(each));
    return doc === undefined ? null : { doc, turn: doc };
  }

  /** `false`: not read to its end. */
  async function replicate(doc: DocId): Promise<boolean> {
    behind.delete(doc);
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

  function noteClosed(doc: DocId, cursor: number, mark: LogMark | null): void {
    if (isClosed) return;
    done.add(doc);
    const subscription = connection.subscribe(doc, {
      cursor: () => cursor,
      onEntries: (entries, head, _more, marks) => {
        // RB1 and RB2 are for the room to judge: a log that is shorter than it was, or another, is news, too.
        if (entries.length === 0 && head >= cursor && !isOtherLog(mark, marks)) return;
        // Its envelopes come again when it is open, from where its journal ends.
        watched.get(doc)?.leave();
        watched.delete(doc);
        behind.add(doc);
        check();
      },
    });
    watched.set(doc, subscription);
  }

  return {
    check,
    noteClosed,
    close: () => {
      isClosed = true;
      stopObserving();
      for (const subscription of watched.values()) subscription.leave();
    },
  };
}
