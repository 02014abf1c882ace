/**
 * Temporary chats (TM rules of PROTOCOL.md): docs like all others, but that their journal is in memory, the catalog does not name
 * them, nobody is told of them, and the relay keeps their logs in its memory. What is closed is gone.
 */
import { createDirectHub } from "./direct/directHub.ts";
import { isTemporaryDoc, type DocId } from "#crypto/ids.ts";
import type { Chat } from "./docs/chat.ts";
import type { JournalStore } from "./journalStore.ts";
import { temporaryCloseMsMax, batchDelayMs } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Clock } from "./ports.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { DocStatus } from "./status.ts";

export interface TemporaryChats {
  /** Open until it is closed, or the page is. */
  begin(): Promise<DocId>;
  has(doc: DocId): boolean;
  /** Stops what is being answered there; then nothing of it is left, here or at the host. */
  close(doc: DocId): Promise<void>;
}

/** A journal that is the Y.Doc it fills: there until it is closed. */
const memoryJournals: JournalStore = {
  has: () => Promise.resolve(new Set()),
  remove: () => Promise.resolve(),
  open: () =>
    Promise.resolve({ commit: () => Promise.resolve(), wasTaken: () => false, close: () => Promise.resolve() }),
};

export function toTemporary(context: ReplicaContext): ReplicaContext {
  // No other device hears of it, neither by the host nor directly.
  return { ...context, journals: memoryJournals, lifeboat: null, direct: createDirectHub() };
}

/** A host that was restarted has lost its log, as it should: nothing that its owner has to look after. */
export function temporaryStatus(doc: DocId, status: DocStatus): DocStatus {
  return isTemporaryDoc(doc) && status.alarm?.code === "ROLLBACK" ? { ...status, alarm: null } : status;
}

export function createTemporaryChats(options: {
  readonly clock: Clock;
  readonly chats: OpenDocs<Chat>;
  readonly newId: () => DocId;
}): TemporaryChats {
  const { clock, chats } = options;
  const open = new Set<DocId>();
  return {
    begin: async () => {
      const id = options.newId();
      await chats.retain(id, { isNew: true });
      open.add(id);
      return id;
    },
    has: (doc) => open.has(doc),
    close: async (doc) => {
      if (!open.delete(doc)) return;
      const entry = chats.get(doc);
      if (entry !== null) {
        const { value, replica } = entry;
        const under = [...value.activeRuns(), ...value.pendingRuns()];
        for (const run of under) value.stop(value.links(run).at(-1) ?? run, clock.now());
        // Its host hears of it, if it is there, before the log is dropped that would say so.
        const endsAt = clock.now() + temporaryCloseMsMax;
        await replica.flush().catch(() => {});
        const isUnderWay = (): boolean => value.activeRuns().length > 0 && replica.status().phase === "live";
        while (isUnderWay() && clock.now() < endsAt)
          await new Promise<void>((resolve) => void clock.after(batchDelayMs, resolve));
      }
      await chats.end(doc);
    },
  };
}
