/** The chat that the first letter begins, once; and what is typed until it can be shown. */
import type { Accessor } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { Thread } from "../bridge/createThread.ts";
import { goToChat, routedChat, routedProject } from "./route.ts";

export interface Beginning {
  /** The chat that is shown; made, if there is none. */
  begin(): Promise<DocId>;
  /**
   * Keeps what stands in the composer while no thread is there to take it. What shows a chat may come late, and a page may go meanwhile:
   * the words are in the chat's draft by then.
   */
  keep(typed: string): Promise<void>;
  /** It was made here for what stands in the composer. */
  isBegun(chat: DocId): boolean;
}

export function createBeginning(options: {
  readonly vault: Pick<Vault, "createChat" | "moveChat" | "openChat">;
  readonly thread: Accessor<Thread | null>;
  /** Of a chat that was made: what waits beside the words goes with it. */
  adopt(chat: DocId): void;
}): Beginning {
  const { vault, thread } = options;
  let beginning: Promise<DocId> | null = null;
  let begun: DocId | null = null;
  let newest = "";

  const begin = (): Promise<DocId> => {
    // It was made and is being opened.
    const made = routedChat();
    if (made !== null) return Promise.resolve(made);
    beginning ??= vault
      .createChat()
      .then(async (id) => {
        // Begun on a project's page, it belongs to the project.
        const project = routedProject();
        if (project !== null) await vault.moveChat(id, project);
        options.adopt(id);
        begun = id;
        goToChat(id, { replace: project === null });
        return id;
      })
      .finally(() => (beginning = null));
    return beginning;
  };

  return {
    begin,
    keep: async (typed) => {
      newest = typed;
      if (typed === "" && beginning === null && routedChat() === null) return;
      const id = await begin();
      // A chat that was there before has a draft of its own, to which this is added once it is known.
      if (id !== begun) return;
      const open = await vault.openChat(id);
      // From then on its thread writes.
      if (id === begun && thread()?.id !== id) open.value.setDraft(newest);
      open.close();
    },
    isBegun: (chat) => chat === begun,
  };
}
