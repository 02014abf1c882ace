/** What a person does in a chat, from the views to the vault. Each failure is told in the vault's own sentence. */
import type { Accessor } from "solid-js";
import { isTemporaryDoc, type DocId, type RunId } from "#crypto/ids.ts";
import type { Effort } from "#sync/docs/run.ts";
import type { Vault } from "#sync/vault.ts";
import type { Shelf } from "../bridge/createShelf.ts";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import type { ConversationActions } from "../chat/Conversation.tsx";
import type { Stick } from "../chat/createStick.ts";
import type { FileTray } from "../chat/files/createFileTray.ts";
import { loadTurns } from "../chat/laterTurns.ts";
import { sourcesFor } from "../reading/sourcesFor.ts";
import { tap } from "../platform/haptics.ts";
import { askToPersistOnce } from "../platform/persistence.ts";
import { showToast } from "../ui/toasts.tsx";
import type { Mentions } from "./createMentions.ts";
import { type Beginning, createBeginning } from "./createBeginning.ts";
import { routedChat } from "./route.ts";
import { sayVaultError } from "./sayVault.ts";
import { t } from "./strings.ts";

export interface ChatActions extends ConversationActions {
  /** What stands in the composer while no chat is open; the first letter begins one. */
  keepTyped(typed: string): void;
  isBegun: Beginning["isBegun"];
  /** The chat that is shown, begun if there is none. */
  here(): Promise<DocId>;
  /** Resolves once the question is kept. */
  send(text: string): Promise<void>;
  stop(): void;
  copyLast(): void;
  copyLastCode(): void;
  /** The last answer anew, beside the first. */
  tryLastAgain(): void;
}

/** Tells the person what went wrong, then fails all the same. */
export async function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    showToast({ says: sayVaultError(error) ?? t.actionFailed });
    throw error;
  }
}

/** For what is not waited for: the person has been told. */
export const tell = (act: () => Promise<unknown>): void => void attempt(act).catch(() => undefined);

