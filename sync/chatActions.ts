/** What a person does in chats: each is one change, strictly committed on this device when its promise resolves. */
import { bytesToHex } from "#crypto/bytes.ts";
import { docIdFromBytes, runIdFromBytes, type AuthorId, type DocId, type RunId, type VaultId } from "#crypto/ids.ts";
import type { ShowArtifacts } from "./artifactsForModel.ts";
import { titleFromText, type Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import { replacesOthers } from "./docs/othersWords.ts";
import { type Effort, isRunEnd } from "./docs/run.ts";
import { holdsOthersTemplate } from "./docs/templates.ts";
import { type Terms, writeTerms } from "./docs/terms.ts";
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
  | "addChats"
  | "continueRun"
  | "moveChat"
  | "setLocalOnly"
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
  /** What a host is to hold to in a chat now. */
  readonly termsOf: (doc: DocId) => Promise<Terms>;
  /** What its model is to be shown of artifacts now. */
  readonly artifactsFor: (doc: DocId, atHand: readonly DocId[]) => Promise<ShowArtifacts>;
  readonly isClosed: () => boolean;
  /** It is in the catalog, or a temporary one. */
  readonly isKnown: (doc: DocId) => boolean;
  readonly onChanged: (doc: DocId) => void;
}

const encoder = new TextEncoder();

export function createChatActions(options: ChatActionsOptions): ChatActions {
  const { clock, random, device, catalog, openCatalog, chats } = options;
  const newMessageId = (): string => bytesToHex(random(16));
  const newRun = (): RunId => runIdFromBytes(random(16));
  /** Of an import or a fork: fetched with the first. */
  const addChats: Vault["addChats"] = async (added) => {
    const { createChatAdder } = await import("./addedChats.ts");
    return createChatAdder({ ...options, flushCatalog: () => openCatalog.flush(), now: () => clock.now() })(added);
  };

  /** Opens a chat for one piece of work, which is strictly committed when this resolves. */
  async function change<T>(doc: DocId, work: (entry: OpenEntry<Chat>) => T): Promise<T> {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    if (!options.isKnown(doc)) throw new VaultError("unknown-doc", doc);
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

  /** The same for what a host will answer: it finds in the chat what it is to hold to. */
  async function changeAndAsk<T>(
    doc: DocId,
    work: (entry: OpenEntry<Chat>) => T,
    atHand: readonly DocId[] = [],
  ): Promise<T> {
    const [terms, show] = await Promise.all([options.termsOf(doc), options.artifactsFor(doc, atHand)]);
    return change(doc, (entry) => {
      writeTerms(entry.value.doc, terms);
      show?.(entry.value);
      return work(entry);
    });
  }

  /** For questions that wait already. */
  async function renewTerms(doc: DocId): Promise<void> {
    if ((catalog.entry(doc)?.waiting.length ?? 0) > 0) await changeAndAsk(doc, () => {});
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
  function askOnce(
    doc: DocId,
    value: Chat,
    asked: { readonly question: string; readonly model: string | null; readonly effort: Effort | null },
  ): RunId {
    const [run, at] = [newRun(), clock.now()];
    value.askAgain({ ...asked, run, answer: newMessageId(), device, at });
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
    ask: (doc, { text, by, isPiped = false, parent, model, effort = null, files = [], sources = [], artifacts }) =>
      changeAndAsk(
        doc,
        ({ value }) => {
          if (files.length > attachmentsMax) throw new VaultError("too-many-files", String(files.length));
          requireShort(text + sources.map((source) => source.text).join(""), "question");
          const [run, question, at] = [newRun(), newMessageId(), clock.now()];
          const answer = newMessageId();
          const project = catalog.entry(doc)?.project ?? null;
          const byDefault = project === null ? "" : (catalog.projects.entry(project)?.model ?? "");
          const wantsTitle =
            parent === null && catalog.entry(doc)?.titledBy === "auto" && value.messages().length === 0;
          const isOthers = isPiped || holdsOthersTemplate(catalog.doc, text) || replacesOthers(value, parent, "user");
          const who = { isPiped: isOthers, ...(by === undefined ? {} : { by }) };
          const asked = { ...who, run, question, answer, parent, text, files, sources, device, at, wantsTitle, effort };
          value.ask({ ...asked, model: model ?? (byDefault === "" ? null : byDefault) });
          catalog.doc.transact(() => {
            catalog.setWaiting(doc, run, true);
            catalog.touch(doc, at);
            if (catalog.entry(doc)?.title === "") catalog.autoTitle(doc, titleFromText(text) || (files[0]?.name ?? ""));
          });
          return { run, question };
        },
        artifacts,
      ),
    askAgain: (doc, run, model) =>
      changeAndAsk(doc, ({ value }) => {
        const request = value.request(run);
        if (request === null) throw new VaultError("unknown-doc", "no such question");
        const { question, effort } = request;
        return askOnce(doc, value, { question, effort, model: model === undefined ? request.model : model });
      }),
    answer: (doc, question, model) =>
      changeAndAsk(doc, ({ value }) => {
        if (value.message(question)?.role !== "user") throw new VaultError("unknown-doc", "no such question");
        return askOnce(doc, value, { question, model, effort: null });
      }),
    putAnswer: (doc, { text, parent }) =>
      change(doc, ({ value }) => {
        requireShort(text, "answer");
        const [id, at] = [newMessageId(), clock.now()];
        const isPiped = replacesOthers(value, parent, "assistant");
        value.add([{ id, parent, role: "assistant", device, at, text, isPiped }]);
        catalog.touch(doc, at);
        return id;
      }),
    addChats: (added) => {
      if (options.isClosed()) return Promise.reject(new VaultError("closed", "vault"));
      return addChats(added);
    },
    moveChat: async (doc, project) => {
      if (project !== null && catalog.projects.entry(project) === null) throw new VaultError("unknown-doc", project);
      catalog.setProject(doc, project);
      await openCatalog.flush();
      await renewTerms(doc);
    },
    setLocalOnly: async (project, isLocalOnly) => {
      catalog.projects.change(project, { isLocalOnly });
      await openCatalog.flush();
      for (const chat of catalog.chats()) if (chat.project === project) await renewTerms(chat.id);
    },
    continueRun: (doc, run) => changeAndAsk(doc, ({ value }) => continueFrom(doc, value, run, false)),
    editQuestion: (doc, run, text) =>
      change(doc, ({ value, replica }) => {
        requireShort(text, "question");
        return replica.laneOf(run) === null && value.editQuestion(run, text, holdsOthersTemplate(catalog.doc, text));
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
