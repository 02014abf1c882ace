/** What devices write in a chat: questions, places for answers, what is noted of runs, and the draft. What stands where: chat.ts. */
import type { AuthorId, RunId } from "#crypto/ids.ts";
import { type Doc, Map as YMap, Text as YText } from "yjs";
import type { Attachment } from "../attachments/attachment.ts";
import { draftPieceCharsMax } from "../limits.ts";
import type { FiledPart } from "./answerArtifacts.ts";
import type { AddedMessage } from "./chat.ts";
import { readMap, readNumber, readText } from "./fields.ts";
import type { ChatRequest, Effort, RunStatus } from "./run.ts";
import type { Source } from "./sources.ts";
import { setOwnArtifacts } from "./terms.ts";
import { editText } from "./text.ts";

interface Asked {
  readonly run: RunId;
  /** Ids for the two messages, random and given by the caller. */
  readonly question: string;
  readonly answer: string;
  /** The message that this follows; `null` starts a chat, or a branch from its beginning. */
  readonly parent: string | null;
  readonly text: string;
  /** Another program that asks; left out: a person does. */
  readonly by?: string;
  /** Some of its words are not by whoever sends it: they came by a pipe, or from a template of others. */
  readonly isPiped?: boolean;
  readonly files?: readonly Attachment[];
  readonly sources?: readonly Source[];
  /** `null` leaves the choice to the host. */
  readonly model: string | null;
  /** Left out or `null`: as the model likes. */
  readonly effort?: Effort | null;
  readonly device: AuthorId;
  readonly at: number;
  /** It begins a chat that nobody has named: whoever answers may propose a title. */
  readonly wantsTitle?: boolean;
}

interface Continued extends Omit<Asked, "parent" | "text" | "question" | "model" | "effort"> {
  readonly continues: RunId;
  readonly isAutomatic: boolean;
}

export interface ChatWrites {
  /** Turns the draft into `text` by the smallest edit, so that two devices can write in it; a long paste goes in by pieces. */
  setDraft(text: string): void;
  /** A question and the place for its answer. Empties the draft when the question is what stood there. */
  ask(asked: Asked): void;
  /** Another answer to a question that stands already: a sibling. */
  askAgain(asked: Omit<Asked, "parent" | "text" | "files" | "sources">): void;
  /** Those that come earlier are there first; a long row of them goes in by pieces. */
  add(added: readonly AddedMessage[]): void;
  /** Takes a message out of sight with all that follows it; `null` brings it back. Nothing leaves the doc. */
  setDeleted(id: string, at: number | null): void;
  /** Marks a message, to be found again; `null` takes the mark away. */
  setPinned(id: string, at: number | null): void;
  /** Another run that goes on where an interrupted one stopped, or a sibling when the host cannot. `false`: it goes on already. */
  continueRun(continued: Continued): boolean;
  stop(run: RunId, at: number): void;
  withdraw(run: RunId, at: number): void;
  /** Its key is left for a host that is away; 0 takes that back. */
  markWaiting(run: RunId, until: number): void;
  /** A device saw the lane fall silent for good. */
  markInterrupted(run: RunId, at: number): void;
  /** What became of the artifacts in an answer, noted with its first run. */
  noteFiled(run: RunId, filed: readonly FiledPart[]): void;
  /** Whether models are told here how artifacts are written; `null`: as the project says. */
  setWantsArtifacts(wants: boolean | null): void;
  /** Other words for a question that no host has begun to answer; whose some of them are not stays said of it. `false`: one has, or there is none. */
  editQuestion(run: RunId, text: string, isPiped: boolean): boolean;
}

/** What decides whether something may be written. */
interface ChatFacts {
  readonly request: (run: RunId) => ChatRequest | null;
  readonly status: (run: RunId) => RunStatus;
  readonly isContinued: (run: RunId) => boolean;
}

/** What a message takes besides its words. */
const addedFieldsChars = 200;

export function createChatWrites(doc: Doc, facts: ChatFacts): ChatWrites {
  const messages = doc.getMap<unknown>("messages");
  const requests = doc.getMap<unknown>("requests");
  const draft = doc.getText("draft");

  const mark = (run: RunId, key: string, at: number): void => {
    const request = readMap(requests, run);
    if (request !== null && readNumber(request, key) === null) request.set(key, at);
  };

  const addAnswer = (asked: Omit<Asked, "parent" | "text" | "files" | "sources">): void => {
    const { run, question, answer, model, device, at, wantsTitle = false, effort = null } = asked;
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
        ...(effort === null ? [] : [["effort", effort] as const]),
        ...(wantsTitle ? [["wantsTitle", true] as const] : []),
      ]),
    );
  };

  return {
    setDraft: (text) => {
      while (doc.transact(() => editText(draft, text, draftPieceCharsMax)));
    },
    ask: (asked) =>
      doc.transact(() => {
        const { question, parent, text, by, isPiped = false, device, at } = asked;
        messages.set(
          question,
          new YMap<unknown>([
            ["parent", parent],
            ["role", "user"],
            ["device", device],
            ["at", at],
            ["text", new YText(text)],
            ...Object.entries({
              ...toFiles(asked),
              ...(by === undefined ? {} : { by }),
              ...(isPiped ? { piped: true } : {}),
            }),
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
            const message = added[next] as AddedMessage;
            const { id, text, parent, role, device, at, by = null, isPiped = false } = message;
            const isLong = text.length > draftPieceCharsMax / 4;
            const words = new YText(isLong ? "" : text);
            const who = { ...(by === null ? {} : { by }), ...(isPiped ? { piped: true } : {}) };
            const fields = { parent, role, device, at, ...toFiles(message), ...who };
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
    setPinned: (id, at) => {
      const message = readMap(messages, id);
      if (message === null || (readNumber(message, "pinnedAt") === null) === (at === null)) return;
      if (at === null) message.delete("pinnedAt");
      else message.set("pinnedAt", at);
    },
    continueRun: ({ continues, isAutomatic, ...asked }) => {
      const before = facts.request(continues);
      if (before === null || facts.isContinued(continues)) return false;
      doc.transact(() => {
        addAnswer({ ...asked, question: before.question, model: before.model, effort: before.effort });
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
    noteFiled: (run, filed) => {
      const request = readMap(requests, run);
      if (request !== null && !request.has("filed"))
        request.set(
          "filed",
          filed.map((part) => ({ ...part })),
        );
    },
    setWantsArtifacts: (wants) => setOwnArtifacts(doc, wants),
    editQuestion: (run, next, isPiped) => {
      const request = facts.request(run);
      const message = request === null ? null : readMap(messages, request.question);
      const text = message === null ? null : readText(message, "text");
      if (message === null || text === null || facts.status(run) !== "requested") return false;
      doc.transact(() => {
        editText(text, next);
        if (isPiped && message.get("piped") !== true) message.set("piped", true);
      });
      return true;
    },
  };
}

/** As they stand in the doc: nothing when there are none. */
function toFiles({ files = [], sources = [] }: Pick<AddedMessage, "files" | "sources">): {
  files?: object[];
  sources?: object[];
} {
  return {
    ...(files.length === 0 ? {} : { files: files.map((file) => ({ ...file })) }),
    ...(sources.length === 0 ? {} : { sources: sources.map((source) => ({ ...source })) }),
  };
}
