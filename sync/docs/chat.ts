/**
 * A chat: a tree of messages, the requests made in it, and what hosts wrote. Roots of the doc:
 *
 *   messages   map: message id → map {parent, role, device, at, text: YText | run, deletedAt?}
 *   requests   map: run → map {question, answer, model, at, device, stopAt?, withdrawnAt?, interruptedAt?}
 *   draft      text: what is being written and not yet sent
 *   gen/<run>, think/<run>   text     steps/<run>   array     meta/<run>   map     written by the run's lane alone (scope.ts)
 *
 * A message's parent is the one it answers or follows, so two children of one parent are two branches. Nothing here is taken
 * out again, and whether an answer is done is read from `meta/<run>`, never from an event.
 */
import { parseAuthorId, parseRunId, type AuthorId, type RunId } from "#crypto/ids.ts";
import { type AbstractType, type Doc, type Transaction, Map as YMap, Text as YText } from "yjs";
import { draftPieceCharsMax } from "../limits.ts";
import { readMap, readNumber, readString, rootNameOf } from "./fields.ts";
import { createMessageReader } from "./messageReader.ts";
import { createRunReader, runRoots, type ChatRequest, type RunView } from "./run.ts";
import { editText } from "./text.ts";

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
}

/** Words that stand as they are: an answer that a person has put differently, or a message out of another chat. */
export type AddedMessage = Omit<ChatMessage, "run">;

interface Asked {
  readonly run: RunId;
  /** Ids for the two messages, random and given by the caller. */
  readonly question: string;
  readonly answer: string;
  /** The message that this follows; `null` starts a chat, or a branch from its beginning. */
  readonly parent: string | null;
  readonly text: string;
  /** `null` leaves the choice to the host. */
  readonly model: string | null;
  readonly device: AuthorId;
  readonly at: number;
}

/** What one transaction touched, so that a view can patch only that. */
export interface ChatChange {
  /** Messages or requests: the thread may have a different shape. */
  readonly thread: boolean;
  readonly draft: boolean;
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
  askAgain(asked: Omit<Asked, "parent" | "text">): void;
  /** Those that come earlier are there first; a long row of them goes in by pieces. */
  add(added: readonly AddedMessage[]): void;
  /** Takes a message out of sight with all that follows it; `null` brings it back. Nothing leaves the doc. */
  setDeleted(id: string, at: number | null): void;
  stop(run: RunId, at: number): void;
  withdraw(run: RunId, at: number): void;
  /** A device saw the lane fall silent for good. */
  markInterrupted(run: RunId, at: number): void;
  request(run: RunId): ChatRequest | null;
  run(run: RunId): RunView;
  /** All runs, oldest request first. */
  runs(): readonly RunId[];
  /** Asked for, and no host has taken them yet. */
  pendingRuns(): readonly RunId[];
  /** Taken by a host that has not finished. */
  activeRuns(): readonly RunId[];
  observe(listener: (change: ChatChange) => void): () => void;
}

/** What a message takes besides its words. */
const addedFieldsChars = 200;

