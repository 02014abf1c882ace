/**
 * A chat: a tree of messages, the requests made in it, and what hosts wrote. Roots of the doc:
 *
 *   messages   map: message id → map {parent, role, device, at, text: YText | run, files?: [attachment], deletedAt?}
 *   requests   map: run → map {question, answer, model, at, device, stopAt?, withdrawnAt?, interruptedAt?,
 *              continues?, continuedBy?, auto?, waitingUntil?}
 *   draft      text: what is being written and not yet sent
 *   gen/<run>, think/<run>   text     steps/<run>   array     meta/<run>   map     written by the run's lane alone (scope.ts)
 *
 * A message's parent is the one it answers or follows, so two children of one parent are two branches. Nothing here is taken
 * out again, and whether an answer is done is read from `meta/<run>`, never from an event.
 */
import { parseAuthorId, parseRunId, type AuthorId, type RunId } from "#crypto/ids.ts";
import { type AbstractType, type Doc, type Transaction, Map as YMap, Text as YText } from "yjs";
import type { Attachment } from "../attachments/attachment.ts";
import { draftPieceCharsMax } from "../limits.ts";
import { readFlag, readMap, readNumber, readString, readText, rootNameOf } from "./fields.ts";
import { createAnswers } from "./answer.ts";
import { createLiveRuns, type LivePlace } from "./liveRuns.ts";
import { createMessageReader } from "./messageReader.ts";
import { createRunReader, type ChatRequest, type RunView } from "./run.ts";
import { editText } from "./text.ts";
import { createRunSearch, isOpen } from "./runSearch.ts";
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
  /** Of a question: what came with it. */
  readonly files: readonly Attachment[];
}

/** Words that stand as they are: an answer that a person has put differently, or a message out of another chat. */
export type AddedMessage = Omit<ChatMessage, "run" | "files"> & { readonly files?: readonly Attachment[] };

interface Asked {
  readonly run: RunId;
  /** Ids for the two messages, random and given by the caller. */
  readonly question: string;
  readonly answer: string;
  /** The message that this follows; `null` starts a chat, or a branch from its beginning. */
  readonly parent: string | null;
  readonly text: string;
  readonly files?: readonly Attachment[];
  /** `null` leaves the choice to the host. */
  readonly model: string | null;
  readonly device: AuthorId;
  readonly at: number;
}

interface Continued extends Omit<Asked, "parent" | "text" | "question" | "model"> {
  readonly continues: RunId;
  readonly isAutomatic: boolean;
}

/** What one transaction touched, so that a view can patch only that. */
export interface ChatChange {
  /** Messages or requests: the thread may have a different shape. */
  readonly thread: boolean;
  readonly draft: boolean;
  /** With each, those that it goes on from: their answer has grown. */
  readonly runs: ReadonlySet<RunId>;
}

export interface Chat {
  readonly doc: Doc;
  readonly draft: YText;
  /** Turns the draft into `text` by the smallest edit, so that two devices can write in it; a long paste goes in by pieces. */
  setDraft(text: string): void;
  /** From the first message through `leaf` down to the newest that follows it. Without `leaf`: the newest branch. */
  thread(leaf?: string): readonly ChatMessage[];
  /** From the first message to `id`, and no further: what a host is shown. */
  path(id: string): readonly ChatMessage[];
  /** The messages that could stand in the place of `id`, itself among them, oldest first. */
  siblings(id: string): readonly string[];
  message(id: string): ChatMessage | null;
  /** Of every branch, oldest first. */
  messages(): readonly ChatMessage[];
  /** The siblings of each message that has any, itself among them, oldest first: for a whole thread in one pass. */
  forks(): ReadonlyMap<string, readonly string[]>;
  /** A question and the place for its answer. Empties the draft when the question is what stood there. */
  ask(asked: Asked): void;
  /** Another answer to a question that stands already: a sibling. */
  askAgain(asked: Omit<Asked, "parent" | "text" | "files">): void;
  /** Those that come earlier are there first; a long row of them goes in by pieces. */
  add(added: readonly AddedMessage[]): void;
  /** Takes a message out of sight with all that follows it; `null` brings it back. Nothing leaves the doc. */
  setDeleted(id: string, at: number | null): void;
  /** Another run that goes on where an interrupted one stopped, or a sibling when the host cannot. `false`: it goes on already. */
  continueRun(continued: Continued): boolean;
  stop(run: RunId, at: number): void;
  withdraw(run: RunId, at: number): void;
  /** Its key is left for a host that is away; 0 takes that back. */
  markWaiting(run: RunId, until: number): void;
  /** A device saw the lane fall silent for good. */
  markInterrupted(run: RunId, at: number): void;
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
  /** Other words for a question that no host has begun to answer. `false`: one has, or there is none. */
  editQuestion(run: RunId, text: string): boolean;
  observe(listener: (change: ChatChange) => void): () => void;
}

