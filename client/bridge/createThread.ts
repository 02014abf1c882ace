/**
 * One open chat as stores: one branch of its messages, one store for each run, and its draft. While an answer streams in,
 * only that run's store changes; the list of messages is patched when messages or requests change.
 */
import { type Accessor, batch as together, createSignal } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { ChatMessage } from "#sync/docs/chat.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { OpenDoc } from "#sync/vault.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { createBranchChoice } from "./branchChoice.ts";
import { createFrameBatch } from "./frames.ts";

export interface ThreadMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly device: AuthorId;
  readonly at: number;
  /** A question's words; an answer's are in its run. */
  readonly text: string;
  readonly run: RunId | null;
  /** The versions that stand in this place, itself among them, oldest first; empty when there is only this one. */
  readonly versions: readonly string[];
}

export interface Thread {
  readonly id: DocId;
  readonly messages: readonly ThreadMessage[];
  /** Shows the branch of a message, and stays on it. `false`: there is no such message. */
  choose(id: string): boolean;
  /** The same with the answer that a run makes. */
  chooseRun(run: RunId): boolean;
  /** The store of one run; the same object each time. */
  run(run: RunId): RunView;
  /** Runs that a host is answering now. */
  readonly active: Accessor<readonly RunId[]>;
  /** Runs that no host has taken yet. */
  readonly pending: Accessor<readonly RunId[]>;
  readonly draft: Accessor<string>;
  setDraft(text: string): void;
  close(): void;
}

interface RunEntry {
  readonly view: RunView;
  update(): void;
}

export function createThread(id: DocId, open: OpenDoc<Chat>): Thread {
  const chat = open.value;
  const choice = createBranchChoice();
  const read = (): ThreadMessage[] => {
    const forks = chat.forks();
    const shown = chat.thread(choice.leaf());
    choice.note(shown.map((message) => message.id));
    return shown.map((message) => toThreadMessage(message, forks.get(message.id) ?? []));
  };

  const [store, setStore] = createStore<{ messages: ThreadMessage[] }>({ messages: read() });
  const [draft, setDraft] = createSignal(chat.draft.toString());
  const [active, setActive] = createSignal<readonly RunId[]>(firstRuns(chat, chat.activeRuns()), {
    equals: isSameList,
  });
  const [pending, setPending] = createSignal<readonly RunId[]>(firstRuns(chat, chat.pendingRuns()), {
    equals: isSameList,
  });
  const runs = new Map<RunId, RunEntry>();

  let isThreadStale = false;
  const staleRuns = new Set<RunId>();
  const showThread = (): void => setStore("messages", reconcile(read(), { key: "id" }));
  const choose = (message: string | undefined): boolean => {
    if (message === undefined || chat.message(message) === null) return false;
    choice.choose(message);
    showThread();
    return true;
  };
  const batch = createFrameBatch(() => {
    if (isThreadStale) showThread();
    // What a device wrote about a run stands in its request, which is part of the thread.
    for (const run of isThreadStale ? runs.keys() : staleRuns) runs.get(run)?.update();
    setActive(firstRuns(chat, chat.activeRuns()));
    setPending(firstRuns(chat, chat.pendingRuns()));
    isThreadStale = false;
    staleRuns.clear();
  });

  const leave = chat.observe((change) => {
    // A draft is shown at once: the person is looking at the letter they just typed.
    if (change.draft) setDraft(chat.draft.toString());
    if (change.thread) isThreadStale = true;
    for (const run of change.runs) staleRuns.add(run);
    if (change.thread || change.runs.size > 0) batch.schedule();
  });

  return {
    id,
    get messages() {
      return store.messages;
    },
    choose,
    chooseRun: (run) => choose(chat.messages().find((message) => message.run === run)?.id),
    run: (run) => {
      const known = runs.get(run);
      if (known !== undefined) return known.view;
      const entry = createRun(chat, run);
      runs.set(run, entry);
      return entry.view;
    },
    active,
    pending,
    draft,
    // A long paste is several changes: in between, nobody is shown a part of what they typed.
    setDraft: (text) => together(() => chat.setDraft(text)),
    close: () => {
      leave();
      batch.cancel();
      open.close();
    },
  };
}

function createRun(chat: Chat, run: RunId): RunEntry {
  const [view, setView] = createStore<RunView>(readAnswer(chat, run));
  return { view, update: () => setView(reconcile(readAnswer(chat, run))) };
}

/** With the words that are on their way to the document: the eye does not wait for the disk. */
function readAnswer(chat: Chat, run: RunId): RunView {
  const view = chat.answer(run);
  return { ...view, text: view.text + view.overlay, thinking: view.thinking + view.thinkingOverlay };
}

/** An answer that was continued is shown, and named, by its first run. */
function firstRuns(chat: Chat, runs: readonly RunId[]): RunId[] {
  return runs.map((run) => chat.links(run)[0] ?? run);
}

function toThreadMessage(message: ChatMessage, versions: readonly string[]): ThreadMessage {
  const { id, parent, role, device, at, text, run } = message;
  return { id, parent, role, device, at, text: role === "user" ? text : "", run, versions };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
