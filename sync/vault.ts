/** The façade that a face is built on: everything one owner can decrypt, on this device, online or not. Wiring only. */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { bytesToHex } from "#crypto/bytes.ts";
import type { ClaimLink } from "#crypto/claim.ts";
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
import type { LockSlot } from "#crypto/lockForm.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import type { JoinRequest } from "#crypto/pairing.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { createAddDevice, createRemove, openMemberName } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { createChatAdder, type AddedChat } from "./addedChats.ts";
import { listDevices, type DeviceInfo } from "./deviceList.ts";
import type { Attachment } from "./attachments/attachment.ts";
import type { Attachments } from "./attachments/attachments.ts";
import { createLazyAttachments } from "./attachments/lazyAttachments.ts";
import { createCatalog, titleFromText, type Catalog } from "./docs/catalog.ts";
import { createChat, type Chat } from "./docs/chat.ts";
import { createDeviceCards, type DeviceKind } from "./docs/devices.ts";
import { isRunEnd } from "./docs/run.ts";
import { VaultError } from "./errors.ts";
import { createGranter, type Granter } from "./granter.ts";
import { createIdentity, type Identity } from "./identity.ts";
import { keepIdentity, openIdentity, type IdentityLock } from "./identityLock.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import type { JournalStore } from "./journalStore.ts";
import type { Lifeboat } from "./lifeboat.ts";
import {
  attachmentsMax,
  foundingTimeoutMs,
  questionBytesMax,
  seenEveryMs,
  snapshotPace,
  type SnapshotPace,
} from "./limits.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createPairingOffers, type PairingOffer } from "./pairingOffer.ts";
import { createOpenDocs, type OpenEntry } from "./openDocs.ts";
import { createOverlay } from "./overlay.ts";
import type { Clock, IdentityStore, OpenLink, Random } from "./ports.ts";
import { openReplica } from "./replica.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import { createReceipts, receiptClearByte } from "./receipts.ts";
import { noRows, type RowStore } from "./rowStore.ts";
import { createReplicator } from "./replicator.ts";
import type { DocStatus, VaultStatus } from "./status.ts";
import { createVaultLock, type VaultLock } from "./vaultLock.ts";
import { createVaultRecovery, type VaultRecovery } from "./vaultRecovery.ts";

export interface VaultPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
  readonly identity: IdentityStore;
  /** Where journals lie; left out, in the browser's IndexedDB. */
  readonly journals?: JournalStore;
  /** What sort of machine this is, for the list of devices. */
  readonly kind?: DeviceKind;
  /** Where the platform aborts what a page was storing when it went. */
  readonly lifeboat?: Lifeboat;
  /** Where files of messages lie, sealed; left out, this device attaches none and keeps none. */
  readonly fileRows?: () => Promise<RowStore>;
  /** Left out, the one of limits.ts. */
  readonly snapshotPace?: SnapshotPace;
}

/** A doc in memory. Close it when it leaves the screen; it stays in the journal, and open for as long as something is under way. */
export interface OpenDoc<T> {
  readonly value: T;
  readonly yDoc: Y.Doc;
  readonly awareness: Awareness;
  close(): void;
}

export interface Question {
  readonly text: string;
  /** The message it follows; `null` opens the chat. */
  readonly parent: string | null;
  /** One of the host's models; left out, its default. */
  readonly model?: string;
  /** From `vault.files.keep`. */
  readonly files?: readonly Attachment[];
}