/** What a message takes besides its words. */
const addedFieldsChars = 200;

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

  const allMessages = (): Map<string, ChatMessage> => {
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
    const change = { thread: false, draft: false, runs: withEarlier(runs) };
    for (const listener of listeners) listener(change);
  };

  const mark = (run: RunId, key: string, at: number): void => {
    const request = readMap(requests, run);
    if (request !== null && readNumber(request, key) === null) request.set(key, at);
  };

  const addAnswer = (asked: Omit<Asked, "parent" | "text" | "files">): void => {
    const { run, question, answer, model, device, at } = asked;
    messages.set(
      answer,
      new YMap<unknown>([
        ["parent", question],
        ["role", "assistant"],
        ["device", device],
        ["at", at],
        ["run", run],
      ]),
    );
    requests.set(
      run,
      new YMap<unknown>([
        ["question", question],
        ["answer", answer],
        ["model", model],
        ["device", device],
        ["at", at],
      ]),
    );
  };

  const runsWhere = createRunSearch(doc, requests, (run) => chat.run(run));

  const chat: Chat = {
    doc,
    draft,
    setDraft: (text) => {
      while (doc.transact(() => editText(draft, text, draftPieceCharsMax)));
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
    messages: () => [...allMessages().values()].sort(byAge),
    forks: () => forksOf([...allMessages().values()].sort(byAge)),
    ask: (asked) =>
      doc.transact(() => {
        const { question, parent, text, device, at, files = [] } = asked;
        messages.set(
          question,
          new YMap<unknown>([
            ["parent", parent],
            ["role", "user"],
            ["device", device],
            ["at", at],
            ["text", new YText(text)],
            ...Object.entries(toFiles(files)),
          ]),
        );
        addAnswer(asked);
        if (draft.length > 0 && draft.toString().trim() === text.trim()) draft.delete(0, draft.length);
      }),
    askAgain: (asked) => doc.transact(() => addAnswer(asked)),
    add: (added) => {
      for (let next = 0; next < added.length;) {
        const long = doc.transact(() => {
          for (let chars = 0; next < added.length && chars < draftPieceCharsMax;) {
            const { id, text, parent, role, device, at, files = [] } = added[next] as AddedMessage;
            const isLong = text.length > draftPieceCharsMax / 4;
            const words = new YText(isLong ? "" : text);
            const fields = { parent, role, device, at, ...toFiles(files) };
            messages.set(id, new YMap<unknown>([...Object.entries(fields), ["text", words]]));
            next += 1;
            chars += text.length + addedFieldsChars;
            if (isLong) return { words, text };
          }
          return null;
        });
        // One answer may be more than an envelope holds.
        if (long !== null) while (doc.transact(() => editText(long.words, long.text, draftPieceCharsMax)));
      }
    },
    setDeleted: (id, at) => {
      const message = readMap(messages, id);
      if (message !== null && readNumber(message, "deletedAt") !== at) message.set("deletedAt", at);
    },
    continueRun: ({ continues, isAutomatic, ...asked }) => {
      const before = chat.request(continues);
      if (before === null || answers.next(continues) !== null) return false;
      doc.transact(() => {
        addAnswer({ ...asked, question: before.question, model: before.model });
        const request = readMap(requests, asked.run);
        request?.set("continues", continues);
        if (isAutomatic) request?.set("auto", true);
        readMap(requests, continues)?.set("continuedBy", asked.run);
      });
      return true;
    },
    stop: (run, at) => mark(run, "stopAt", at),
    withdraw: (run, at) => mark(run, "withdrawnAt", at),
    markWaiting: (run, until) => readMap(requests, run)?.set("waitingUntil", until),
    markInterrupted: (run, at) => mark(run, "interruptedAt", at),
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
    editQuestion: (run, next) => {
      const request = chat.request(run);
      const message = request === null ? null : readMap(messages, request.question);
      const text = message === null ? null : readText(message, "text");
      if (text === null || chat.run(run).status !== "requested") return false;
      doc.transact(() => editText(text, next));
      return true;
    },
    observe: (listener) => {
      listeners.add(listener);
      const report = (transaction: Transaction): void => {
        const change = readChange(doc, transaction);
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

/** As they stand in the doc: nothing when there are none. */
function toFiles(files: readonly Attachment[]): { files?: object[] } {
  return files.length === 0 ? {} : { files: files.map((file) => ({ ...file })) };
}

function readRequest(run: RunId, request: YMap<unknown>): ChatRequest | null {
  const question = readString(request, "question");
  if (question === null) return null;
  return {
    run,
    question,
    model: readString(request, "model"),
    at: readNumber(request, "at") ?? 0,
    device: parseAuthorId(readString(request, "device") ?? ""),
    stopAt: readNumber(request, "stopAt"),
    withdrawnAt: readNumber(request, "withdrawnAt"),
    interruptedAt: readNumber(request, "interruptedAt"),
    waitingUntil: readNumber(request, "waitingUntil"),
    continues: parseRunId(readString(request, "continues") ?? ""),
    continuedBy: parseRunId(readString(request, "continuedBy") ?? ""),
    isAutomatic: readFlag(request, "auto"),
  };
}

function readChange(doc: Doc, transaction: Transaction): ChatChange | null {
  const runs = new Set<RunId>();
  let thread = false;
  let isDraft = false;
  // A root that nobody here has read has no kind yet, and Yjs lists it only among `changed`.
  for (const type of new Set([...transaction.changed.keys(), ...transaction.changedParentTypes.keys()])) {
    const name = rootNameOf(doc, type as AbstractType<unknown>);
    if (name === null) continue;
    if (name === "messages" || name === "requests") thread = true;
    else if (name === "draft") isDraft = true;
    else {
      const run = parseRunId(name.slice(name.indexOf("/") + 1));
      if (run !== null) runs.add(run);
    }
  }
  return thread || isDraft || runs.size > 0 ? { thread, draft: isDraft, runs } : null;
}
