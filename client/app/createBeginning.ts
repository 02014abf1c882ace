/** The chat that the first letter begins, once; and what is typed until it can be shown. */
import { type Accessor, createEffect } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { Thread } from "../bridge/createThread.ts";
import { addDraft, joinPastes, splitPastes } from "../chat/pastes.ts";
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

interface Begun {
  /** `null`: it is being made. */
  chat: DocId | null;
  /** Last, as long as no thread was there. */
  typed: string;
  /** Its thread is there, and writes from then on. */
  isTaken: boolean;
}

export function createBeginning(options: {
  readonly vault: Pick<Vault, "createChat" | "moveChat" | "openChat">;
  readonly thread: Accessor<Thread | null>;
  /** Of a chat that was made: what waits beside the words goes with it. */
  adopt(chat: DocId): void;
}): Beginning {
  const { vault, thread } = options;
  let beginning: Promise<DocId> | null = null;
  let begun: Begun | null = null;

  /** Typed into a chat that was there before and is being opened: added to its draft once it is here (`createDraft.ts`), or when it is left before that. */
  let early: { readonly chat: DocId; readonly typed: string } | null = null;
  const addEarly = async (chat: DocId, typed: string): Promise<void> => {
    const { value, close } = await vault.openChat(chat);
    value.setDraft(joinPastes(addDraft(splitPastes(value.draft.toString()), splitPastes(typed))));
    close();
  };

  createEffect(() => {
    const [shown, open] = [routedChat(), thread()];
    if (early !== null && open?.id === early.chat) early = null;
    if (early !== null && shown !== early.chat) {
      // There may be no such chat, which was said.
      if (early.typed !== "") addEarly(early.chat, early.typed).catch(() => undefined);
      early = null;
    }
    if (begun === null || begun.chat === null) return;
    if (open?.id === begun.chat) begun.isTaken = true;
    // Who leaves the chat that was begun and comes back finds one with a draft, like any other.
    if (shown !== begun.chat) begun = null;
  });

  const make = async (mine: Begun): Promise<DocId> => {
    const id = await vault.createChat();
    // Begun on a project's page, it belongs to the project.
    const project = routedProject();
    if (project !== null) await vault.moveChat(id, project);
    options.adopt(id);
    // Who opened another chat meanwhile stays there.
    if (routedChat() !== null) return id;
    mine.chat = id;
    goToChat(id, { replace: project === null });
    return id;
  };

  const begin = (): Promise<DocId> => {
    // It was made and is being opened.
    const made = routedChat();
    if (made !== null) return Promise.resolve(made);
    if (beginning === null) {
      begun = { chat: null, typed: "", isTaken: false };
      beginning = make(begun).finally(() => (beginning = null));
    }
    return beginning;
  };

  return {
    begin,
    keep: async (typed) => {
      const shown = routedChat();
      if (shown === null && typed === "" && beginning === null) return;
      if (shown !== null && shown !== begun?.chat) {
        early = { chat: shown, typed };
        return;
      }
      const making = begin();
      const mine = begun;
      if (mine === null) return;
      mine.typed = typed;
      const id = await making;
      const open = await vault.openChat(id);
      if (!mine.isTaken) open.value.setDraft(mine.typed);
      open.close();
    },
    isBegun: (chat) => chat === begun?.chat,
  };
}
