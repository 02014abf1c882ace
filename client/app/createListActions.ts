/** What is done to chats as wholes, from the list or from the chat itself, each with a way back. */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import { fetchUntilHere } from "../ui/fetchedView.ts";
import { showToast } from "../ui/toasts.tsx";
import { tell } from "./createChatActions.ts";
import { routedChat } from "./route.ts";
import { t } from "./strings.ts";

export interface ListActions {
  rename(id: DocId, title: string): void;
  pin(id: DocId, isPinned: boolean): void;
  archive(ids: readonly DocId[], isArchived: boolean): void;
  remove(ids: readonly DocId[]): void;
  /** Asks where to; an empty list asks no more. */
  move(ids: readonly DocId[]): void;
  moveTo(ids: readonly DocId[], project: DocId | null): void;
  copyLink(id: DocId): void;
  /** As a file to be read; `null`: no more. */
  export(id: DocId | null): void;
  /** Those for which it is asked. */
  readonly moving: Accessor<readonly DocId[]>;
  readonly exported: Accessor<DocId | null>;
}

export function createListActions(options: {
  readonly vault: Vault;
  readonly chats: Chats;
  readonly projects: ProjectRows;
  choose(id: DocId | null): void;
}): ListActions {
  const { vault, chats, projects, choose } = options;
  const [moving, setMoving] = createSignal<readonly DocId[]>([]);
  const [exported, setExported] = createSignal<DocId | null>(null);
  const titleOf = (id: DocId | undefined): string => chats.row(id ?? null)?.title || t.untitledChat;
  return {
    rename: (id, title) => chats.rename(id, title),
    pin: (id, isPinned) => chats.pin(id, isPinned),
    archive: (ids, isArchived) => {
      for (const id of ids) chats.archive(id, isArchived);
      if (!isArchived || ids.length === 0) return;
      showToast({
        says: t.chatsArchived(ids.length),
        action: { label: t.undo, act: () => ids.forEach((id) => chats.archive(id, false)) },
      });
    },
    remove: (ids) => {
      if (ids.length === 0) return;
      const shown = routedChat();
      const wasShown = shown !== null && ids.includes(shown) ? shown : null;
      const says = ids.length === 1 ? t.chatRemoved(titleOf(ids[0])) : t.chatsRemoved(ids.length);
      for (const id of ids) chats.remove(id);
      if (wasShown !== null) choose(null);
      showToast({
        says,
        action: {
          label: t.undo,
          act: () => {
            for (const id of ids) chats.restore(id);
            if (wasShown !== null) choose(wasShown);
          },
        },
      });
    },
    move: setMoving,
    moveTo: (ids, project) =>
      tell(async () => {
        const { moveChats } = await fetchUntilHere(() => import("../projects/moveChats.ts"), false);
        moveChats(vault, ids, project, (id) => projects.row(id)?.name ?? "");
      }),
    copyLink: (id) => tell(async () => (await import("../chat/copyLink.ts")).copyLink(id)),
    export: setExported,
    moving,
    exported,
  };
}
