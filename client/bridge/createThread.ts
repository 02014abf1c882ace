/**
 * One open chat for the views: one branch of its messages, one store for each run that is looked at, and its draft. While an answer
 * streams in, only that run's store changes. A message keeps its object for as long as it is shown, and its words are read when
 * somebody looks at them: a chat may have ten thousand.
 */
import { type Accessor, batch as together, createSignal } from "solid-js";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { ChatRequest, Effort, RunView } from "#sync/docs/run.ts";
import type { OpenDoc } from "#sync/vault.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { createPresence, placesInText, type Presence } from "./createPresence.ts";
import { createFrameBatch } from "./frames.ts";
import { stillRun } from "./stillRun.ts";
import { createThreadBranch, isSameList } from "./threadBranch.ts";
import { createThreadRuns } from "./threadRuns.ts";

export interface ThreadMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly device: AuthorId;
  readonly at: number;
  /** Of what a person wrote; the words of a host are in its run. */
  readonly text: string;
  /** Of an answer that a host gave. */
  readonly run: RunId | null;
  /** What came with a question. */
  readonly files: readonly Attachment[];
  /** Passages of files that went with it; an answer's numbers mean these. */
  readonly sources: readonly Source[];
  /** Of an answer that came from elsewhere: who gave it there. */
  readonly by: string | null;
  /** The versions that stand in this place, itself among them, oldest first; empty when there is only this one. */
  readonly versions: readonly string[];
  /** Its owner marked it, to be found again. */
  readonly isPinned: boolean;
}

/** What a thread reads a chat by: the document, or what is kept of its end (`tail.ts`). */
export interface ThreadSource extends Pick<
  Chat,
  "thread" | "forks" | "message" | "messages" | "pinned" | "answer" | "run" | "links" | "activeRuns" | "pendingRuns"
> {
  request(run: RunId): Pick<ChatRequest, "model" | "effort" | "continues"> | null;
  readonly draft: { toString(): string };
}

export interface Thread {
  readonly id: DocId;
  /** The document is there; until then, its end may be shown. */
  readonly isWhole: Accessor<boolean>;
  /** The same as a promise. Rejects when the chat cannot be opened. */
  readonly whole: Promise<void>;
  readonly messages: readonly ThreadMessage[];
  /** Shows the branch of a message, and stays on it. `false`: there is no such message. */
  choose(id: string): boolean;
  /** The same with the answer that a run makes. */
  chooseRun(run: RunId): boolean;
  /** The same, as soon as it is a version of its own: one that goes on from another may turn out to begin anew. */
  followRun(run: RunId): void;
  /** A message of any branch; `null`: there is none. */
  message(id: string): ThreadMessage | null;
  /** Two answers to one question, to be looked at side by side. */
  readonly compared: Accessor<readonly [string, string] | null>;
  /** Two versions of one answer. */
  compare(one: string, other: string): void;
  /** The same with the answers that runs make. */
  compareRuns(one: RunId, other: RunId): void;
  /** Goes on with this one of the two. */
  keep(id: string): void;
  /** The store of one run; the same object each time while it is under way, or its answer is shown. */
  run(run: RunId): RunView;
  /** A message is shown, until what is returned is called. */
  hold(message: ThreadMessage): () => void;
  /** The model that a run was asked for; `null`: the host chose. */
  asked(run: RunId): string | null;
  /** An answer's view: its run's, or its own words where a person put them. */
  answer(message: ThreadMessage): RunView;
  /** The model that was last asked for here; `null` when the choice was the host's. */
  readonly model: Accessor<string | null>;
  /** How long a model was last to think; `null`: as it likes. */
  readonly effort: Accessor<Effort | null>;
  /** Takes a message out of sight, with all that follows it. */
  remove(id: string): void;
  /** Brings it back, and shows it. */
  restore(id: string): void;
  /** Those that are marked, of every branch, oldest first. */
  readonly pinned: Accessor<readonly ThreadMessage[]>;
  setPinned(id: string, isPinned: boolean): void;
  /** Runs that a host is answering now. */
  readonly active: Accessor<readonly RunId[]>;
  /** Runs that no host has taken yet. */
  readonly pending: Accessor<readonly RunId[]>;
  readonly draft: Accessor<string>;
  /** Other devices in this chat; `null` until the document is there. */
  readonly presence: Accessor<Presence | null>;
  setDraft(text: string): void;
  close(): void;
}