/** Every promise rejects with `VaultError` when it cannot keep what it says. */
export interface Vault {
  readonly id: VaultId;
  readonly deviceId: AuthorId;
  readonly catalog: OpenDoc<Catalog>;
  readonly files: Attachments;
  readonly lock: VaultLock;
  readonly recovery: VaultRecovery;
  /** Resolves once the journal is loaded, with or without a host. */
  openChat(id: DocId): Promise<OpenDoc<Chat>>;
  createChat(): Promise<DocId>;
  /** Resolves when the question is strictly committed on this device; it is answered whenever a host comes. */
  ask(chat: DocId, question: Question): Promise<{ readonly run: RunId; readonly question: string }>;
  /** Another answer to the same question, beside the first; by the same model, unless another is named (`null`: the host's default). */
  askAgain(chat: DocId, run: RunId, model?: string | null): Promise<RunId>;
  /** The same for a question whose answers were put there by a person. */
  answer(chat: DocId, question: string, model: string | null): Promise<RunId>;
  /** What a person put in the place of an answer, as another version of it. Resolves with its id. */
  putAnswer(chat: DocId, answer: { readonly text: string; readonly parent: string | null }): Promise<string>;
  /**
   * Chats with messages that were written elsewhere: in another chat, or in an export. `null`: this one was added before. Those that
   * could be added are, when it rejects for another.
   */
  addChats(added: readonly AddedChat[]): Promise<readonly (DocId | null)[]>;
  /**
   * Goes on with an answer that was interrupted or stopped, from where it ended. A host that cannot do that answers anew, beside
   * it. `null`: it is going on already.
   */
  continueRun(chat: DocId, run: RunId): Promise<RunId | null>;
  /** Other words for a question that waits. `false`: a host has begun to answer it. */
  editQuestion(chat: DocId, run: RunId, text: string): Promise<boolean>;
  stop(chat: DocId, run: RunId): Promise<void>;
  /** Takes back a question that no host has begun to answer. */
  withdraw(chat: DocId, run: RunId): Promise<void>;
  /**
   * Shows a code to let a new device in; `origin` is where that one reaches the host, as in "http://localhost:4242". One at a time: another
   * one ends the first. Throws `VaultError("no-host")` when the host cannot be reached now.
   */
  pair(origin: string): PairingOffer;
  /** Devices and hosts of the vault, this one marked. Read it again when `subscribeStatus` or the catalog's observer calls. */
  devices(): readonly DeviceInfo[];
  /** Also of one that was removed; `null` when nobody named it. */
  nameOf(id: AuthorId): string | null;
  /** For all devices to see. Resolves when it is strictly committed here. */
  renameDevice(id: AuthorId, name: string): Promise<void>;
  /** Lets a device in whose keys its owner has compared. Resolves when the roster lists it. */
  addDevice(request: JoinRequest): Promise<void>;
  /** It gets no key of what is written from now on, and nothing more of it is taken in. Resolves when the roster says so. */
  removeDevice(id: AuthorId): Promise<void>;
  /** What a removed device wrote too late (`DocStatus.setAside`): taken over as this device's own words, or let go. */
  decideSetAside(doc: DocId, author: AuthorId, decision: "take" | "discard"): Promise<void>;
  status(): VaultStatus;
  subscribeStatus(listener: () => void): () => void;
  docStatus(doc: DocId): DocStatus;
  subscribeDocStatus(doc: DocId, listener: () => void): () => void;
  /** Resolves when everything typed so far is strictly committed on this device. */
  flush(): Promise<void>;
  /** For `pagehide`, after which nothing may run: hands over in this turn what `flush` would wait for. */
  leave(): void;
  /** Tries the host at once: the network is back, or the page is visible again. */
  wake(): void;
  /** Flushes, then lets go of storage and link. Another tab may open the vault only after this has resolved. */
  close(): Promise<void>;
}

export type OpenVaultResult =
  | { readonly kind: "open"; readonly vault: Vault }
  | { readonly kind: "none" }
  | LockedVault;

/** The owner is to be asked for one of these. */
export interface LockedVault {
  readonly kind: "locked";
  readonly slots: readonly LockSlot[];
  /** Rejects with `VaultError("wrong-secret")`, after what a guess costs. */
  unlock(key: SlotKey): Promise<Vault>;
}

const encoder = new TextEncoder();
const LOADING: DocStatus = { phase: "loading", pending: 0, unsaved: 0, onDevices: [], setAside: [], alarm: null };

