/** A person's device as a node: the real vault on a disk and a link of its own, and what a person does with it. */
import type * as Y from "yjs";
import type { ClaimLink } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { parseDocId, type DocId, type RunId, type VaultId } from "#crypto/ids.ts";
import { readRoster } from "#crypto/roster.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import type { Chat } from "#sync/docs/chat.ts";
import type { Identity } from "#sync/identity.ts";
import { readIdentity, writeIdentity } from "#sync/identityLock.ts";
import type { SnapshotPace } from "#sync/limits.ts";
import type { IdentityRecord, OpenLink } from "#sync/ports.ts";
import type { DocStatus } from "#sync/status.ts";
import { createVault, openVault, type OpenDoc, type Vault } from "#sync/vault.ts";
import { createSimIdentity, identityWriteMsMax } from "./simIdentity.ts";
import { createDisk, type DiskImage, type SimDisk } from "./disk.ts";
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
  /** What it keeps of its vault: keys, and the roster as it knows it. */
  identity(): Promise<Identity | null>;
  /** Its keys are in other hands from now on; the app does not run any more. */
  giveUp(): Promise<Identity | null>;
  /** Keys and storage, as a disk image holds them. */
  image(): DeviceImage;
  load(image: DeviceImage): void;
  /** Has its vault let another device in; resolves with the roster that lists it, or with `null` when nobody knows whether it does. */
  letIn(name: string, keys: DeviceKeys, sign: (vault: VaultId) => Uint8Array): Promise<readonly Uint8Array[] | null>;
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
  /** Somebody writes in it: until it was seen to be saved, it may be lost with the page. */
  noteTyped(doc: string): void;
  /** Runs that this device has heard of. */
  runs(doc: string): readonly RunId[];
}

export interface DeviceImage {
  readonly record: IdentityRecord | null;
  readonly disk: DiskImage;
  /** The marks of the chats that its catalog has. */
  readonly chats: readonly string[];
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

/** A roster entry is on the disk of who made it after one write; a full disk takes longer. */
const keepTriesMax = 200;
export const chatMark = (id: string): string => `‹chat ${id}›`;

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
  let isGone = false;
  /** The marks of the chats it knew when it was last looked at. */
  let known: readonly string[] = [];
  const identity = createSimIdentity(world, node, disk);

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
      if (isGone) return;
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
      known = vault?.catalog.value.chats().map(({ id }) => chatMark(id)) ?? known;
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
      const kept = [CATALOG, ...chats.keys()].filter(
        (doc) => proven.has(doc) && device.status(doc)?.phase !== "quarantine",
      );
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
    image: () => ({ record: identity.record, disk: disk.image(), chats: known }),
    load: (image) => {
      identity.record = image.record;
      disk.load(image.disk);
    },
    giveUp: () => {
      device.crash(false);
      isRemoved = true;
      isGone = true;
      return device.identity();
    },
    identity: () => readIdentity(identity, (length) => node.random.bytes(length)),
    markRemoved: () => {
      isRemoved = true;
    },
    letIn: (other, otherKeys, sign) =>
      perform("let in", async () => {
        const held = await device.identity();
        if (vault === null || held === null) return null;
        const { publicKey: signKey } = otherKeys.sign;
        try {
          await vault.addDevice({
            digits: "",
            device: { signKey, boxKey: otherKeys.box.publicKey },
            joinSignature: sign(readRoster(held.entries).vault),
            name: other,
          });
        } catch {
          // reason: the answer was lost, or this device is no member itself; nothing was promised.
          return null;
        }
        for (let tries = 0; tries < keepTriesMax; tries++) {
          const { entries = [] } = (await device.identity()) ?? {};
          if (readRoster(entries).members.has(otherKeys.id)) return entries;
          await new Promise<void>((resolve) => void clock.after(identityWriteMsMax, resolve));
        }
        return null;
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
    noteTyped: (doc) => void typed.add(doc),
    runs: (doc) => chats.get(doc as DocId)?.value.runs() ?? [],
  };
  return device;
}
