/** What a person does in chats: each is one change, strictly committed on this device when its promise resolves. */
import { bytesToHex, concatBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import {
  docIdFromBytes,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
  type DocId,
  type RunId,
  type VaultId,
} from "#crypto/ids.ts";
import { titleFromText, type Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import { isRunEnd } from "./docs/run.ts";
import { VaultError } from "./errors.ts";
import { attachmentsMax, questionBytesMax } from "./limits.ts";
import type { OpenDocs, OpenEntry } from "./openDocs.ts";
import type { Clock, Random } from "./ports.ts";
import type { Replica } from "./replicaTypes.ts";
import type { Vault } from "./vaultTypes.ts";

type Acts =
  | "createChat"
  | "ask"
  | "askAgain"
  | "answer"
  | "putAnswer"
  | "addChat"
  | "continueRun"
  | "editQuestion"
  | "stop"
  | "withdraw";

export interface ChatActions {
  readonly actions: Pick<Vault, Acts>;
  /** Goes on with an answer that ended because its host did. `null`: it is going on already. */
  continueFrom(doc: DocId, chat: Chat, run: RunId, isAutomatic: boolean): RunId | null;
  /** A new chat by this name, listed. */
  beginChat(doc: DocId, at: number): Promise<DocId>;
  /** Resolves when what `work` did is strictly committed here. */
  change(doc: DocId, work: (chat: Chat) => void): Promise<void>;
}

export interface ChatActionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: VaultId;
  readonly device: AuthorId;
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly chats: () => OpenDocs<Chat>;
  readonly isClosed: () => boolean;
  readonly onChanged: (doc: DocId) => void;
}

const encoder = new TextEncoder();

export function createChatActions(options: ChatActionsOptions): ChatActions {
  const { clock, random, device, catalog, openCatalog, chats } = options;
  const newMessageId = (): string => bytesToHex(random(16));
  const newRun = (): RunId => runIdFromBytes(random(16));

  /** Opens a chat for one piece of work, which is strictly committed when this resolves. */
  async function change<T>(doc: DocId, work: (entry: OpenEntry<Chat>) => T): Promise<T> {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    if (catalog.entry(doc) === null) throw new VaultError("unknown-doc", doc);
    const entry = await chats().retain(doc);
    try {
      if (!entry.replica.isWritable) throw new VaultError("quarantine", "chat is not writable now");
      const result = work(entry);
      await Promise.all([entry.replica.flush(), openCatalog.flush()]);
      options.onChanged(doc);
      return result;
    } finally {
      chats().release(doc);
    }
  }

  async function beginChat(id: DocId, at: number): Promise<DocId> {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    const { replica } = await chats().retain(id, { isNew: true });
    try {
      // Its key is kept before the catalog names it.
      await replica.flush();
      catalog.addChat(id, at);
      await openCatalog.flush();
      return id;
    } finally {
      chats().release(id);
    }
  }

  /** For a question that stands already. */
  function askOnce(doc: DocId, value: Chat, question: string, model: string | null): RunId {
    const [run, at] = [newRun(), clock.now()];
    value.askAgain({ run, question, answer: newMessageId(), model, device, at });
    catalog.doc.transact(() => {
      catalog.setWaiting(doc, run, true);
      catalog.touch(doc, at);
    });
    return run;
  }

  function continueFrom(doc: DocId, chat: Chat, run: RunId, isAutomatic: boolean): RunId | null {
    const last = chat.links(run).at(-1) ?? run;
    const { status } = chat.run(last);
    if (!isRunEnd(status) || status === "done") return null;
    const [next, at] = [newRun(), clock.now()];
    const asked = { run: next, answer: newMessageId(), device, at, continues: last, isAutomatic };
    if (!chat.continueRun(asked)) return null;
    catalog.setWaiting(doc, next, true);
    return next;
  }

  function requireShort(text: string, what: string): void {
    if (encoder.encode(text).length > questionBytesMax) throw new VaultError("too-long", what);
  }

  const actions: ChatActions["actions"] = {
    createChat: () => beginChat(docIdFromBytes(random(16)), clock.now()),
    ask: (doc, { text, parent, model, files = [] }) =>
      change(doc, ({ value }) => {
        if (files.length > attachmentsMax) throw new VaultError("too-many-files", String(files.length));
        requireShort(text, "question");
        const [run, question, at] = [newRun(), newMessageId(), clock.now()];
        const answer = newMessageId();
        value.ask({ run, question, answer, parent, text, files, model: model ?? null, device, at });
        catalog.doc.transact(() => {
          catalog.setWaiting(doc, run, true);
          catalog.touch(doc, at);
          if (catalog.entry(doc)?.title === "") catalog.autoTitle(doc, titleFromText(text) || (files[0]?.name ?? ""));
        });
        return { run, question };
      }),
    askAgain: (doc, run, model) =>
      change(doc, ({ value }) => {
        const request = value.request(run);
        if (request === null) throw new VaultError("unknown-doc", "no such question");
        return askOnce(doc, value, request.question, model === undefined ? request.model : model);
      }),
    answer: (doc, question, model) =>
      change(doc, ({ value }) => {
        if (value.message(question)?.role !== "user") throw new VaultError("unknown-doc", "no such question");
        return askOnce(doc, value, question, model);
      }),
    putAnswer: (doc, { text, parent }) =>
      change(doc, ({ value }) => {
        requireShort(text, "answer");
        const [id, at] = [newMessageId(), clock.now()];
        value.add([{ id, parent, role: "assistant", device, at, text }]);
        catalog.touch(doc, at);
        return id;
      }),
    addChat: async ({ from, title, titledBy, messages }) => {
      const name = concatBytes(idToBytes(options.vault), encoder.encode(from));
      const id = docIdFromBytes(hash128("sovereign/added/v1", name));
      if (catalog.entry(id) !== null) return null;
      await beginChat(id, messages[0]?.at ?? clock.now());
      await change(id, ({ value }) => {
        const ids = new Map(messages.map((message) => [message.id, newMessageId()]));
        const newId = (old: string | null): string | null => (old === null ? null : (ids.get(old) ?? null));
        value.add(
          messages.map((old) => ({ ...old, device, id: newId(old.id) ?? newMessageId(), parent: newId(old.parent) })),
        );
        const shown = title === "" ? titleFromText(messages[0]?.text ?? "") : title;
        if (titledBy === "person") catalog.rename(id, shown);
        else catalog.autoTitle(id, shown);
        const lastAt = messages.reduce((last, { at }) => Math.max(last, at), 0);
        catalog.touch(id, lastAt);
      });
      return id;
    },
    continueRun: (doc, run) => change(doc, ({ value }) => continueFrom(doc, value, run, false)),
    editQuestion: (doc, run, text) =>
      change(doc, ({ value, replica }) => {
        requireShort(text, "question");
        return replica.laneOf(run) === null && value.editQuestion(run, text);
      }),
    stop: (doc, run) =>
      change(doc, ({ value }) => {
        // What is being written is the last of an answer's runs, whichever of them the person sees.
        const last = value.links(run).at(-1) ?? run;
        value.stop(last, clock.now());
        catalog.setWaiting(doc, last, false);
      }),
    withdraw: (doc, run) =>
      change(doc, ({ value }) => {
        const last = value.links(run).at(-1) ?? run;
        value.withdraw(last, clock.now());
        catalog.setWaiting(doc, last, false);
      }),
  };
  return { actions, continueFrom, beginChat, change: (doc, work) => change(doc, ({ value }) => work(value)) };
}
