/** The catalog as a store: one row a chat, patched in place, so that a renamed chat redraws one line. */
import { batch as together, createSignal } from "solid-js";
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
  /** `null`: there is none in the list. */
  row(id: DocId | null): ChatRow | null;
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

  const atFirst = read();
  const [store, setStore] = createStore<{ rows: ChatRow[] }>({ rows: atFirst });
  // Whoever wants one chat follows that one, and not the names of five thousand.
  const [places, setPlaces] = createSignal(placesOf(atFirst));
  const show = (): void => {
    const rows = read();
    together(() => {
      setStore("rows", reconcile(rows, { key: "id" }));
      setPlaces(placesOf(rows));
    });
  };
  const batch = createFrameBatch(show, { restTimes: 10 });
  const leave = catalog.observe(batch.schedule);

  return {
    get rows() {
      return store.rows;
    },
    row: (id) => (id === null ? null : (store.rows[places().get(id) ?? -1] ?? null)),
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

const placesOf = (rows: readonly ChatRow[]): ReadonlyMap<DocId, number> =>
  new Map(rows.map(({ id }, place) => [id, place]));
