/** A vault that is open on this device, put together: the catalog, the chats, who else is there, and what is told to whom. */
import { hash128 } from "#crypto/hash.ts";
import {
  createTemporaryDocId,
  docIdFromBytes,
  idToBytes,
  isTemporaryDoc,
  type AuthorId,
  type DocId,
} from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { createLazyAttachments } from "./attachments/lazyAttachments.ts";
import { createChatActions } from "./chatActions.ts";
import { createDeviceCache } from "./deviceCache.ts";
import { createDeviceActions } from "./deviceActions.ts";
import { createCatalog } from "./docs/catalog.ts";
import { createDirectHub } from "./direct/directHub.ts";
import type { DirectLinks } from "./direct/directLinks.ts";
import { signalClearByte } from "./direct/signalClear.ts";
import { VaultError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { IdentityLock } from "./identityLock.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { createLazyRecords } from "./lazyRecords.ts";
import { inUseMs, snapshotPace } from "./limits.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createNotices } from "./notices.ts";
import { createAnswerFiler } from "./answerFiler.ts";
import { createArtifactsForModel } from "./artifactsForModel.ts";
import { createOpenArtifacts } from "./openArtifacts.ts";
import { createOpenChats } from "./openChats.ts";
import { createProjects } from "./projects.ts";
import { openForView, type OpenDocs } from "./openDocs.ts";
import { createOverlay } from "./overlay.ts";
import { noPause } from "./ports.ts";
import { openReplica } from "./replica.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import { createReceipts, receiptClearByte } from "./receipts.ts";
import { noRows } from "./rowStore.ts";
import { createReplicator } from "./replicator.ts";
import { readSealed } from "./sealedReading.ts";
import type { DocStatus } from "./status.ts";
import { createTemporaryChats, temporaryStatus } from "./temporaryChats.ts";
import { createVaultLock } from "./vaultLock.ts";
import { createVaultRecovery } from "./vaultRecovery.ts";
import type { Vault, VaultPorts } from "./vaultTypes.ts";

const LOADING: DocStatus = { phase: "loading", pending: 0, unsaved: 0, onDevices: [], setAside: [], alarm: null };
/** Nobody has it open, and its log is followed. */
const WHOLE: DocStatus = { ...LOADING, phase: "live" };

/** With keys that are kept. Resolves once the catalog is loaded; a claim that was cut off goes on by itself. */
export async function startVault(
  ports: VaultPorts,
  identity: Identity,
  lock: IdentityLock,
): Promise<{ vault: Vault; membership: Membership }> {
  const { clock, random } = ports;
  const device = identity.keys.id;
  const livePhases = new Set<DocId>();
  const heardAt = new Map<AuthorId, number>();
  let wasLive = false;
  let direct: DirectLinks | null = null;
  let isOpeningDirect = false;
  let wasCatalogLive = false;
  let isStarted = false;
  let isClosed = false;

  const records = createLazyRecords(async () => {
    const { createRecords } = await import("./records.ts");
    return createRecords({
      clock,
      keys: identity.keys,
      connection: membership.connection,
      catalog: () => catalog,
      roster: membership.roster,
      vaultKeys: membership.vaultKeys,
      isReady: () => isStarted && !isClosed && openCatalog.status().phase === "live" && openCatalog.isWritable,
      isStored: (doc) =>
        [openCatalog.status(), vault.docStatus(doc)].every(({ pending, unsaved }) => pending + unsaved === 0),
      beginChat: (doc, at) => work.beginChat(doc, at),
      change: (doc, write) => work.change(doc, write),
    });
  });
  const membership = createMembership({
    clock,
    random,
    openLink: ports.openLink,
    identity,
    keepIdentity: (grown) => lock.write(grown),
    onChange: changed,
    onLive: (lane, counter, sealed) => {
      if (isStarted) overlay.take(lane, counter, sealed);
    },
    onRecord: records.take,
    onRoster: () => {
      if (!isStarted) return;
      direct?.noteRoster();
      for (const replica of allReplicas()) replica.refreshRoster();
      chats.checkGrants();
    },
  });
  const hub = createDirectHub();
  const pause = ports.pause ?? noPause;
  const cache = createDeviceCache({
    rows: async () => (await ports.cacheRows?.()) ?? noRows,
    localKey: identity.localKey,
    random,
    pause,
    isClosed: () => isClosed,
  });
  const context: ReplicaContext = {
    clock,
    random,
    keys: identity.keys,
    localKey: identity.localKey,
    journals: ports.journals ?? indexedDbJournals,
    lifeboat: ports.lifeboat ?? null,
    connection: membership.connection,
    direct: hub,
    roster: membership.roster,
    vaultKeys: membership.vaultKeys,
    wantRoster: membership.wantRoster,
    keepRoster: membership.keepRoster,
    snapshotPace: ports.snapshotPace ?? snapshotPace,
    pause,
    makeRoom: () => void cache.remove([]).catch(() => undefined),
    whenFree: async (doc) => (isStarted ? replicator.letGo(doc) : undefined),
  };
  const vaultId = membership.roster().vault;
  const catalogId = docIdFromBytes(hash128("sovereign/catalog/v1", idToBytes(vaultId)));
  const notices = createNotices((doc) => {
    if (!isStarted) return;
    chats.notePhase(doc);
    if (doc === catalogId) {
      devices.noteSeen();
      noteDirect();
    }
    askForReceipts(doc);
  });

  // Fetched with the first tool that asks.
  const toolActions = async () => {
    const { createToolActions } = await import("./toolActions.ts");
    const termsOf = (doc: DocId) => projects.termsOf(doc);
    return createToolActions({ keys: identity.keys, catalog, projects: projects.docs, termsOf, change: work.change });
  };
  const receipts = createReceipts({
    clock,
    device,
    send: (body) => isStarted && openCatalog.tell(Uint8Array.of(receiptClearByte), body),
    onReceipt: (doc, by, counter) => {
      if (isStarted) replicaOf(doc)?.takeReceipt(by, counter);
    },
  });

  const openCatalog = await openReplica({
    doc: catalogId,
    isNew: identity.founding !== null,
    context,
    events: {
      onStatus: () => notices.docChanged(catalogId),
      onAccepted: () => {},
      onCommitted: () => noteHeld(catalogId),
      onTold: (by, body, what) => {
        heardAt.set(by, clock.now());
        if (what === receiptClearByte) receipts.take(by, body);
        else if (what === signalClearByte) direct?.take(by, body);
      },
    },
  }).catch((cause: unknown) => {
    membership.close();
    throw cause;
  });
  const catalog = createCatalog(openCatalog.yDoc);
  const devices = createDeviceActions({
    clock,
    random,
    device,
    kind: ports.kind ?? null,
    membership,
    openCatalog,
    receipts,
    heardAt,
    isClosed: () => isClosed,
  });
  const work = createChatActions({
    clock,
    random,
    vault: vaultId,
    device,
    catalog,
    openCatalog,
    chats: () => chats.docs,
    termsOf: (doc) => projects.termsOf(doc),
    artifactsFor: (doc, atHand) => shownArtifacts.prepare(doc, chats.docs.get(doc)?.value ?? null, atHand),
    isClosed: () => isClosed,
    isKnown,
    onChanged: (doc) => chats.checkGrants(doc),
  });
  const filer = createAnswerFiler({
    clock,
    device,
    catalog,
    chats: () => chats.docs,
    artifacts: () => artifacts.actions,
    isClosed: () => isClosed,
  });
  const chats = createOpenChats({
    filer,
    context,
    device,
    catalog,
    membership,
    receipts,
    onStatus: (doc) => notices.docChanged(doc),
    onCommitted: noteHeld,
    onClosed: noteClosed,
    continueRun: (doc, chat, run) => void work.continueFrom(doc, chat, run, true),
  });
  const shared = {
    context,
    catalog,
    openCatalog,
    onStatus: (doc: DocId) => notices.docChanged(doc),
    onCommitted: noteHeld,
    onClosed: noteClosed,
    isClosed: () => isClosed,
  };
  const projects = createProjects(shared);
  const artifacts = createOpenArtifacts(shared);
  const { openArtifact } = artifacts.actions;
  const shownArtifacts = createArtifactsForModel({ clock, device, catalog, openArtifact });
  const temporary = createTemporaryChats({ clock, chats: chats.docs, newId: () => createTemporaryDocId(random) });
  const overlay = createOverlay({ clock, chats: () => chats.docs.all() });
  const replicator = createReplicator({
    clock,
    catalog: {
      docs: () => [...catalog.chats(), ...catalog.projects.all(), ...catalog.artifacts.all()],
      waiting: catalog.waiting,
      observe: catalog.observe,
    },
    docs: {
      retain: (doc) => docsOf(doc).retain(doc),
      release: (doc) => docsOf(doc).release(doc),
      get: (doc) => docsOf(doc).get(doc),
      isFree: (doc) => docsOf(doc).isFree(doc),
    },
    connection: membership.connection,
    readSealed: (doc, turns) =>
      readSealed({ doc, context, ...turns, onAccepted: (run) => catalog.setWaiting(doc, run, false) }),
    isInUse: (doc) => clock.now() - (catalog.entry(doc)?.lastAt ?? 0) < inUseMs,
    onWhole: (doc, { tips, unconfirmed }) => {
      receipts.noteHeld(doc, tips);
      if (unconfirmed > 0) receipts.noteUnconfirmed(doc, unconfirmed);
      notices.docChanged(doc);
    },
    subscribeDoc: notices.subscribeDoc,
    isLive: () => membership.status().link === "live",
  });
  const files = createLazyAttachments({
    clock,
    load: async () => {
      const { createAttachments } = await import("./attachments/attachments.ts");
      return createAttachments({
        clock,
        connection: membership.connection,
        rows: (await ports.fileRows?.()) ?? noRows,
        author: () => ({
          keys: identity.keys,
          random,
          roster: membership.roster(),
          vaultKeys: membership.vaultKeys(),
        }),
        onChange: notices.changed,
      });
    },
  });

  /** Loaded once signals go through; who cannot have direct links never loads it. */
  async function openDirect(): Promise<void> {
    const openPeer = (await ports.direct?.()) ?? null;
    if (openPeer === null) return;
    const { createDirectLinks } = await import("./direct/directLinks.ts");
    if (isClosed) return;
    direct = createDirectLinks({
      clock,
      random,
      keys: identity.keys,
      vault: vaultId,
      hub,
      openPeer,
      isMember: (id) => {
        const roster = membership.roster();
        return roster.members.get(id)?.role === "device" && isActiveMember(roster, id);
      },
      tell: (signal) => openCatalog.tell(Uint8Array.of(signalClearByte), signal),
      openDoc: (doc) => {
        if (isClosed || catalog.entry(doc) === null) return;
        // Opening is all: it joins by itself, and lingers for a while.
        void chats.docs.retain(doc).then(
          () => chats.docs.release(doc),
          () => {},
        );
      },
      onChange: notices.changed,
    });
    direct.noteLinked();
  }

  /** Signals go through once the catalog is in step with the host, and its key is there to seal them. */
  function noteDirect(): void {
    const isCatalogLive = openCatalog.status().phase === "live";
    if (isCatalogLive && !wasCatalogLive) {
      direct?.noteLinked();
      // reason: without direct links there is the host's.
      if (!isOpeningDirect && ports.direct !== undefined) openDirect().catch(() => {});
      isOpeningDirect = true;
    }
    wasCatalogLive = isCatalogLive;
  }

  function isKnown(doc: DocId): boolean {
    return catalog.entry(doc) !== null || temporary.has(doc);
  }

  function allReplicas(): Replica[] {
    const open = [chats.docs, projects.docs, artifacts.docs].flatMap((docs: OpenDocs<unknown>) => docs.all());
    return [openCatalog, ...open.map(({ replica }) => replica)];
  }

  function docsOf(doc: DocId): OpenDocs<unknown> {
    if (catalog.projects.entry(doc) !== null) return projects.docs;
    return catalog.artifacts.entry(doc) === null ? chats.docs : artifacts.docs;
  }

  function replicaOf(doc: DocId): Replica | null {
    return doc === catalogId ? openCatalog : (docsOf(doc).get(doc)?.replica ?? null);
  }

  function noteHeld(doc: DocId): void {
    const replica = isStarted && !isTemporaryDoc(doc) ? replicaOf(doc) : null;
    if (replica !== null) receipts.noteHeld(doc, replica.heldOf());
  }

  function noteClosed(replica: Replica): void {
    if (!isTemporaryDoc(replica.doc)) replicator.noteClosed(replica.doc, replica.cursor, replica.mark);
    livePhases.delete(replica.doc);
  }

  /** ON3: once a link, when a doc is read to its end, those who were away are asked whether they hold it. */
  function askForReceipts(doc: DocId): void {
    const replica = isTemporaryDoc(doc) ? null : replicaOf(doc);
    if (replica === null || replica.status().phase !== "live") return void livePhases.delete(doc);
    if (livePhases.has(doc)) return;
    livePhases.add(doc);
    const { counter, by } = replica.unconfirmed();
    if (counter > 0 && by.length > 0) receipts.noteUnconfirmed(doc, counter);
  }

  function changed(): void {
    // The link may come up while the catalog is still loading.
    if (!isStarted || isClosed) return;
    const isLiveNow = membership.status().link === "live";
    if (isLiveNow && !wasLive) {
      receipts.restart();
      files.wake();
    }
    wasLive = isLiveNow;
    chats.checkGrants();
    chats.refreshQueue();
    replicator.check();
    notices.changed();
  }

  const vault: Vault = {
    ...work.actions,
    ...projects.actions,
    ...artifacts.actions,
    ...filer.actions,
    ...devices.actions,
    answerCall: async (...said) => (await toolActions()).answerCall(...said),
    openToolPolicy: async (project) => (await toolActions()).openToolPolicy(project),
    files,
    cache,
    temporary,
    id: vaultId,
    deviceId: device,
    catalog: { value: catalog, yDoc: openCatalog.yDoc, awareness: openCatalog.awareness, close: () => {} },
    lock: createVaultLock(lock, async () => {
      await vault.close();
      const { sign, box } = identity.keys;
      for (const secret of [sign.secretKey, box.secretKey, identity.localKey, ...membership.vaultKeys().values()]) {
        secret.fill(0);
      }
    }),
    recovery: createVaultRecovery(membership, random),
    openChat: async (id) => {
      if (isClosed) throw new VaultError("closed", "vault");
      if (!isKnown(id)) throw new VaultError("unknown-doc", id);
      return openForView(chats.docs, id);
    },
    decideSetAside: async (doc, author, decision) => {
      if (isClosed) throw new VaultError("closed", "vault");
      const docs = docsOf(doc);
      const { replica } = doc === catalogId ? { replica: openCatalog } : await docs.retain(doc);
      try {
        replica.decideSetAside(author, decision);
        await replica.flush();
      } finally {
        if (doc !== catalogId) docs.release(doc);
      }
    },
    status: () => {
      const docs = allReplicas().map(({ doc, status }) => temporaryStatus(doc, status()));
      const { alarms, ...rest } = membership.status();
      return {
        ...rest,
        direct: direct?.devices() ?? [],
        pending: docs.reduce((sum, { pending }) => sum + pending, files.pending().length),
        alarms: [...alarms, ...docs.flatMap(({ alarm }) => (alarm === null ? [] : [alarm]))],
      };
    },
    subscribeStatus: notices.subscribe,
    docStatus: (doc) => temporaryStatus(doc, replicaOf(doc)?.status() ?? (replicator.isWhole(doc) ? WHOLE : LOADING)),
    subscribeDocStatus: notices.subscribeDoc,
    flush: async () => {
      artifacts.settle();
      await Promise.all(allReplicas().map((replica) => replica.flush()));
    },
    leave: () => {
      artifacts.settle();
      const lasting = allReplicas().filter(({ doc }) => !isTemporaryDoc(doc));
      const rows = lasting.map((replica) => replica.uncommitted());
      ports.lifeboat?.leave(new Map(rows.filter((row) => row !== null)));
    },
    askPush: () => membership.connection.askPush(),
    setPush: async (subscription) => (await membership.connection.putPush(subscription)).kind === "ack",
    wake: () => membership.connection.wake(),
    close: async () => {
      if (isClosed) return;
      devices.stop();
      isClosed = true;
      chats.stop();
      overlay.close();
      await replicator.close();
      receipts.close();
      direct?.close();
      await filer.close();
      await chats.docs.close();
      await projects.docs.close();
      await artifacts.close();
      await openCatalog.close();
      membership.close();
      await lock.forget();
    },
  };
  isStarted = true;
  openCatalog.refreshRoster();
  noteHeld(catalogId);
  // The catalog's key is kept before a host hears of this vault.
  if (identity.founding !== null) await openCatalog.flush();
  changed();
  return { vault, membership };
}
