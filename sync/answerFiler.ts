/**
 * Sees to it that the artifacts of each answer are filed, once its last word has come: by the device that asked at once, by any other that
 * has the chat open when it has not. What a kill cut off is done when the chat opens next: what is filed is noted in the chat itself.
 */
import { isTemporaryDoc, type AuthorId, type DocId, type RunId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import { isRunEnd } from "./docs/run.ts";
import { VaultError } from "./errors.ts";
import { filedElsewhereMs, unfiledLookedAtMax } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Clock } from "./ports.ts";
import type { Vault } from "./vaultTypes.ts";

export interface AnswerFiler {
  readonly actions: Pick<Vault, "fileAnswer">;
  opened(doc: DocId, chat: Chat): void;
  changed(doc: DocId, chat: Chat, runs: Iterable<RunId>): void;
  /** Resolves when nothing more is written. */
  close(): Promise<void>;
}

export interface AnswerFilerOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  readonly catalog: Catalog;
  readonly chats: () => OpenDocs<Chat>;
  readonly artifacts: () => Pick<Vault, "createArtifact" | "openArtifact" | "artifactOfAnswer">;
  readonly isClosed: () => boolean;
}

export function createAnswerFiler(options: AnswerFilerOptions): AnswerFiler {
  const { clock, device, catalog } = options;
  const waiting = new Map<RunId, () => void>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after another: each may open artifacts. */
  const file = (doc: DocId, run: RunId): Promise<void> => {
    const done = last.then(() => fileNow(doc, run));
    last = done.catch(() => {
      // reason: told to whoever asked for it; what was not filed is looked at again when the chat opens.
    });
    return done;
  };

  async function fileNow(doc: DocId, run: RunId): Promise<void> {
    if (options.isClosed() || catalog.entry(doc) === null) return;
    const { fileAnswer } = await import("./artifacts/fileAnswer.ts");
    const { value: chat, replica } = await options.chats().retain(doc);
    try {
      const isAsker = chat.links(run).every((link) => chat.request(link)?.device === device);
      const project = catalog.entry(doc)?.project ?? null;
      const list = catalog.artifacts;
      const filed = await fileAnswer({ doc, chat, run, list, vault: options.artifacts(), project, isAsker });
      if (filed === "filed") await replica.flush();
      if (filed === "waits" && isRunEnd(chat.answer(run).status)) later(doc, run);
    } finally {
      options.chats().release(doc);
    }
  }

  /** If the chat is still open then. */
  function later(doc: DocId, run: RunId): void {
    if (waiting.has(run) || options.isClosed()) return;
    const cancel = clock.after(filedElsewhereMs, () => {
      waiting.delete(run);
      const open = options.chats().get(doc);
      if (open !== null && isUnfiled(open.value, run)) void file(doc, run).catch(() => {});
    });
    waiting.set(run, cancel);
  }

  function isUnfiled(chat: Chat, run: RunId): boolean {
    const { seen, filed, status, text } = chat.answer(run);
    return seen !== null && filed === null && isRunEnd(status) && text.includes("<artifact");
  }

  function look(doc: DocId, chat: Chat, run: RunId): void {
    const first = chat.links(run)[0] ?? run;
    if (!isUnfiled(chat, first)) return;
    const isOurs = chat.links(first).some((link) => chat.request(link)?.device === device);
    if (isOurs) void file(doc, first).catch(() => {});
    else later(doc, first);
  }

  return {
    opened: (doc, chat) => {
      if (isTemporaryDoc(doc)) return;
      // Only runs that have steps were told of artifacts; in a long chat nobody reads all the others to find that out.
      const told = [...chat.doc.share.keys()].filter((name) => name.startsWith("steps/"));
      for (const name of told.slice(-unfiledLookedAtMax)) look(doc, chat, name.slice("steps/".length) as RunId);
    },
    changed: (doc, chat, runs) => {
      if (isTemporaryDoc(doc)) return;
      for (const run of runs) if (chat.request(run) !== null) look(doc, chat, run);
    },
    close: async () => {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
      await last;
    },
    actions: {
      fileAnswer: async (doc, run) => {
        if (options.isClosed()) throw new VaultError("closed", "vault");
        await file(doc, run);
      },
    },
  };
}
