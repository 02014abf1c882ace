/** The catalog as rows: one a chat, the same object for as long as nothing of it changes. Plain ones: a list may have thousands, and few are looked at. */
import { createMemo, createSignal } from "solid-js";
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
  let known: ReadonlyMap<DocId, ChatRow> = new Map();
  const read = (): readonly ChatRow[] => {
    const rows = catalog.chats().map(({ id, title, lastAt, waiting, pinned, archived, unread, project, tool }) => {
      const row: ChatRow = {
        ...{ id, title, at: lastAt, waiting: waiting.length, pinned, archived, unread, tool },
        project: project !== null && catalog.projects.entry(project)?.deletedAt === null ? project : null,
      };
      const before = known.get(id);
      return before !== undefined && isSameRow(before, row) ? before : row;
    });
    known = new Map(rows.map((row) => [row.id, row]));
    return rows;
  };

  const [rows, setRows] = createSignal(read());
  const byId = createMemo(() => new Map(rows().map((row) => [row.id, row])));
  const batch = createFrameBatch(() => setRows(read()), { restTimes: 10 });
  const leave = catalog.observe(batch.schedule);

  return {
    get rows() {
      return rows();
    },
    row: (id) => (id === null ? null : (byId().get(id) ?? null)),
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

function isSameRow(a: ChatRow, b: ChatRow): boolean {
  return (Object.keys(a) as (keyof ChatRow)[]).every((key) => a[key] === b[key]);
}
