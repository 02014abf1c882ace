/** A person's device as a node: the real vault on a disk and a link of its own, and what a person does with it. */
import type * as Y from "yjs";
import type { ClaimLink } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { parseDocId, type DocId, type RunId } from "#crypto/ids.ts";
import { readRoster, type Roster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { createConnection } from "#sync/connection.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { readIdentity, writeIdentity } from "#sync/identityLock.ts";
import type { SnapshotPace } from "#sync/limits.ts";
import type { IdentityRecord, IdentityStore, OpenLink } from "#sync/ports.ts";
import type { DocStatus } from "#sync/status.ts";
import { createVault, openVault, type OpenDoc, type Vault } from "#sync/vault.ts";
import { createDisk, type SimDisk } from "./disk.ts";
import type { Oracle } from "./oracle.ts";
import type { SimNode, World } from "./world.ts";

export const CATALOG = "catalog";

export interface DeviceNode {
  readonly node: SimNode;
  readonly disk: SimDisk;
  /** Loaded and usable. */
  readonly vault: Vault | null;
  readonly isRemoved: boolean;
  /** Its chain was forked, as by a clone: what it writes may be set aside. */
  isCloned: boolean;
  /** It reads its own work from the host again, so it cannot show it at once. */
  hasLostJournal: boolean;
  found(claim: ClaimLink): Promise<void>;
  start(): void;
  crash(isPowerLost: boolean): void;
  /** Another tab takes over: the one before closes first. */
  changeTab(): void;
  /** Becomes a member: keys of its own, and the roster as it stands. */
  join(entries: readonly Uint8Array[], keys: DeviceKeys): Promise<void>;
  markRemoved(): void;
  /** Keys and storage, as a disk image holds them. */
  copyTo(other: DeviceNode): void;
  readonly adoptRecord: (record: IdentityRecord | null) => void;
  /** Signs an entry with this device's keys and offers it to the relay. */
  castRoster(
    make: (roster: Roster, vaultKey: VaultKey, by: DeviceKeys) => Uint8Array,
  ): Promise<readonly Uint8Array[] | null>;
  newKeys(): DeviceKeys;
  /** Docs it knows of: the catalog, and its chats. */
  docs(): readonly string[];
  open(doc: DocId): Promise<void>;
  closeChat(doc: DocId): void;
  /** All that is shown of a doc, as one string; `null` when it is not open. */
  shown(doc: string): string | null;
  yDoc(doc: string): Y.Doc | null;
  chat(doc: string): Chat | null;
  status(doc: string): DocStatus | null;
  type(doc: string, mark: string, size: number): void;
  erase(doc: string): string | null;
  addChat(): void;
  ask(doc: DocId, text: string): void;
  /** Runs that this device has heard of. */
  runs(doc: string): readonly RunId[];
}

export interface DeviceOptions {
  readonly world: World;
  readonly name: string;
  readonly openLinkFor: (node: SimNode) => OpenLink;
  readonly onLost: (node: SimNode) => void;
  readonly oracle: Oracle;
  readonly fail: (rule: string, what: string) => void;
  readonly snapshotPace: SnapshotPace;
}

const writeMsMax = 15;
const chatMark = (id: string): string => `‹chat ${id}›`;

export function createDeviceNode(options: DeviceOptions): DeviceNode {
  const { world, name, openLinkFor, onLost, oracle, fail, snapshotPace } = options;
  const node = world.createNode(name);
  const disk = createDisk(world, node);
  const chats = new Map<DocId, OpenDoc<Chat>>();
  /** Docs that were written to in this life, and those of them that were seen to be saved. */
  const typed = new Set<string>();
  const proven = new Set<string>();
  let vault: Vault | null = null;
  let isRemoved = false;
  /** A file of its own, as the identity database is one. */
  let record: IdentityRecord | null = null;

  const identity: IdentityStore = {
    read: () => Promise.resolve(record),
    write: (next) =>
      new Promise((resolve, reject) => {
        world.after(node, 1 + node.random.below(writeMsMax), "identity", () => {
          disk.onRequest?.(0);
          if (!node.isUp) return;
          if (disk.isFull) return reject(new Error("QuotaExceededError"));
          record = next;
          resolve();
        });
      }),
    clear: async () => {
      record = null;
    },
  };
  const clock = {
    now: () => world.now() + node.skewMs,
    after: (delayMs: number, callback: () => void) => world.after(node, delayMs, "device timer", callback),
  };
  const ports = () => ({
    clock,
    random: (length: number) => node.random.bytes(length),
    openLink: openLinkFor(node),
    identity,
    snapshotPace,
  });

  /** In an event of this device. */
  const perform = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      world.after(node, 0, what, () => void work().then(resolve, reject));
    });

  const begin = (): void => {
    node.life += 1;
    node.isUp = true;
    vault = null;
    chats.clear();
    typed.clear();
    proven.clear();
  };

  const adopt = (opened: Vault): void => {
    vault = opened;
    checkAfterStart(CATALOG);
    watch(CATALOG);
    openKnown();
  };

  /** What it had promised to keep is there as soon as it is open, with or without a host. */
  const checkAfterStart = (doc: string): void => {
    if (device.isCloned || device.hasLostJournal) return;
    const missing = oracle.missingAt(name, doc, device.shown(doc) ?? "");
    const [first] = missing;
    if (first !== undefined)
      fail(
        "I1",
        `${name} had saved ${first.text} in ${doc} and does not show it after opening (${missing.length} missing)`,
      );
  };

  const watch = (doc: string): void => {
    const { life } = node;
    const look = (): void => {
      if (node.life !== life) return;
      const status = device.status(doc);
      if (status === null || status.phase === "loading" || status.unsaved > 0) return;
      oracle.saidSaved(name, doc, status.pending === 0);
      if (typed.has(doc)) proven.add(doc);
    };
    vault?.subscribeDocStatus(doc === CATALOG ? catalogId() : (doc as DocId), look);
  };

  const catalogId = (): DocId => parseDocId(vault?.catalog.yDoc.guid ?? "") as DocId;

  const openKnown = (): void => {
    for (const { id } of vault?.catalog.value.chats() ?? []) void device.open(id);
  };

  const insert = (text: Y.Text, mark: string): void => {
    const now = text.toString();
    // Between marks, never inside one.
    const places = [0, ...[...now.matchAll(/›/g)].map(({ index }) => index + 1)];
    text.insert(node.random.pick(places), mark);
  };

  const device: DeviceNode = {
    node,
    disk,
    get vault() {
      return vault;
    },
    get isRemoved() {
      return isRemoved;
    },
    isCloned: false,
    hasLostJournal: false,
    found: async (claim) => {
      begin();
      const { life } = node;
      const made = await perform("found", () => createVault(ports(), { claim, deviceName: name }));
      if (node.life === life) adopt(made);
    },
    start: () => {
      begin();
      const { life } = node;
      world.after(node, 0, "open vault", () => {
        openVault(ports()).then(
          (result) => {
            if (node.life === life && result.kind === "open") adopt(result.vault);
          },
          (error: unknown) => {
            // A full disk is no reason to be gone for good: the person opens the app again.
            if (!disk.isFull) fail("I14", `${name} does not open: ${String(error)}`);
            world.after(node, 3_000, "reopen", () => device.start());
          },
        );
      });
    },
    crash: (isPowerLost) => {
      if (!node.isUp) return;
      node.isUp = false;
      node.life += 1;
      vault = null;
      chats.clear();
      disk.crash(isPowerLost);
      oracle.crashed(name);
      onLost(node);
    },
    changeTab: () => {
      const closing = vault;
      if (closing === null) return;
      const { life } = node;
      // What waits for a doc's key cannot be kept, and is shown as unsaved.
      const kept = [CATALOG, ...chats.keys()].filter((doc) => proven.has(doc));
      vault = null;
      chats.clear();
      world.after(node, 0, "close tab", () => {
        void closing.close().then(() => {
          if (node.life !== life) return;
          // It said that all of it is kept.
          if (!disk.isFull) for (const doc of kept) oracle.saidSaved(name, doc, false);
          // The page is gone for good now; what it left open goes with it.
          device.crash(false);
          device.start();
        });
      });
    },
    newKeys: () => createDeviceKeys((length) => node.random.bytes(length)),
    join: async (entries, keys) => {
      begin();
      const random = (length: number): Uint8Array => node.random.bytes(length);
      await perform("join", () =>
        writeIdentity(identity, { keys, localKey: createLocalKey(random), entries, founding: null }, random),
      );
      device.start();
    },
    copyTo: (other) => {
      disk.copyTo(other.disk);
      other.adoptRecord(record);
    },
    adoptRecord: (copied) => {
      record = copied;
    },
    markRemoved: () => {
      isRemoved = true;
    },
    castRoster: (make) =>
      perform("cast", async () => {
        const known = await readIdentity(identity, (length) => node.random.bytes(length));
        if (known === null) return null;
        const { clock: itsClock, random, openLink } = ports();
        return new Promise((resolve) => {
          const giveUp = itsClock.after(15_000, () => settle(null));
          const connection = createConnection({
            clock: itsClock,
            random,
            openLink,
            keys: known.keys,
            vault: readRoster(known.entries).vault,
            isTrustedRelay: () => true,
            events: {
              onState: (state) => {
                if (state.phase === "live") connection.getRoster(0);
              },
              onRoster: (_vault, from, entries) => {
                if (from === 0) void cast(entries.map((entry) => entry.slice()));
              },
            },
          });
          let isDone = false;
          const settle = (entries: readonly Uint8Array[] | null): void => {
            if (isDone) return;
            isDone = true;
            giveUp();
            connection.close();
            resolve(entries);
          };
          const cast = async (entries: readonly Uint8Array[]): Promise<void> => {
            const roster = readRoster(entries);
            const vaultKey = openRosterVaultKeys(entries, known.keys).get(roster.generation);
            if (vaultKey === undefined || isDone) return settle(null);
            const entry = make(roster, vaultKey, known.keys);
            const reply = await connection.casRoster(roster.seq, entry, null);
            if (reply.kind === "ack") settle([...entries, entry]);
            else if (reply.kind === "nack") settle(null);
          };
        });
      }),
    docs: () => [CATALOG, ...(vault?.catalog.value.chats().map(({ id }) => id) ?? [])],
    open: async (doc) => {
      const opener = vault;
      if (opener === null || chats.has(doc) || opener.catalog.value.entry(doc) === null) return;
      const { life } = node;
      try {
        const opened = await opener.openChat(doc);
        if (node.life !== life || vault !== opener || chats.has(doc)) return opened.close();
        chats.set(doc, opened);
        checkAfterStart(doc);
        watch(doc);
      } catch (error) {
        if (node.life === life && vault === opener && !disk.isFull)
          fail("I14", `${name} cannot open ${doc}: ${String(error)}`);
      }
    },
    closeChat: (doc) => {
      chats.get(doc)?.close();
      chats.delete(doc);
    },
    shown: (doc) => {
      const yDoc = device.yDoc(doc);
      if (yDoc === null) return null;
      if (doc === CATALOG)
        return [...yDoc.getMap("chats").keys()].map(chatMark).join("") + JSON.stringify(yDoc.getMap("notes").toJSON());
      return (
        yDoc.getText("draft").toString() +
        JSON.stringify(yDoc.getMap("notes").toJSON()) +
        JSON.stringify(yDoc.getMap("messages").toJSON())
      );
    },
    yDoc: (doc) => (doc === CATALOG ? (vault?.catalog.yDoc ?? null) : (chats.get(doc as DocId)?.yDoc ?? null)),
    chat: (doc) => chats.get(doc as DocId)?.value ?? null,
    status: (doc) => {
      if (vault === null) return null;
      return vault.docStatus(doc === CATALOG ? catalogId() : (doc as DocId));
    },
    type: (doc, mark, size) => {
      const yDoc = device.yDoc(doc);
      if (yDoc === null) return;
      oracle.type(name, doc, node.life, mark);
      typed.add(doc);
      yDoc.transact(() => {
        const padding = "x".repeat(size);
        if (doc === CATALOG || size > 0 || node.random.chance(0.3)) yDoc.getMap("notes").set(`${mark}`, padding);
        else insert(yDoc.getText("draft"), mark);
        // One place that everybody writes to: the last one wins, the same everywhere.
        yDoc.getMap("shared").set("last", mark);
      });
    },
    erase: (doc) => {
      const text = device.yDoc(doc)?.getText("draft");
      const marks = [...(text?.toString() ?? "").matchAll(/‹[^‹›]*›/g)];
      if (text === undefined || marks.length === 0) return null;
      const { index, 0: mark } = node.random.pick(marks);
      oracle.remove(name, doc, node.life, mark);
      text.delete(index, mark.length);
      return mark;
    },
    addChat: () => {
      if (vault === null) return;
      const { life } = node;
      const maker = vault;
      maker.createChat().then(
        (id) => {
          if (node.life !== life) return;
          oracle.wish(name, CATALOG, life, chatMark(id));
          oracle.granted(chatMark(id));
          void device.open(id);
        },
        () => {
          // reason: a full disk or a closing tab; nothing was promised.
        },
      );
    },
    ask: (doc, text) => {
      const { life } = node;
      const asker = vault;
      if (asker === null) return;
      oracle.wish(name, doc, life, text);
      asker.ask(doc, { text, parent: null }).then(
        () => {
          if (node.life === life) oracle.granted(text);
        },
        () => {
          // reason: nothing was promised.
        },
      );
    },
    runs: (doc) => chats.get(doc as DocId)?.value.runs() ?? [],
  };
  return device;
}