export function createChatActions(options: {
  vault: Vault;
  shelf: Shelf;
  stick: Stick;
  tray: FileTray;
  mentions: Mentions;
  thread: Accessor<Thread | null>;
  /** `null`: the host's default. */
  model: Accessor<string | null>;
  /** How long it is to think first; `null`: as it likes. */
  effort: Accessor<Effort | null>;
  /** A second one that answers beside it; `null`: none. */
  also: Accessor<string | null>;
  setAlso(model: string | null): void;
  goTo(id: DocId): void;
  /** Puts words into the next question, as quoted. */
  quote(text: string): void;
}): ChatActions {
  const { vault, shelf, stick, tray, mentions, thread, model } = options;
  const { begin, keep, isBegun } = createBeginning({
    vault,
    thread,
    adopt: (id) => {
      tray.adopt(id);
      mentions.adopt(id);
    },
  });

  const inChat = (act: (id: DocId) => Promise<unknown>): void => {
    const id = routedChat();
    if (id !== null) tell(() => act(id));
  };
  const asked = (): { model?: string; effort?: Effort } => {
    const [chosen, effort] = [model(), options.effort()];
    return { ...(chosen === null ? {} : { model: chosen }), ...(effort === null ? {} : { effort }) };
  };

  /** The run that is to answer a question and has not begun. */
  const waitingRun = async (id: DocId, question: string): Promise<RunId | null> => {
    const open = await shelf.take(id);
    const next = open.messages[open.messages.findIndex((other) => other.id === question) + 1];
    return next !== undefined && next.run !== null && open.answer(next).status === "requested" ? next.run : null;
  };

  const edit = async (message: ThreadMessage, text: string): Promise<string> => {
    const id = routedChat();
    if (id === null) return message.id;
    const { parent, files } = message;
    const ask = async (): Promise<string> => {
      const all = (await shelf.take(id)).messages;
      const before = all.slice(
        0,
        all.findIndex((other) => other.id === message.id),
      );
      const sources = await sourcesFor(vault, { chat: id, text, files, before });
      return (await vault.ask(id, { text, parent, files, sources, ...asked() })).question;
    };
    // What nobody has begun to answer is asked in these words, and only once.
    const waiting = message.role === "user" ? await waitingRun(id, message.id) : null;
    if (waiting !== null && (await vault.editQuestion(id, waiting, text))) return message.id;
    const version = message.role === "user" ? await ask() : await vault.putAnswer(id, { text, parent });
    (await shelf.take(id)).choose(version);
    return version;
  };

  const stopAll = (open: Thread): void => {
    for (const run of open.active()) tell(() => vault.stop(open.id, run));
  };

  const remove = (message: ThreadMessage): void => {
    const open = thread();
    if (open === null) return;
    const place = open.messages.findIndex(({ id }) => id === message.id);
    const following = open.messages.slice(place);
    for (const { run } of following) {
      if (run === null) continue;
      if (open.active().includes(run)) tell(() => vault.stop(open.id, run));
      else if (open.pending().includes(run)) tell(() => vault.withdraw(open.id, run));
    }
    open.remove(message.id);
    showToast({
      says: t.messagesRemoved(following.length),
      action: { label: t.undo, act: () => open.restore(message.id) },
    });
  };

  const copyLast = async (): Promise<void> => {
    const open = thread();
    const last = open?.messages.findLast((message) => message.role === "assistant" && open.answer(message).text !== "");
    if (open === null || last === undefined) return;
    await navigator.clipboard.writeText(open.answer(last).text);
    showToast({ says: t.copied });
  };

  /** Of the newest answer that has any. */
  const copyLastCode = async (): Promise<void> => {
    const open = thread();
    const texts = open?.messages.flatMap((message) => (message.role === "assistant" ? open.answer(message).text : []));
    const { lastCode } = await import("../chat/markdown/lastCode.ts");
    for (const text of texts?.toReversed() ?? []) {
      const code = /```|~~~|^(?: {4}|\t)/m.test(text) ? lastCode(text) : null;
      if (code === null) continue;
      await navigator.clipboard.writeText(code);
      return showToast({ says: t.copied });
    }
    showToast({ says: t.noCode });
  };

  const tryAgain: ConversationActions["tryAgain"] = (message, other) =>
    inChat(async (id) => {
      const again =
        message.run === null
          ? await vault.answer(id, message.parent ?? "", other ?? model())
          : await vault.askAgain(id, message.run, other);
      (await shelf.take(id)).chooseRun(again);
    });

  return {
    keepTyped: (typed) => tell(() => keep(typed)),
    isBegun,
    here: begin,
    send: (text) =>
      attempt(async () => {
        const id = await begin();
        const [how, second] = [asked(), options.also()];
        loadTurns();
        const { files: chosen, settle } = await tray.seal(id);
        const along = mentions.take(id);
        const files = [...chosen, ...along.files];
        const open = await shelf.take(id);
        const before = open.messages;
        const { question, run } = await vault.ask(id, {
          text,
          parent: before.at(-1)?.id ?? null,
          files,
          artifacts: along.artifacts,
          sources: await sourcesFor(vault, { chat: id, text, files, before }),
          ...how,
        });
        settle();
        along.settle();
        if (!isTemporaryDoc(id)) askToPersistOnce();
        open.choose(question);
        if (second !== null) {
          options.setAlso(null);
          open.compareRuns(run, await vault.askAgain(id, run, second));
        }
        if (routedChat() === id) stick.toEnd();
      }),
    stop: () => {
      const open = thread();
      if (open !== null) stopAll(open);
    },
    copyLast: () => tell(copyLast),
    copyLastCode: () => tell(copyLastCode),
    tryAgain,
    tryLastAgain: () => {
      const open = thread();
      const last = open?.messages.at(-1);
      // One that is still under way is stopped first, or waited for: two keys pressed in a row ask once.
      if (open === null || last?.role !== "assistant" || open.active().length + open.pending().length > 0) return;
      tryAgain(last);
    },
    compare: (message, other) =>
      inChat(async (id) => {
        const open = await shelf.take(id);
        if (other === null) {
          const beside = message.versions.findLast((version) => version !== message.id);
          if (beside !== undefined) open.compare(message.id, beside);
        } else if (message.run !== null) open.compareRuns(message.run, await vault.askAgain(id, message.run, other));
      }),
    goOn: ({ run }) => {
      if (run === null) return;
      inChat(async (id) => {
        const next = await vault.continueRun(id, run);
        if (next !== null) (await shelf.take(id)).followRun(next);
      });
    },
    withdraw: (run) => inChat((id) => vault.withdraw(id, run)),
    answerCall: (call, choice) => {
      const id = routedChat();
      return id === null ? Promise.resolve() : attempt(() => vault.answerCall(id, call, choice));
    },
    edit: (message, text) => attempt(() => edit(message, text)),
    fork: (message) =>
      inChat(async (id) => {
        const { messages, answer } = await shelf.take(id);
        const upTo = messages.slice(0, messages.findIndex((other) => other.id === message.id) + 1);
        const [fork] = await vault.addChats([
          {
            from: `fork ${id} ${message.id} ${Date.now()}`,
            title: vault.catalog.value.entry(id)?.title ?? "",
            titledBy: "auto",
            messages: upTo.map((one) => ({
              ...{ id: one.id, parent: one.parent, role: one.role, at: one.at },
              text: one.role === "user" ? one.text : answer(one).text,
              files: one.files,
              sources: one.sources,
              by: one.role === "user" ? one.by : (one.by ?? answer(one).label ?? answer(one).model),
            })),
          },
        ]);
        if (fork === null || fork === undefined) return;
        options.goTo(fork);
        showToast({ says: t.forked });
      }),
    quote: options.quote,
    copyLink: ({ id: message }) =>
      inChat(async (id) => {
        if (isTemporaryDoc(id)) return showToast({ says: t.temporaryNoLink });
        await (await import("../chat/copyLink.ts")).copyLink(id, message);
      }),
    pin: (message, isPinned) => {
      tap();
      thread()?.setPinned(message.id, isPinned);
    },
    remove,
    openMemories: async () => {
      const chat = routedChat();
      const { openMemories } = await import("../memory/openMemories.ts");
      return openMemories(vault, chat);
    },
    findFile: async ({ file }) => {
      const id = routedChat();
      const attached = thread()?.messages.flatMap(({ files }) => files) ?? [];
      const project = id === null ? null : (vault.catalog.value.entry(id)?.project ?? null);
      const known = attached.find((other) => other.id === file);
      if (known !== undefined || project === null) return known ?? null;
      const open = await vault.openProject(project);
      try {
        return open.value.files.file(file);
      } finally {
        open.close();
      }
    },
  };
}