/** The vault of this device; works without a host. A claim that was cut off goes on by itself. */
export async function openVault(ports: VaultPorts): Promise<OpenVaultResult> {
  await sodiumReady;
  const opening = await openIdentity(ports.identity, ports.random);
  if (opening.kind === "none") return opening;
  if (opening.kind === "open") {
    const { vault } = await startVault(ports, opening.identity, opening.lock);
    return { kind: "open", vault };
  }
  return {
    ...opening,
    unlock: async (key) => {
      const opened = await openIdentity(ports.identity, ports.random, key);
      if (opened.kind !== "open") throw new VaultError("locked", "identity is gone");
      return (await startVault(ports, opened.identity, opened.lock)).vault;
    },
  };
}

/** Keeps the keys, then claims the host that the link names, and lists it. */
export async function createVault(
  ports: VaultPorts,
  options: { readonly claim: ClaimLink; readonly deviceName: string },
): Promise<Vault> {
  await sodiumReady;
  const { seed, fingerprint } = options.claim;
  if (seed === null) throw new VaultError("claim-missing", "link without a claim");
  const opening = await openIdentity(ports.identity, ports.random);
  if (opening.kind === "locked") throw new VaultError("locked", "this device has a vault, which is locked");
  const held = opening.kind === "open" ? opening.identity : null;
  // A first try that was cut off may already have reached the host: its keys must be the ones that go on.
  const identity =
    held === null
      ? createIdentity({ seed, fingerprint }, options.deviceName, ports.random)
      : held.founding === null
        ? held
        : { ...held, founding: { seed, fingerprint } };
  const lock = opening.kind === "open" ? opening.lock : await keepIdentity(ports.identity, identity, ports.random);
  if (opening.kind === "open" && identity !== held) await lock.write(identity);
  const { vault, membership } = await startVault(ports, identity, lock);
  try {
    await withTimeout(membership.founded, ports.clock, foundingTimeoutMs);
    return vault;
  } catch (cause) {
    await vault.close();
    const isOurs = cause instanceof VaultError && (cause.code === "claim-used" || cause.code === "wrong-host");
    if (isOurs || !membership.mayBeClaimed) await ports.identity.clear();
    throw cause;
  }
}

