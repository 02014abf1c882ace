/** What can be done with one chat, in the list and above the chat itself. */
import type { ListActions } from "../app/createListActions.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { MenuItem } from "../ui/Menu.tsx";

/** `select` begins the choosing of several; `null`: here is no list. */
export function chatMenu(
  row: ChatRow,
  actions: ListActions,
  { rename, select }: { readonly rename: () => void; readonly select: (() => void) | null },
): readonly MenuItem[] {
  const { id } = row;
  return [
    { label: t.rename, act: rename },
    { label: row.pinned ? t.unpin : t.pin, act: () => actions.pin(id, !row.pinned) },
    { label: row.archived ? t.unarchive : t.archive, act: () => actions.archive([id], !row.archived) },
    { label: t.moveToProject, isApart: true, act: () => actions.move([id]) },
    { label: t.copyLink, act: () => actions.copyLink(id) },
    { label: t.exportChat, act: () => actions.export(id) },
    ...(select === null ? [] : [{ label: t.selectSeveral, act: select }]),
    { label: t.remove, isGrave: true, isApart: true, act: () => actions.remove([id]) },
  ];
}
