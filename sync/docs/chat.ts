/**
 * A chat: a tree of messages, the requests made in it, and what hosts wrote. Roots of the doc:
 *
 *   messages   map: message id → map {parent, role, device, at, text: YText | run, files?: [attachment], sources?: [source],
 *              by?, piped?, deletedAt?, pinnedAt?}
 *   requests   map: run → map {question, answer, model, effort?, at, device, stopAt?, withdrawnAt?, interruptedAt?,
 *              continues?, continuedBy?, auto?, waitingUntil?, wantsTitle?, filed?: [part] (answerArtifacts.ts)}
 *   draft      text: what is being written and not yet sent      terms   map: what a host is to hold to (terms.ts)
 *   artifacts  map: what a model is shown of them (shownArtifacts.ts)   approvals  map: the owner's word on tool calls (approvals.ts)   looked  map: what devices found for them (looked.ts)
 *   gen/<run>, think/<run>   text     steps/<run>   array     meta/<run>   map     written by the run's lane alone (scope.ts)
 *
 * A message's parent is the one it answers or follows, so two children of one parent are two branches. Nothing here is taken
 * out again, and whether an answer is done is read from `meta/<run>`, never from an event.
 */
import { parseRunId, type AuthorId, type RunId } from "#crypto/ids.ts";
import type { Doc, Text as YText, Transaction } from "yjs";
import type { Attachment } from "../attachments/attachment.ts";
import type { Pause } from "../ports.ts";
import { readMap } from "./fields.ts";
import { createAnswers } from "./answer.ts";
import { readChange, type ChatChange } from "./chatChange.ts";
import { createChatWrites, type ChatWrites } from "./chatWrites.ts";
import { createLiveRuns, type LivePlace } from "./liveRuns.ts";
import { createMessageReader } from "./messageReader.ts";
import { createRunReader, readRequest, type ChatRequest, type RunView } from "./run.ts";
import { readTerms } from "./terms.ts";
import { createRunSearch, isOpen } from "./runSearch.ts";
import type { Source } from "./sources.ts";
import { byAge, descent, forksOf, newest, pathTo, withoutLost } from "./tree.ts";

export interface ChatMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  /** Who wrote it (a question), or who asked for it (an answer). */
  readonly device: AuthorId;
  readonly at: number;
  /** Of an answer: what the host has written so far. */
  readonly text: string;
  /** Of an answer: the run that makes it; `null` when a person put it there. */
  readonly run: RunId | null;
  /** What came with a question, or with an answer from elsewhere. */
  readonly files: readonly Attachment[];
  /** Passages of files that go with a question (sources.ts). */
  readonly sources: readonly Source[];
  /** Of an answer out of another chat or an export: who gave it; of what a tool said or another program asked: that one. `null` also for what a person put there. */
  readonly by: string | null;
  /** Its owner marked it, to be found again. */
  readonly isPinned: boolean;
  /** Some of its words came by a pipe: whoever sent it need not have read them. */
  readonly isPiped?: boolean;
}

/** Words that stand as they are: an answer that a person has put differently, or a message out of another chat. */
export type AddedMessage = Omit<ChatMessage, "run" | "files" | "sources" | "by" | "isPinned"> & {
  readonly files?: readonly Attachment[];
  readonly sources?: readonly Source[];
  readonly by?: string | null;
};

