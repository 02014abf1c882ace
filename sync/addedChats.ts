/**
 * Chats with messages that were written elsewhere: in another chat, or in an export. A chat is whole on this device's disk before the
 * catalog names it, so one that was cut off in the middle is not there, and is made whole by adding it once more.
 */
import { bytesToHex, concatBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import { docIdFromBytes, idToBytes, type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import { titleFromText, type Catalog } from "./docs/catalog.ts";
import type { AddedMessage, Chat } from "./docs/chat.ts";
import { VaultError } from "./errors.ts";
import type { OpenDocs } from "./openDocs.ts";

export interface AddedChat {
  /** Told apart by this: the same chat is added once, also when it was deleted since. */
  readonly from: string;
  readonly title: string;
  readonly titledBy: "auto" | "person";
  readonly pinned?: boolean;
  readonly archived?: boolean;
  /** Their ids and parents are names among themselves; parents come before children. */
  readonly messages: readonly Omit<AddedMessage, "device">[];
}

const encoder = new TextEncoder();
const messageLabel = "sovereign/added-message/v1";

export function addedChatId(vault: VaultId, from: string): DocId {
  return docIdFromBytes(hash128("sovereign/added/v1", concatBytes(idToBytes(vault), encoder.encode(from))));
}

export function createChatAdder(options: {
  readonly vault: VaultId;
  readonly device: AuthorId;
  readonly catalog: Catalog;
  readonly chats: () => OpenDocs<Chat>;
  readonly flushCatalog: () => Promise<void>;
  readonly now: () => number;
}): (added: readonly AddedChat[]) => Promise<readonly (DocId | null)[]> {
  const { vault, device, catalog, chats } = options;

  async function write(id: DocId, { messages }: AddedChat): Promise<void> {
    const { replica, value } = await chats().retain(id, { isNew: true });
    try {
      if (!replica.isWritable) throw new VaultError("quarantine", "chat is not writable now");
      const known = new Set(messages.map((message) => message.id));
      // What a try left that was cut off is written over, and what another device adds of the same export is the same.
      const idOf = (old: string): string =>
        bytesToHex(hash128(messageLabel, concatBytes(idToBytes(id), encoder.encode(old))));
      const parentOf = (old: string | null): string | null => (old === null || !known.has(old) ? null : idOf(old));
      // A message of a chat reads its words when it is asked for them, so a copy of its fields has none.
      value.add(
        messages.map((old) => ({ ...old, text: old.text, device, id: idOf(old.id), parent: parentOf(old.parent) })),
      );
      await replica.flush();
    } finally {
      chats().release(id);
    }
  }

  return async (added) => {
    const fresh = new Map<DocId, AddedChat>();
    for (const chat of added) {
      const id = addedChatId(vault, chat.from);
      if (catalog.entry(id) === null && !catalog.destroyed.has(id) && !fresh.has(id)) fresh.set(id, chat);
    }
    const ids = added.map(({ from }) => addedChatId(vault, from));
    const outcomes = await Promise.allSettled([...fresh].map(([id, chat]) => write(id, chat)));
    const written = [...fresh].filter((_, index) => outcomes[index]?.status === "fulfilled");
    // One change for all of them: the catalog of a large import is written as often as there are batches, not chats.
    catalog.doc.transact(() => {
      for (const [id, chat] of written) list(id, chat);
    });
    await options.flushCatalog();
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const isFirst = (id: DocId, index: number): boolean => fresh.has(id) && ids.indexOf(id) === index;
    return ids.map((id, index) => (isFirst(id, index) ? id : null));
  };

  function list(id: DocId, { title, titledBy, pinned = false, archived = false, messages }: AddedChat): void {
    catalog.addChat(id, messages[0]?.at ?? options.now());
    const name = title === "" ? titleFromText(messages[0]?.text ?? "") : title;
    if (titledBy === "person") catalog.rename(id, name);
    else catalog.autoTitle(id, name);
    catalog.touch(
      id,
      messages.reduce((last, { at }) => Math.max(last, at), 0),
    );
    if (pinned) catalog.setPinned(id, true);
    if (archived) catalog.setArchived(id, true);
  }
}