export function createChat(doc: Doc): Chat {
  const messages = doc.getMap<unknown>("messages");
  const requests = doc.getMap<unknown>("requests");
  const draft = doc.getText("draft");
  const reader = createRunReader(doc);

  const messageReader = createMessageReader(messages, (run) => reader.text(run));
  /** Runs that a lane has ended: nothing about them changes any more. */
  const ended = new Set<RunId>();

  const allMessages = (): Map<string, ChatMessage> => {
    const found = new Map<string, ChatMessage>();
    const deleted = new Set<string>();
    for (const id of messages.keys()) {
      const message = messageReader.read(id);
      if (message !== null) found.set(id, message);
      else if (messageReader.isDeleted(id)) deleted.add(id);
    }
    return deleted.size === 0 ? found : withoutLost(found, deleted);
  };

  const mark = (run: RunId, key: string, at: number): void => {
    const request = readMap(requests, run);
    if (request !== null && readNumber(request, key) === null) request.set(key, at);
  };

  const addAnswer = (asked: Omit<Asked, "parent" | "text">): void => {
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

  /** Oldest first. Asked for at each change, so what is over is gone by without a look. */
  const openRunsWhere = (isWanted: (view: RunView) => boolean): RunId[] => {
    const found: RunId[] = [];
    for (const key of requests.keys()) {
      const run = parseRunId(key);
      if (run === null || ended.has(run)) continue;
      if (doc.getMap(runRoots(run).meta).has("end")) ended.add(run);
      else if (isWanted(chat.run(run))) found.push(run);
    }
    const atOf = (run: RunId): number => chat.request(run)?.at ?? 0;
    return found.filter((run) => chat.request(run) !== null).sort((a, b) => atOf(a) - atOf(b) || (a < b ? -1 : 1));
  };

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
        const { question, parent, text, device, at } = asked;
        messages.set(
          question,
          new YMap<unknown>([
            ["parent", parent],
            ["role", "user"],
            ["device", device],
            ["at", at],
            ["text", new YText(text)],
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
            const { id, text, parent, role, device, at } = added[next] as AddedMessage;
            const isLong = text.length > draftPieceCharsMax / 4;
            const words = new YText(isLong ? "" : text);
            messages.set(id, new YMap<unknown>([...Object.entries({ parent, role, device, at }), ["text", words]]));
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
    stop: (run, at) => mark(run, "stopAt", at),
    withdraw: (run, at) => mark(run, "withdrawnAt", at),
    markInterrupted: (run, at) => mark(run, "interruptedAt", at),
    request: (run) => {
      const request = readMap(requests, run);
      return request === null ? null : readRequest(run, request);
    },
    run: (run) => reader.view(run, chat.request(run)),
    runs: () => {
      const found: ChatRequest[] = [];
      for (const key of requests.keys()) {
        const run = parseRunId(key);
        const request = run === null ? null : chat.request(run);
        if (request !== null) found.push(request);
      }
      return found.sort((a, b) => a.at - b.at || (a.run < b.run ? -1 : 1)).map((request) => request.run);
    },
    pendingRuns: () => openRunsWhere((view) => view.status === "requested"),
    activeRuns: () => openRunsWhere((view) => view.status === "accepted" || view.status === "streaming"),
    observe: (listener) => {
      const report = (transaction: Transaction): void => {
        const change = readChange(doc, transaction);
        if (change !== null) listener(change);
      };
      doc.on("afterTransaction", report);
      return () => doc.off("afterTransaction", report);
    },
  };
  return chat;
}

/** What follows a deleted message is out of sight with it. A parent that has not arrived yet hides nothing. */
function withoutLost(found: Map<string, ChatMessage>, deleted: ReadonlySet<string>): Map<string, ChatMessage> {
  const lost = new Map<string, boolean>();
  const isLost = (id: string | null): boolean => {
    const way = new Set<string>();
    let is = false;
    for (let at = id; at !== null && !way.has(at);) {
      const known = lost.get(at);
      is = known ?? deleted.has(at);
      if (known !== undefined || is) break;
      way.add(at);
      at = found.get(at)?.parent ?? null;
    }
    for (const step of way) lost.set(step, is);
    return is;
  };
  return new Map([...found].filter(([, { parent }]) => !isLost(parent)));
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
  };
}

function byAge(a: ChatMessage, b: ChatMessage): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}

function newest(messages: Iterable<ChatMessage>): ChatMessage | undefined {
  let found: ChatMessage | undefined;
  for (const message of messages) if (found === undefined || byAge(found, message) < 0) found = message;
  return found;
}

function forksOf(messages: readonly ChatMessage[]): Map<string, readonly string[]> {
  const alike = new Map<string, string[]>();
  for (const { id, parent, role } of messages) {
    const place = `${role} ${parent ?? ""}`;
    const known = alike.get(place);
    if (known === undefined) alike.set(place, [id]);
    else known.push(id);
  }
  const forks = new Map<string, readonly string[]>();
  for (const ids of alike.values()) if (ids.length > 1) for (const id of ids) forks.set(id, ids);
  return forks;
}

/** Ends at an unknown parent (it has not arrived), and at a circle, which only a hostile member can make. */
function pathTo(all: ReadonlyMap<string, ChatMessage>, leaf: ChatMessage): ChatMessage[] {
  const path = [leaf];
  const seen = new Set([leaf.id]);
  for (let at = leaf; at.parent !== null;) {
    const parent = all.get(at.parent);
    if (parent === undefined || seen.has(parent.id)) break;
    seen.add(parent.id);
    path.push(parent);
    at = parent;
  }
  return path.reverse();
}

/** What follows `from` on its newest branch, `from` itself left out. */
function descent(all: ReadonlyMap<string, ChatMessage>, from: ChatMessage): ChatMessage[] {
  const newestChild = new Map<string, ChatMessage>();
  for (const message of all.values()) {
    if (message.parent === null) continue;
    const rival = newestChild.get(message.parent);
    if (rival === undefined || byAge(rival, message) < 0) newestChild.set(message.parent, message);
  }
  const followed: ChatMessage[] = [];
  const seen = new Set(pathTo(all, from).map((message) => message.id));
  for (let next = newestChild.get(from.id); next !== undefined && !seen.has(next.id); next = newestChild.get(next.id)) {
    seen.add(next.id);
    followed.push(next);
  }
  return followed;
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
