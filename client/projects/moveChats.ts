/** Chats from one project to another, or out of all, with a way back. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";
import { t } from "../app/strings.ts";
import { l } from "../chat/laterWords.ts";
import { hideToast, showToast } from "../ui/toasts.tsx";

export function moveChats(
  vault: Vault,
  ids: readonly DocId[],
  project: DocId | null,
  nameOf: (id: DocId) => string,
): void {
  const catalog = vault.catalog.value;
  const before = ids.map((id) => ({ id, project: catalog.entry(id)?.project ?? null }));
  const moved = before.filter((was) => was.project !== project);
  if (moved.length === 0) return;
  // The chats move in the list before all of it is kept, and an Undo that stands there then is pressed for this move.
  hideToast();
  tell(async () => {
    for (const { id } of moved) await vault.moveChat(id, project);
    showToast({
      says: project === null ? l.chatsMovedOut(moved.length) : l.chatsMoved(moved.length, nameOf(project)),
      action: {
        label: t.undo,
        act: () => tell(async () => void (await Promise.all(moved.map((was) => vault.moveChat(was.id, was.project))))),
      },
    });
  });
}