/** `early`: shown until the document is there. `onChanged`: it has, and is another; not for each word that streams in. */
export function createThread(options: {
  readonly id: DocId;
  readonly early: ThreadSource;
  readonly opening: Promise<OpenDoc<Chat>>;
  /** This one. */
  readonly device: AuthorId;
  readonly onChanged?: (source: ThreadSource, leaf: string | undefined) => void;
}): Thread {
  const { id, opening } = options;
  let chat: ThreadSource = options.early;
  let document: OpenDoc<Chat> | null = null;
  let isClosed = false;
  /** Typed before the document was there. */
  let typed: string | null = null;
  let leave: () => void = () => {};
  const [isWhole, setIsWhole] = createSignal(false);
  const [presence, setPresence] = createSignal<Presence | null>(null);
  const branch = createThreadBranch(() => chat);
  const { messages, viewOf } = branch;
  const [draft, setDraft] = createSignal(chat.draft.toString());
  const [active, setActive] = createSignal<readonly RunId[]>(firstRuns(chat, chat.activeRuns()), {
    equals: isSameList,
  });
  const lastRequest = (): Pick<ChatRequest, "model" | "effort"> | null => {
    const run = messages().findLast((message) => message.run !== null)?.run ?? null;
    return run === null ? null : chat.request(run);
  };
  const [model, setModel] = createSignal(lastRequest()?.model ?? null);
  const [effort, setEffort] = createSignal(lastRequest()?.effort ?? null);
  const [pending, setPending] = createSignal<readonly RunId[]>(firstRuns(chat, chat.pendingRuns()), {
    equals: isSameList,
  });
  const runs = createThreadRuns(() => chat);
  const still = new Map<string, RunView>();

  let isThreadStale = false;
  let areRunsStale = false;
  const staleRuns = new Set<RunId>();
  const showThread = (): void => {
    isThreadStale = false;
    together(() => {
      branch.show();
      setModel(lastRequest()?.model ?? null);
      setEffort(lastRequest()?.effort ?? null);
    });
    if (document !== null) options.onChanged?.(chat, branch.leaf());
  };
  let followed: RunId | null = null;
  const follow = (): void => {
    if (followed === null || !choose(messageOf(followed))) return;
    followed = null;
  };
  const messageOf = (run: RunId): string | undefined => chat.messages().find((message) => message.run === run)?.id;
  const choose = (message: string | undefined): boolean => {
    if (message === undefined || chat.message(message) === null) return false;
    branch.choose(message);
    showThread();
    return true;
  };
  const [compared, setCompared] = createSignal<readonly [string, string] | null>(null);
  const compare = (one: string | undefined, other: string | undefined): void => {
    // The first of the two stays where it is, whatever is newer.
    if (other !== undefined && one !== undefined && choose(one)) setCompared([one, other]);
  };
  const batch = createFrameBatch(() => {
    for (const run of staleRuns) if (runs.hasMoved(run)) isThreadStale = true;
    if (isThreadStale) {
      showThread();
      follow();
    }
    // What a device wrote about a run stands in its request, which is part of the thread.
    if (areRunsStale) runs.updateAll();
    else runs.update(staleRuns);
    setActive(firstRuns(chat, chat.activeRuns()));
    setPending(firstRuns(chat, chat.pendingRuns()));
    if (staleRuns.size > 0 && active().length === 0) options.onChanged?.(chat, branch.leaf());
    areRunsStale = false;
    staleRuns.clear();
  });

  const stillOf = (message: ThreadMessage): RunView => {
    const view = still.get(message.id) ?? stillRun(message.text);
    still.set(message.id, view);
    return view;
  };

  const attach = (open: OpenDoc<Chat>): void => {
    if (isClosed) return open.close();
    document = open;
    chat = open.value;
    runs.updateAll();
    together(() => {
      showThread();
      setActive(firstRuns(chat, chat.activeRuns()));
      setPending(firstRuns(chat, chat.pendingRuns()));
      setIsWhole(true);
      setPresence(createPresence(open.awareness, placesInText(open.value.draft), options.device));
    });
    leave = open.value.observe((change) => {
      // A draft is shown at once: the person is looking at the letter they just typed.
      if (change.draft) setDraft(chat.draft.toString());
      if (change.thread) isThreadStale = areRunsStale = true;
      for (const run of change.runs) staleRuns.add(run);
      if (change.thread || change.runs.size > 0) batch.schedule();
    });
    if (typed === null) setDraft(chat.draft.toString());
    else open.value.setDraft(typed);
  };
  // eslint-disable-next-line solid/reactivity -- reason: what is there now is shown; what changes later comes by the observer.
  const whole = opening.then(attach);
  // Whoever waits for it hears of it, and nobody has to.
  whole.catch(() => undefined);
  const inDocument = (act: (open: Chat) => void): void => {
    if (document !== null) act(document.value);
    else void whole.then(() => document !== null && act(document.value)).catch(() => undefined);
  };

  return {
    id,
    isWhole,
    whole,
    get messages() {
      return messages();
    },
    choose,
    chooseRun: (run) => choose(messageOf(run)),
    followRun: (run) => {
      followed = run;
      follow();
    },
    message: (message) => {
      const found = chat.message(message);
      return found === null ? null : viewOf(found);
    },
    compared,
    compare,
    compareRuns: (one, other) => compare(messageOf(one), messageOf(other)),
    keep: (message) =>
      together(() => {
        setCompared(null);
        choose(message);
      }),
    run: runs.view,
    hold: ({ run }) => (run === null ? () => undefined : runs.hold(run)),
    asked: (run) => chat.request(run)?.model ?? null,
    answer: (message) => (message.run === null ? stillOf(message) : runs.view(message.run)),
    model,
    effort,
    remove: (message) => inDocument((open) => open.setDeleted(message, Date.now())),
    restore: (message) =>
      // eslint-disable-next-line solid/reactivity -- reason: an action of the person's, which nothing is to follow.
      inDocument((open) => {
        open.setDeleted(message, null);
        choose(message);
      }),
    pinned: branch.pinned,
    setPinned: (message, isPinned) => inDocument((open) => open.setPinned(message, isPinned ? Date.now() : null)),
    active,
    pending,
    draft,
    presence,
    // A long paste is several changes: in between, nobody is shown a part of what they typed.
    setDraft: (text) => {
      if (document !== null) return together(() => document?.value.setDraft(text));
      typed = text;
      setDraft(text);
    },
    close: () => {
      isClosed = true;
      leave();
      batch.cancel();
      presence()?.close();
      document?.close();
    },
  };
}

/** An answer that was continued is shown, and named, by its first run. */
function firstRuns(source: ThreadSource, runs: readonly RunId[]): RunId[] {
  return runs.map((run) => source.links(run)[0] ?? run);
}
