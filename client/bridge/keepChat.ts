/** A chat's messages as a chat of their own, every branch of them: how a temporary one is kept. */
import type { DocId } from "#crypto/ids.ts";
import { holdsOthers } from "#sync/docs/othersWords.ts";
import type { Vault } from "#sync/vault.ts";

/** `null`: there was nothing in it. */
export async function keepChat(vault: Vault, id: DocId): Promise<DocId | null> {
  const { value: chat, close } = await vault.openChat(id);
  try {
    const messages = chat.messages().map((message) => {
      const view = message.run === null ? null : chat.answer(message.run);
      const { id: name, parent, role, at, text, by } = message;
      // Files and sources are left behind, and so are the calls of the answers that one was made from; that there were such words is not.
      const isPiped = holdsOthers(chat, message);
      return { id: name, parent, role, at, text, isPiped, by: view === null ? by : (view.label ?? view.model) };
    });
    if (messages.length === 0) return null;
    const [kept] = await vault.addChats([{ from: `kept ${id}`, title: "", titledBy: "auto", messages }]);
    return kept ?? null;
  } finally {
    close();
  }
}
