/** Chats that are dragged within the page; what comes from elsewhere is none. */
import { type DocId, parseDocId } from "#crypto/ids.ts";

const type = "application/x-sovereign-chats";

export function beginChatDrag(event: DragEvent, ids: readonly DocId[]): void {
  if (event.dataTransfer === null) return;
  event.dataTransfer.setData(type, ids.join());
  event.dataTransfer.effectAllowed = "move";
}

export const isChatDrag = (event: DragEvent): boolean => event.dataTransfer?.types.includes(type) === true;

export function draggedChats(event: DragEvent): readonly DocId[] {
  return (event.dataTransfer?.getData(type) ?? "").split(",").flatMap((id) => parseDocId(id) ?? []);
}