async function startVault(
  ports: VaultPorts,
  identity: Identity,
  lock: IdentityLock,
): Promise<{ vault: Vault; membership: Membership }> {
  const { clock, random } = ports;
  const statusListeners = new Set<() => void>();
  const docListeners = new Map<DocId, Set<() => void>>();
  const granters = new Map<DocId, Granter>();
  const changedDocs = new Set<DocId>();
  const livePhases = new Set<DocId>();
  const heardAt = new Map<AuthorId, number>();
  let wasLive = false;
  let isNotifying = false;
  let isStarted = false;
  let isClosed = false;

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
    onRoster: () => {
      if (!isStarted) return;
      for (const replica of allReplicas()) replica.refreshRoster();
      for (const granter of granters.values()) granter.check();
    },
  });
  const context: ReplicaContext = {
    clock,
    random,
    keys: identity.keys,
    localKey: identity.localKey,
    journals: ports.journals ?? indexedDbJournals,
    lifeboat: ports.lifeboat ?? null,
    connection: membership.connection,
    roster: membership.roster,
    vaultKeys: membership.vaultKeys,
    wantRoster: membership.wantRoster,
    snapshotPace: ports.snapshotPace ?? snapshotPace,
  };
  const vaultId = membership.roster().vault;
  const catalogId = docIdFromBytes(hash128("sovereign/catalog/v1", idToBytes(vaultId)));

  const receipts = createReceipts({
    clock,
    device: identity.keys.id,
    send: (body) => isStarted && openCatalog.tell(Uint8Array.of(receiptClearByte), body),
    onReceipt: (doc, by, counter) => {
      if (isStarted)
        allReplicas()
          .find((replica) => replica.doc === doc)
          ?.takeReceipt(by, counter);
    },
  });

  const openCatalog = await openReplica({
    doc: catalogId,
    isNew: identity.founding !== null,
    context,
    events: {
      onStatus: () => docChanged(catalogId),
      onAccepted: () => {},
      onCommitted: () => noteHeld(catalogId),
      onTold: (by, body) => {
        heardAt.set(by, clock.now());
        receipts.take(by, body);
      },
    },
  }).catch((cause: unknown) => {
    membership.close();
    throw cause;
  });
  const catalog = createCatalog(openCatalog.yDoc);
  const cards = createDeviceCards(openCatalog.yDoc);

  const chats = createOpenDocs<Chat>({
    clock,
    context,
    eventsOf: (doc) => ({
      onStatus: () => docChanged(doc),
      onAccepted: (run) => {
        catalog.setWaiting(doc, run, false);
        granters.get(doc)?.check();
      },
      onCommitted: () => noteHeld(doc),
    }),
    createValue: (replica) => {
      const chat = createChat(replica.yDoc);
      chat.setQueue(queueAtHost());
      const granter = createGranter({
        clock,
        device: identity.keys.id,
        replica,
        chat,
        lives: membership.lives,
        hosts: membership.hosts,
        mayWait: () => catalog.allowsWaitingGrants,
        continueRun: (run) => void continueFrom(replica.doc, chat, run, true),
      });
      granters.set(replica.doc, granter);
      chat.observe((change) => {
        // GE1: a run that has just ended.
        const isOver = [...change.runs].some((run) => replica.openGrants().has(run) && isRunEnd(chat.run(run).status));
        if (change.thread || isOver) granter.check();
      });
      granter.check();
      for (const [by, counter] of receipts.of(replica.doc)) replica.takeReceipt(by, counter);
      receipts.noteHeld(replica.doc, replica.heldOf());
      return chat;
    },
    isBusy: ({ replica, value }) => {
      const { pending, unsaved } = replica.status();
      return pending + unsaved > 0 || value.pendingRuns().length + value.activeRuns().length > 0;
    },
    onClosed: ({ replica }) => {
      replicator.noteClosed(replica.doc, replica.cursor, replica.mark);
      livePhases.delete(replica.doc);
      granters.get(replica.doc)?.close();
      granters.delete(replica.doc);
    },
  });
  let mayWait = catalog.allowsWaitingGrants;
  const stopObserving = catalog.observe(() => {
    if (mayWait === catalog.allowsWaitingGrants) return;
    mayWait = catalog.allowsWaitingGrants;
    for (const granter of granters.values()) granter.check();
  });
  const overlay = createOverlay({ clock, chats: () => chats.all() });
  const replicator = createReplicator({
    clock,
    catalog,
    chats,
    connection: membership.connection,
    isLive: () => membership.status().link === "live",
  });

  function allReplicas(): Replica[] {
    return [openCatalog, ...chats.all().map(({ replica }) => replica)];
  }

  function replicaOf(doc: DocId): Replica | null {
    return doc === catalogId ? openCatalog : (chats.get(doc)?.replica ?? null);
  }

  function noteHeld(doc: DocId): void {
    const replica = isStarted ? replicaOf(doc) : null;
    if (replica !== null) receipts.noteHeld(doc, replica.heldOf());
  }

  /** ON3: once a link, when a doc is read to its end, those who were away are asked whether they hold it. */
  function askForReceipts(doc: DocId): void {
    const replica = isStarted ? replicaOf(doc) : null;
    if (replica === null || replica.status().phase !== "live") return void livePhases.delete(doc);
    if (livePhases.has(doc)) return;
    livePhases.add(doc);
    const { counter, by } = replica.unconfirmed();
    if (counter > 0 && by.length > 0) receipts.noteUnconfirmed(doc, counter);
  }

  /** DV2: now and then, and only where another device could read it. */
  function noteSeen(): void {
    if (!isStarted || isClosed || openCatalog.status().phase !== "live") return;
    const roster = membership.roster();
    const isAlone = ![...roster.members.values()].some(
      ({ id, role }) => role === "device" && id !== identity.keys.id && isActiveMember(roster, id),
    );
    const { seenAt } = cards.card(identity.keys.id);
    if (isAlone || !openCatalog.isWritable || clock.now() - (seenAt ?? 0) < seenEveryMs) return;
    cards.noteSeen(identity.keys.id, ports.kind ?? null, clock.now());
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
    for (const granter of granters.values()) granter.check();
    for (const { value } of chats.all()) value.setQueue(queueAtHost());
    replicator.check();
    notifySoon();
  }

  function queueAtHost(): readonly RunId[] {
    const { host } = membership.status();
    return host?.live === true ? (host.info?.queue ?? []) : [];
  }

  function docChanged(doc: DocId): void {
    changedDocs.add(doc);
    notifySoon();
  }

  /** Once for all that happens in one turn: a page of a log is many changes. */
  function notifySoon(): void {
    if (isNotifying) return;
    isNotifying = true;
    queueMicrotask(() => {
      isNotifying = false;
      const docs = [...changedDocs];
      changedDocs.clear();
      for (const doc of docs) {
        granters.get(doc)?.notePhase();
        if (doc === catalogId) noteSeen();
        askForReceipts(doc);
        for (const listener of docListeners.get(doc) ?? []) listener();
      }
      for (const listener of statusListeners) listener();
    });
  }

  /** Opens a chat for one piece of work, which is strictly committed when this resolves. */
  async function change<T>(doc: DocId, work: (entry: OpenEntry<Chat>) => T): Promise<T> {
    if (isClosed) throw new VaultError("closed", "vault");
    if (catalog.entry(doc) === null) throw new VaultError("unknown-doc", doc);
    const entry = await chats.retain(doc);
    try {
      if (!entry.replica.isWritable) throw new VaultError("quarantine", "chat is not writable now");
      const result = work(entry);
      await Promise.all([entry.replica.flush(), openCatalog.flush()]);
      granters.get(doc)?.check();
      return result;
    } finally {
      chats.release(doc);
    }
  }

  const offers = createPairingOffers({
    clock,
    random,
    membership,
    deviceName: () => vault.devices().find(({ isThis }) => isThis)?.name ?? "",
    admit: (request) => vault.addDevice(request),
  });
  const newMessageId = (): string => bytesToHex(random(16));
  const newRun = (): RunId => runIdFromBytes(random(16));
  const addChats = createChatAdder({
    vault: vaultId,
    device: identity.keys.id,
    catalog,
    chats,
    flushCatalog: () => openCatalog.flush(),
    now: () => clock.now(),
  });

  async function beginChat(id: DocId, at: number): Promise<DocId> {
    if (isClosed) throw new VaultError("closed", "vault");
    const { replica } = await chats.retain(id, { isNew: true });
    try {
      // Its key is kept before the catalog names it.
      await replica.flush();
      catalog.addChat(id, at);
      await openCatalog.flush();
      return id;
    } finally {
      chats.release(id);
    }
  }

  /** For a question that stands already. */
  function askOnce(doc: DocId, value: Chat, question: string, model: string | null): RunId {
    const [run, at] = [newRun(), clock.now()];
    value.askAgain({ run, question, answer: newMessageId(), model, device: identity.keys.id, at });
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
    const asked = { run: next, answer: newMessageId(), device: identity.keys.id, at, continues: last, isAutomatic };
    if (!chat.continueRun(asked)) return null;
    catalog.setWaiting(doc, next, true);
    return next;
  }

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
        onChange: notifySoon,
      });
    },
  });

  const vault: Vault = {
    files,
    id: vaultId,
    deviceId: identity.keys.id,
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
      if (catalog.entry(id) === null) throw new VaultError("unknown-doc", id);
      const { replica, value } = await chats.retain(id);
      let isOpen = true;
      return {
        value,
        yDoc: replica.yDoc,
        awareness: replica.awareness,
        close: () => {
          if (isOpen) chats.release(id);
          isOpen = false;
        },
      };
    },
    createChat: () => beginChat(docIdFromBytes(random(16)), clock.now()),
    ask: (doc, { text, parent, model, files = [] }) =>
      change(doc, ({ value }) => {
        if (files.length > attachmentsMax) throw new VaultError("too-many-files", String(files.length));
        if (encoder.encode(text).length > questionBytesMax) throw new VaultError("too-long", "question");
        const [run, question, at] = [newRun(), newMessageId(), clock.now()];
        const asked = {
          run,
          question,
          answer: newMessageId(),
          parent,
          text,
          files,
          model: model ?? null,
          device: identity.keys.id,
          at,
        };
        value.ask(asked);
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
        if (encoder.encode(text).length > questionBytesMax) throw new VaultError("too-long", "answer");
        const [id, at] = [newMessageId(), clock.now()];
        value.add([{ id, parent, role: "assistant", device: identity.keys.id, at, text }]);
        catalog.touch(doc, at);
        return id;
      }),
    addChats: async (added) => {
      if (isClosed) throw new VaultError("closed", "vault");
      return addChats(added);
    },
    continueRun: (doc, run) => change(doc, ({ value }) => continueFrom(doc, value, run, false)),
    editQuestion: (doc, run, text) =>
      change(doc, ({ value, replica }) => {
        if (encoder.encode(text).length > questionBytesMax) throw new VaultError("too-long", "question");
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
    pair: (origin) => {
      if (isClosed) throw new VaultError("closed", "vault");
      return offers.show(origin);
    },
    devices: () =>
      listDevices({
        roster: membership.roster(),
        vaultKeys: membership.vaultKeys(),
        here: identity.keys.id,
        nowMs: clock.now(),
        cards,
        receipts,
        heardAt,
        liveHosts: membership.lives().map(({ host }) => host),
      }),
    nameOf: (id) => {
      const member = membership.roster().members.get(id);
      return cards.card(id).name ?? (member === undefined ? null : openMemberName(member, membership.vaultKeys()));
    },
    renameDevice: async (id, name) => {
      if (isClosed) throw new VaultError("closed", "vault");
      if (!vault.devices().some((device) => device.id === id)) throw new VaultError("unknown-device", id);
      cards.rename(id, name);
      await openCatalog.flush();
    },
    addDevice: ({ device, joinSignature, name }) =>
      membership.change((on) => createAddDevice({ ...on, device, joinSignature, name })),
    removeDevice: (id) =>
      membership.change((on) => {
        const member = on.roster.members.get(id);
        if (id === identity.keys.id || member?.role !== "device") throw new VaultError("unknown-device", id);
        if (member.removedSeq !== null) return null;
        return createRemove({ ...on, member: id, newVaultKey: createVaultKey(random) });
      }),
    decideSetAside: async (doc, author, decision) => {
      if (isClosed) throw new VaultError("closed", "vault");
      const { replica } = doc === catalogId ? { replica: openCatalog } : await chats.retain(doc);
      try {
        replica.decideSetAside(author, decision);
        await replica.flush();
      } finally {
        if (doc !== catalogId) chats.release(doc);
      }
    },
    status: () => {
      const docs = allReplicas().map((replica) => replica.status());
      const { alarms, ...rest } = membership.status();
      return {
        ...rest,
        pending: docs.reduce((sum, { pending }) => sum + pending, files.pending().length),
        alarms: [...alarms, ...docs.flatMap(({ alarm }) => (alarm === null ? [] : [alarm]))],
      };
    },
    subscribeStatus: (listener) => subscribe(statusListeners, listener),
    docStatus: (doc) => replicaOf(doc)?.status() ?? LOADING,
    subscribeDocStatus: (doc, listener) => {
      const listeners = docListeners.get(doc) ?? new Set();
      docListeners.set(doc, listeners);
      return subscribe(listeners, listener);
    },
    flush: async () => {
      await Promise.all(allReplicas().map((replica) => replica.flush()));
    },
    leave: () => {
      const rows = allReplicas().map((replica) => replica.uncommitted());
      ports.lifeboat?.leave(new Map(rows.filter((row) => row !== null)));
    },
    wake: () => membership.connection.wake(),
    close: async () => {
      if (isClosed) return;
      offers.close();
      isClosed = true;
      stopObserving();
      overlay.close();
      replicator.close();
      receipts.close();
      for (const granter of granters.values()) granter.close();
      await chats.close();
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

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function withTimeout(work: Promise<void>, clock: Clock, delayMs: number): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const cancel = clock.after(delayMs, () => timeout.reject(new VaultError("no-host", "no answer in time")));
  return Promise.race([work, timeout.promise]).finally(cancel);
}
