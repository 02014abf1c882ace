/** The catalog as a store: one row a chat, patched in place, so that a renamed chat redraws one line. */
import { createStore, reconcile } from "solid-js/store";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { createFrameBatch } from "./frames.ts";

export interface ChatRow {
  readonly id: DocId;
  /** Empty until the chat has one. */
  readonly title: string;
  readonly at: number;
  /** Questions that no host has taken yet. */
  readonly waiting: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  /** An answer came to its end while nobody looked. */
  readonly unread: boolean;
  /** `null` also for one whose project was deleted. */
  readonly project: DocId | null;
  /** The tool that had this conversation through the gateway; `null`: a person has it. */
  readonly tool: string | null;
}

export interface Chats {
  /** Newest first. */
  readonly rows: readonly ChatRow[];
  rename(id: DocId, title: string): void;
  pin(id: DocId, isPinned: boolean): void;
  archive(id: DocId, isArchived: boolean): void;
  setUnread(id: DocId, isUnread: boolean): void;
  remove(id: DocId): void;
  restore(id: DocId): void;
  close(): void;
}

export function createChats(vault: Vault): Chats {
  const catalog = vault.catalog.value;
  const read = (): ChatRow[] =>
    catalog.chats().map(({ id, title, lastAt, waiting, pinned, archived, unread, project, tool }) => ({
      id,
      title,
      at: lastAt,
      waiting: waiting.length,
      pinned,
      archived,
      unread,
      project: project !== null && catalog.projects.entry(project)?.deletedAt === null ? project : null,
      tool,
    }));

  const [store, setStore] = createStore<{ rows: ChatRow[] }>({ rows: read() });
  const batch = createFrameBatch(() => setStore("rows", reconcile(read(), { key: "id" })));
  const leave = catalog.observe(batch.schedule);

  return {
    get rows() {
      return store.rows;
    },
    rename: (id, title) => catalog.rename(id, title),
    pin: (id, isPinned) => catalog.setPinned(id, isPinned),
    archive: (id, isArchived) => catalog.setArchived(id, isArchived),
    setUnread: (id, isUnread) => catalog.setUnread(id, isUnread),
    remove: (id) => catalog.remove(id, Date.now()),
    restore: (id) => catalog.restore(id),
    close: () => {
      leave();
      batch.cancel();
    },
  };
}
