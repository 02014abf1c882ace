/** The chats that are open on this device, each with what lends its key to hosts. */
import { isTemporaryDoc, type AuthorId, type DocId, type RunId } from "#crypto/ids.ts";
import type { AcceptedRuns } from "./acceptedRuns.ts";
import type { AnswerFiler } from "./answerFiler.ts";
import type { NoteRuns } from "./lazyLookups.ts";
import type { Catalog } from "./docs/catalog.ts";
import { createChat, type Chat } from "./docs/chat.ts";
import { isRunEnd } from "./docs/run.ts";
import { createGranter, type Granter } from "./granter.ts";
import type { Membership } from "./membership.ts";
import { createOpenDocs, type OpenDocs } from "./openDocs.ts";
import type { Receipts } from "./receipts.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import { toTemporary } from "./temporaryChats.ts";

export interface OpenChats {
  readonly docs: OpenDocs<Chat>;
  /** Something changed that decides who is lent a key: the roster, a host, the link; with `doc`, in that chat alone. */
  checkGrants(doc?: DocId): void;
  notePhase(doc: DocId): void;
  /** What waits at the host changed. */
  refreshQueue(): void;
  /** Ends all work on grants; the docs are closed by themselves. */
  stop(): void;
}

export interface OpenChatsOptions {
  readonly context: ReplicaContext;
  readonly device: AuthorId;
  readonly catalog: Catalog;
  readonly membership: Membership;
  readonly receipts: Receipts;
  readonly onStatus: (doc: DocId) => void;
  readonly onCommitted: (doc: DocId) => void;
  readonly onClosed: (replica: Replica) => void;
  readonly continueRun: (doc: DocId, chat: Chat, run: RunId) => void;
  readonly filer: Pick<AnswerFiler, "opened" | "changed">;
  readonly lookups: NoteRuns;
  readonly accepted: Pick<AcceptedRuns, "note">;
}

export function createOpenChats(options: OpenChatsOptions): OpenChats {
  const { context, device, catalog, membership, receipts } = options;
  const { clock } = context;
  const granters = new Map<DocId, Granter>();

  function queueAtHost(): readonly RunId[] {
    const { host } = membership.status();
    return host?.live === true ? (host.info?.queue ?? []) : [];
  }

  const docs = createOpenDocs<Chat>({
    clock,
    contextOf: (doc) => (isTemporaryDoc(doc) ? toTemporary(context) : context),
    eventsOf: (doc) => ({
      onStatus: () => options.onStatus(doc),
      onAccepted: (run) => {
        options.accepted.note(doc, run, docs.get(doc)?.value.request(run)?.device ?? null);
        granters.get(doc)?.check();
      },
      onCommitted: () => options.onCommitted(doc),
    }),
    createValue: (replica) => {
      const chat = createChat(replica.yDoc);
      chat.setQueue(queueAtHost());
      const granter = createGranter({
        clock,
        device,
        replica,
        chat,
        lives: membership.lives,
        hosts: membership.hosts,
        mayWait: () => !isTemporaryDoc(replica.doc) && catalog.allowsWaitingGrants,
        continueRun: (run) => options.continueRun(replica.doc, chat, run),
      });
      granters.set(replica.doc, granter);
      const takeTitle = (run: RunId): void => {
        if (chat.request(run)?.wantsTitle !== true) return;
        const { title } = chat.run(run);
        if (title !== null) catalog.autoTitle(replica.doc, title);
      };
      chat.observe((change) => {
        // What is asked below is read from the document, and each word would wait for the answers.
        if (change.isBeside) return;
        // GE1: a run that has just ended.
        const isOver = [...change.runs].some((run) => replica.openGrants().has(run) && isRunEnd(chat.run(run).status));
        if (change.thread || isOver) granter.check();
        options.filer.changed(replica.doc, chat, change.runs);
        options.lookups(replica.doc, chat, change.runs);
        for (const run of change.runs) takeTitle(run);
      });
      // What was kept while nobody had it open (BG1) changes nothing now.
      const metas = [...chat.doc.share.keys()].filter((name) => name.startsWith("meta/"));
      for (const name of metas) takeTitle(name.slice("meta/".length) as RunId);
      granter.check();
      options.filer.opened(replica.doc, chat);
      options.lookups(replica.doc, chat, chat.activeRuns());
      for (const [by, counter] of receipts.of(replica.doc)) replica.takeReceipt(by, counter);
      if (!isTemporaryDoc(replica.doc)) receipts.noteHeld(replica.doc, replica.heldOf());
      return chat;
    },
    isBusy: ({ replica, value }) => {
      const { pending, unsaved } = replica.status();
      return pending + unsaved > 0 || value.pendingRuns().length + value.activeRuns().length > 0;
    },
    onClosed: ({ replica }) => {
      options.onClosed(replica);
      granters.get(replica.doc)?.close();
      granters.delete(replica.doc);
    },
  });

  const checkAll = (): void => {
    for (const granter of granters.values()) granter.check();
  };
  let mayWait = catalog.allowsWaitingGrants;
  const stopObserving = catalog.observe(() => {
    if (mayWait === catalog.allowsWaitingGrants) return;
    mayWait = catalog.allowsWaitingGrants;
    checkAll();
  });

  return {
    docs,
    checkGrants: (doc) => (doc === undefined ? checkAll() : granters.get(doc)?.check()),
    notePhase: (doc) => granters.get(doc)?.notePhase(),
    refreshQueue: () => {
      for (const { value } of docs.all()) value.setQueue(queueAtHost());
    },
    stop: () => {
      stopObserving();
      for (const granter of granters.values()) granter.close();
    },
  };
}