export interface Chat extends ChatWrites {
  readonly doc: Doc;
  readonly draft: YText;
  /** Models are told here how artifacts are written. */
  readonly wantsArtifacts: boolean;
  /** From the first message through `leaf` down to the newest that follows it. Without `leaf`: the newest branch. */
  thread(leaf?: string): readonly ChatMessage[];
  /** From the first message to `id`, and no further: what a host is shown. */
  path(id: string): readonly ChatMessage[];
  /** The messages that could stand in the place of `id`, itself among them, oldest first. */
  siblings(id: string): readonly string[];
  message(id: string): ChatMessage | null;
  /** Of every branch, oldest first. */
  messages(): readonly ChatMessage[];
  /** What came with any message that ever was, those that were deleted among them. */
  filesWithDeleted(): readonly Attachment[];
  /** Those that are marked, of every branch, oldest first. */
  pinned(): readonly ChatMessage[];
  /** The siblings of each message that has any, itself among them, oldest first: for a whole thread in one pass. */
  forks(): ReadonlyMap<string, readonly string[]>;
  request(run: RunId): ChatRequest | null;
  /** One run alone. */
  run(run: RunId): RunView;
  /** The answer that it is a part of, with what it goes on from and what goes on from it, as one. */
  answer(run: RunId): RunView;
  /** The runs of that answer, in order. */
  links(run: RunId): readonly RunId[];
  /** All runs, oldest request first. */
  runs(): readonly RunId[];
  /** Asked for, and no host has taken them yet. */
  pendingRuns(): readonly RunId[];
  /** Taken by a host that has not finished. */
  activeRuns(): readonly RunId[];
  /** Ended in the middle, with nothing that goes on from them. */
  interruptedRuns(): readonly RunId[];
  /** Words of a run that its lane's envelopes have not brought yet (`RunView.overlay`). The document is not touched. */
  takeLive(run: RunId, piece: LivePlace): void;
  clearLive(run: RunId): void;
  /** Runs that wait at the host (`RunView.queue`), those of other chats among them. */
  setQueue(runs: readonly RunId[]): void;
  /** Reads where each message stands, with pauses: in a long chat, what is asked next takes milliseconds instead of a tenth of a second. */
  warm(pause: Pause): Promise<void>;
  observe(listener: (change: ChatChange) => void): () => void;
}

/** Messages read by `warm` between two pauses: a few milliseconds' worth. */
const warmAtOnce = 1_000;

