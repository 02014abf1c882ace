/**
 * In the background, every chat of the catalog is opened once while the link is live: what other devices wrote gets here, what was
 * typed here without a host gets out, and questions that wait are granted, without anybody looking at them. One at a time, those
 * that wait for an answer first.
 */
import type { DocId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import { replicateTimeoutMs } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Clock } from "./ports.ts";

export interface Replicator {
  /** Link or catalog may have changed. */
  check(): void;
  close(): void;
}

export interface ReplicatorOptions {
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly chats: OpenDocs<Chat>;
  readonly isLive: () => boolean;
}

const pollMs = 250;

export function createReplicator({ clock, catalog, chats, isLive }: ReplicatorOptions): Replicator {
  const done = new Set<string>();
  let isWorking = false;
  let isClosed = false;
  const stopObserving = catalog.observe(check);

  function check(): void {
    if (isClosed || isWorking || !isLive()) return;
    const next = nextDoc();
    if (next === null) return;
    isWorking = true;
    void replicate(next).finally(() => {
      isWorking = false;
      check();
    });
  }

  /** A chat's turn comes once, and once more for each run of it that waits while nobody has it open. */
  function nextDoc(): DocId | null {
    const turns = [
      ...catalog.waiting().map(({ chat, run }) => ({ doc: chat, turn: `${chat}/${run}` })),
      ...catalog.chats().map(({ id }) => ({ doc: id, turn: id })),
    ];
    const next = turns.find(({ turn }) => !done.has(turn));
    if (next === undefined) return null;
    done.add(next.turn);
    return next.doc;
  }

  async function replicate(doc: DocId): Promise<void> {
    try {
      const { replica } = await chats.retain(doc);
      try {
        const startedAt = clock.now();
        while (!isClosed && clock.now() - startedAt < replicateTimeoutMs) {
          const { phase, pending, unsaved } = replica.status();
          if (phase === "quarantine" || (phase === "live" && pending + unsaved === 0)) return;
          await pause(clock, pollMs);
        }
      } finally {
        // Runs that wait keep it open by themselves.
        chats.release(doc);
      }
    } catch {
      // reason: a journal that does not open now is opened again when somebody looks at the chat, and says so there.
    }
  }

  return {
    check,
    close: () => {
      isClosed = true;
      stopObserving();
    },
  };
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
