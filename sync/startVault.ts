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
import { createAcceptedRuns } from "./acceptedRuns.ts";
import { createLazyAttachments } from "./attachments/lazyAttachments.ts";
import { createChatActions } from "./chatActions.ts";
import { createClosedDocs } from "./closedDocs.ts";
import { createDeviceCache } from "./deviceCache.ts";
import { createDeviceActions } from "./deviceActions.ts";
import { createCatalog } from "./docs/catalog.ts";
import { createDocTable } from "./docTable.ts";
import { createDirectHub } from "./direct/directHub.ts";
import { createLazyDirect } from "./direct/lazyDirect.ts";
import { signalClearByte } from "./direct/signalClear.ts";
import { VaultError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { IdentityLock } from "./identityLock.ts";
import { createLazyArtifactsForModel } from "./lazyArtifactsForModel.ts";
import { createLazyDestroying } from "./lazyDestroying.ts";
import { createLazyLookups } from "./lazyLookups.ts";
import { createLazyRecords } from "./lazyRecords.ts";
import { startLazyRetention } from "./lazyRetention.ts";
import { createLazyToolActions } from "./lazyToolActions.ts";
import { inUseMs } from "./limits.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createNotices } from "./notices.ts";
import { createAnswerFiler } from "./answerFiler.ts";
import { createOpenArtifacts } from "./openArtifacts.ts";
import { createOpenChats } from "./openChats.ts";
import { createProjects } from "./projects.ts";
import { createOverlay } from "./overlay.ts";
import { noPause } from "./ports.ts";
import { openReplica } from "./replica.ts";
import { createReplicaContext } from "./replicaContext.ts";
import { otherDevices } from "./replicaStatus.ts";
import type { Replica } from "./replicaTypes.ts";
import { receiptClearByte } from "./receipts.ts";
import { noRows } from "./rowStore.ts";
import { createReplicator } from "./replicator.ts";
import { readSealed } from "./sealedReading.ts";
import { createTemporaryChats } from "./temporaryChats.ts";
import { createVaultHandle } from "./vaultHandle.ts";
import { createVaultReceipts } from "./vaultReceipts.ts";
import type { Vault, VaultPorts } from "./vaultTypes.ts";

/** With keys that are kept. Resolves once the catalog is loaded; a claim that was cut off goes on by itself. */
export async function startVault(
  ports: VaultPorts,
  identity: Identity,
  lock: IdentityLock,
): Promise<{ vault: Vault; membership: Membership }> {
  const { clock, random } = ports;
  const device = identity.keys.id;
  const heardAt = new Map<AuthorId, number>();
  let wasLive = false;
  let isStarted = false;
  let isClosed = false;

  const records = createLazyRecords(() => ({
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
  }));
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
      direct.noteRoster();
      for (const replica of table.replicas()) replica.refreshRoster();
      chats.checkGrants();
    },
  });
  const hub = createDirectHub();
  const cache = createDeviceCache({
    rows: async () => (await ports.cacheRows?.()) ?? noRows,
    localKey: identity.localKey,
    random,
    pause: ports.pause ?? noPause,
    isClosed: () => isClosed,
  });
  const context = createReplicaContext(ports, {
    identity,
    membership,
    direct: hub,
    cache,
    whenFree: async (doc) => {
      if (!isStarted) return;
      if (catalog.destroyed.has(doc)) throw new VaultError("unknown-doc", doc);
      await replicator.letGo(doc);
    },
  });
  const vaultId = membership.roster().vault;
  const catalogId = docIdFromBytes(hash128("sovereign/catalog/v1", idToBytes(vaultId)));
  const notices = createNotices((doc) => {
    if (!isStarted) return;
    chats.notePhase(doc);
    if (doc === catalogId) {
      devices.noteSeen();
      direct.noteCatalog();
    }
    told.noteStatus(doc);
  });

  const replicaOf = (doc: DocId): Replica | null => (isStarted ? table.replicaOf(doc) : null);
  const receipts = createVaultReceipts({
    ...{ clock, device, cache, replicaOf },
    send: (body) => isStarted && openCatalog.tell(Uint8Array.of(receiptClearByte), body),
    isKnown: (doc) => doc === catalogId || (isStarted && table.isKnown(doc)),
    others: () => otherDevices({ roster: membership.roster(), device }),
  });
  const told = receipts.notes;

  const openCatalog = await openReplica({
    doc: catalogId,
    isNew: identity.founding !== null,
    context,
    events: {
      onStatus: () => notices.docChanged(catalogId),
      onAccepted: () => {},
      onCommitted: () => told.noteHeld(catalogId),
      onTold: (by, body, what) => {
        heardAt.set(by, clock.now());
        if (what === receiptClearByte) receipts.take(by, body);
        else if (what === signalClearByte && isStarted) direct.take(by, body);
        receipts.noteThere(by);
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
    directTo: () => (isStarted ? direct.devices() : []),
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
    isKnown: (doc) => table.isKnown(doc),
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
  const { lookUp } = ports;
  const lookups =
    lookUp === undefined
      ? () => {}
      : createLazyLookups({
          clock,
          device,
          roster: membership.roster,
          lookUp: (asked) => lookUp(vault, asked),
          change: work.change,
          isClosed: () => isClosed,
        });
  const accepted = createAcceptedRuns({ clock, random, device, catalog });
  const chats = createOpenChats({
    accepted,
    filer,
    lookups,
    context,
    device,
    catalog,
    membership,
    receipts,
    onStatus: (doc) => notices.docChanged(doc),
    onCommitted: told.noteHeld,
    onClosed: noteClosed,
    continueRun: (doc, chat, run) => void work.continueFrom(doc, chat, run, true),
  });
  const shared = {
    context,
    catalog,
    openCatalog,
    onStatus: (doc: DocId) => notices.docChanged(doc),
    onCommitted: told.noteHeld,
    onClosed: noteClosed,
    isClosed: () => isClosed,
  };
  const projects = createProjects(shared);
  const artifacts = createOpenArtifacts(shared);
  const tools = createLazyToolActions({
    keys: identity.keys,
    catalog,
    projects: projects.docs,
    chats: chats.docs,
    ledger: { clock, vault: vaultId, roster: membership.roster, connection: () => membership.connection },
    termsOf: projects.termsOf,
    change: work.change,
  });
  const shownArtifacts = createLazyArtifactsForModel({ clock, device, catalog, ...artifacts.actions });
  const temporary = createTemporaryChats({ clock, chats: chats.docs, newId: () => createTemporaryDocId(random) });
  const table = createDocTable({ catalog, openCatalog, chats, projects, artifacts, temporary });
  const overlay = createOverlay({ clock, chats: () => chats.docs.all() });
  const direct = createLazyDirect({
    clock,
    random,
    keys: identity.keys,
    vault: vaultId,
    hub,
    load: ports.direct ?? null,
    roster: membership.roster,
    openCatalog,
    chats: chats.docs,
    isListed: (doc) => catalog.entry(doc) !== null,
    isClosed: () => isClosed,
    onChange: notices.changed,
  });
  const replicator = createReplicator({
    clock,
    catalog: {
      docs: () => [...catalog.chats(), ...catalog.projects.all(), ...catalog.artifacts.all()],
      isDestroyed: catalog.destroyed.has,
      waiting: catalog.waiting,
      observe: catalog.observe,
    },
    docs: table.docs,
    connection: membership.connection,
    readSealed: (doc, turns) =>
      readSealed({ doc, context, ...turns, onAccepted: (run) => accepted.note(doc, run, null) }),
    isInUse: (doc) => clock.now() - (catalog.entry(doc)?.lastAt ?? 0) < inUseMs,
    onWhole: (doc, whole) => {
      told.noteWhole(doc, whole);
      closedDocs.noteWhole(doc);
      notices.docChanged(doc);
    },
    onCurrent: notices.docChanged,
    subscribeDoc: notices.subscribeDoc,
    isLive: () => membership.status().link === "live",
  });
  const closedDocs = createClosedDocs({ isWhole: replicator.isWhole, holdersOf: receipts.holdersOf });
  const files = createLazyAttachments({
    clock,
    connection: membership.connection,
    rows: async () => (await ports.fileRows?.()) ?? noRows,
    author: () => ({ keys: identity.keys, random, roster: membership.roster(), vaultKeys: membership.vaultKeys() }),
    onChange: notices.changed,
  });

  const destroying = createLazyDestroying({
    context,
    catalog,
    openCatalog,
    chats: chats.docs,
    projects: projects.docs,
    artifacts: artifacts.docs,
    connection: membership.connection,
    cache,
    files,
    isWhole: replicator.isWhole,
    letGo: replicator.forget,
    onGone: closedDocs.forget,
    addChats: work.actions.addChats,
    onUnkept: notices.changed,
    isClosed: () => isClosed,
  });

  const retention = startLazyRetention({
    clock,
    catalog,
    isReady: () => {
      const { link, host, alarms } = membership.status();
      const isRead = isStarted && openCatalog.status().phase === "live" && openCatalog.isWritable;
      return isRead && link === "live" && host?.live === true && !alarms.some(({ code }) => code === "CLOCK");
    },
    destroyChats: destroying.destroyChats,
  });

  function noteClosed(replica: Replica): void {
    const { doc, cursor, mark } = replica;
    told.noteClosed(doc);
    if (isTemporaryDoc(doc) || catalog.destroyed.has(doc)) return;
    const status = replica.status();
    closedDocs.note(doc, status);
    replicator.noteClosed(doc, { cursor, mark, isLive: status.phase === "live" });
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
    destroying.check();
    notices.changed();
  }

  const vault = createVaultHandle({
    ports,
    identity,
    lock,
    membership,
    catalog,
    openCatalog,
    table,
    chats,
    projects,
    artifacts,
    filer,
    devices,
    actions: work.actions,
    destroying,
    tools,
    files,
    cache,
    temporary,
    direct,
    notices,
    closedDocs,
    isClosed: () => isClosed,
    close: async () => {
      if (isClosed) return;
      // Sealed while there is a key to seal it under.
      const remembered = receipts.keep();
      devices.stop();
      retention.stop();
      isClosed = true;
      accepted.close();
      chats.stop();
      overlay.close();
      await replicator.close();
      receipts.close();
      await remembered;
      direct.close();
      await filer.close();
      await chats.docs.close();
      await projects.docs.close();
      await artifacts.close();
      await openCatalog.close();
      membership.close();
      await lock.forget();
    },
  });
  isStarted = true;
  openCatalog.refreshRoster();
  told.noteHeld(catalogId);
  // The catalog's key is kept before a host hears of this vault.
  if (identity.founding !== null) await openCatalog.flush();
  changed();
  return { vault, membership };
}