export function createChat(doc: Doc): Chat {
  const messages = doc.getMap<unknown>("messages");
  const requests = doc.getMap<unknown>("requests");
  const draft = doc.getText("draft");
  const live = createLiveRuns();
  const listeners = new Set<(change: ChatChange) => void>();
  const reader = createRunReader(doc, live);
  const answers = createAnswers({
    request: (run) => chat.request(run),
    run: (run) => chat.run(run),
    text: reader.text,
  });

  const messageReader = createMessageReader(messages, answers.text);

  // Several questions about a chat are asked between two changes, and each goes through all its messages.
  let isChanging = false;
  let known: ReadonlyMap<string, ChatMessage> | null = null;
  doc.on("beforeTransaction", () => {
    isChanging = true;
    known = null;
  });
  // Read before anybody hears of it: whoever reads a root that had no kind has Yjs put another object in its place, and who hears of it after
  // them would not know what it was that changed.
  const changes = new WeakMap<Transaction, ChatChange | null>();
  doc.on("afterTransaction", (transaction: Transaction) => {
    isChanging = false;
    known = null;
    if (listeners.size > 0) changes.set(transaction, readChange(doc, transaction));
  });
  const allMessages = (): ReadonlyMap<string, ChatMessage> => {
    if (isChanging) return readAll();
    known ??= readAll();
    return known;
  };
  const readAll = (): Map<string, ChatMessage> => {
    const found = new Map<string, ChatMessage>();
    const deleted = new Set<string>();
    for (const id of messages.keys()) {
      const message = messageReader.read(id);
      if (message === null) {
        if (messageReader.isDeleted(id)) deleted.add(id);
      } else if (!isPart(message)) found.set(id, message);
    }
    return deleted.size === 0 ? found : withoutLost(found, deleted);
  };

  /** Shown inside the answer that it goes on from. */
  const isPart = ({ run }: ChatMessage): boolean =>
    run !== null && readMap(requests, run)?.has("continues") === true && answers.isPart(run);

  const withEarlier = (runs: Iterable<RunId>): Set<RunId> =>
    new Set([...runs].flatMap((run) => [run, ...answers.before(run)]));

  const tellOfRuns = (runs: readonly RunId[]): void => {
    known = null;
    const change = { thread: false, draft: false, runs: withEarlier(runs), isBeside: true };
    for (const listener of listeners) listener(change);
  };

  const writes = createChatWrites(doc, {
    request: (run) => chat.request(run),
    status: (run) => chat.run(run).status,
    isContinued: (run) => answers.next(run) !== null,
  });
  const runsWhere = createRunSearch(doc, requests, (run) => chat.run(run));

  const chat: Chat = {
    ...writes,
    doc,
    draft,
    get wantsArtifacts() {
      return readTerms(doc).wantsArtifacts;
    },
    thread: (leaf) => {
      const all = allMessages();
      const start = leaf === undefined ? newest(all.values()) : all.get(leaf);
      return start === undefined ? [] : [...pathTo(all, start), ...descent(all, start)];
    },
    path: (id) => {
      const all = allMessages();
      const message = all.get(id);
      return message === undefined ? [] : pathTo(all, message);
    },
    siblings: (id) => {
      const all = allMessages();
      const message = all.get(id);
      if (message === undefined) return [];
      const alike = [...all.values()].filter((other) => other.parent === message.parent && other.role === message.role);
      return alike.sort(byAge).map((other) => other.id);
    },
    message: messageReader.read,
    warm: async (pause) => {
      let read = 0;
      for (const id of [...messages.keys()]) {
        messageReader.read(id);
        read += 1;
        if (read % warmAtOnce === 0) await pause();
      }
    },
    filesWithDeleted: () => [...messages.keys()].flatMap(messageReader.filesOf),
    messages: () => [...allMessages().values()].sort(byAge),
    // A question and the place for its answer are of one moment.
    pinned: () =>
      [...allMessages().values()]
        .filter(({ isPinned }) => isPinned)
        .sort((a, b) => (a.id === b.parent ? -1 : b.id === a.parent ? 1 : byAge(a, b))),
    forks: () => forksOf([...allMessages().values()].sort(byAge)),
    request: (run) => {
      const request = readMap(requests, run);
      return request === null ? null : readRequest(run, request);
    },
    run: (run) => {
      const request = chat.request(run);
      const view = reader.view(run, request);
      // Two devices continued it without seeing each other, and the other's request stands.
      const before = view.continues === null ? null : chat.request(view.continues);
      const isPassedOver = before !== null && before.continuedBy !== null && before.continuedBy !== run;
      return view.status === "requested" && isPassedOver ? { ...view, status: "withdrawn" } : view;
    },
    answer: answers.view,
    links: answers.links,
    runs: () => {
      const found: ChatRequest[] = [];
      for (const key of requests.keys()) {
        const run = parseRunId(key);
        const request = run === null ? null : chat.request(run);
        if (request !== null) found.push(request);
      }
      return found.sort((a, b) => a.at - b.at || (a.run < b.run ? -1 : 1)).map((request) => request.run);
    },
    pendingRuns: () => runsWhere(isOpen, (view) => view.status === "requested"),
    activeRuns: () => runsWhere(isOpen, (view) => view.status === "accepted" || view.status === "streaming"),
    interruptedRuns: () =>
      runsWhere(
        (end) => end === null || end === "interrupted",
        (view) => view.status === "interrupted" && view.continuedBy === null,
      ),
    takeLive: (run, piece) => {
      // Its end alone is asked for, a hundred times a second: a view shows nothing live of a run that ended otherwise.
      if (reader.hasEnded(run)) return;
      live.take(run, piece);
      tellOfRuns([run]);
    },
    clearLive: (run) => {
      live.clear(run);
      tellOfRuns([run]);
    },
    setQueue: (runs) => {
      const moved = live.setQueue(runs).filter((run) => requests.has(run));
      if (moved.length > 0) tellOfRuns(moved);
    },
    observe: (listener) => {
      listeners.add(listener);
      const report = (transaction: Transaction): void => {
        const change = changes.get(transaction) ?? null;
        if (change === null) return;
        listener({ ...change, runs: withEarlier(change.runs) });
      };
      doc.on("afterTransaction", report);
      return () => {
        listeners.delete(listener);
        doc.off("afterTransaction", report);
      };
    },
  };
  return chat;
}
