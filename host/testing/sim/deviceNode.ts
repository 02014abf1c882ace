/** A person's device as a node: the real vault on a disk and a link of its own, and what a person does with it. */
import { createDeviceKeys } from "#crypto/device.ts";
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { readRoster } from "#crypto/roster.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { readIdentity, writeIdentity } from "#sync/identityLock.ts";
import type { SnapshotPace } from "#sync/limits.ts";
import type { OpenLink } from "#sync/ports.ts";
import { createVault, openVault, type OpenDoc, type Vault } from "#sync/vault.ts";
import { createSimIdentity, identityWriteMsMax } from "./simIdentity.ts";
import { artifactMark, CATALOG, chatMark, type DeviceNode } from "./device.ts";
import { createDisk } from "./disk.ts";
import type { Oracle } from "./oracle.ts";
import type { SimNode, World } from "./world.ts";
import { isAllWritten, shownLetters } from "./writing.ts";

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

export function createDeviceNode(options: DeviceOptions): DeviceNode {
  const { world, name, openLinkFor, onLost, oracle, fail, snapshotPace } = options;
  const node = world.createNode(name);
  const disk = createDisk(world, node);
  const chats = new Map<DocId, OpenDoc<Chat>>();
  const artifacts = new Map<DocId, OpenDoc<Artifact>>();
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

  const forget = (): void => {
    vault = null;
    chats.clear();
    artifacts.clear();
  };

  const begin = (): void => {
    node.life += 1;
    node.isUp = true;
    forget();
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
      // Words that wait for their moment are in no doc yet.
      const artifact = device.artifact(doc);
      if (artifact !== null && !isAllWritten(artifact)) return;
      oracle.saidSaved(name, doc, status.pending === 0);
      if (typed.has(doc)) proven.add(doc);
    };
    vault?.subscribeDocStatus(idIn(vault, doc), look);
  };

  const idIn = ({ catalog }: Vault, doc: string): DocId =>
    doc === CATALOG ? (parseDocId(catalog.yDoc.guid) as DocId) : (doc as DocId);

  const openKnown = (): void => {
    for (const id of [...device.chats(), ...device.artifacts()]) void device.open(id);
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
      forget();
      disk.crash(isPowerLost);
      oracle.crashed(name);
      onLost(node);
    },
    changeTab: () => {
      const closing = vault;
      if (closing === null) return;
      const { life } = node;
      // What waits for a doc's key cannot be kept, and is shown as unsaved.
      const kept = [CATALOG, ...chats.keys(), ...artifacts.keys()].filter((doc) => proven.has(doc));
      forget();
      world.after(node, 0, "close tab", () => {
        const { refusals } = disk;
        void closing.close().then(() => {
          if (node.life !== life) return;
          // All of it is kept, but where a full disk refused some meanwhile, or a doc was set aside before the last of it was sealed, on the tab's
          // way down too: that was shown as unsaved to the end. Whether the disk is full now says nothing: there may be room again, or none any more.
          for (const doc of disk.refusals === refusals ? kept : []) {
            const { phase, unsaved } = closing.docStatus(idIn(closing, doc));
            if (phase !== "quarantine" || unsaved === 0) oracle.saidSaved(name, doc, false);
          }
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
    docs: () => [CATALOG, ...device.chats(), ...device.artifacts()],
    chats: () => vault?.catalog.value.chats().map(({ id }) => id) ?? [],
    artifacts: () => vault?.catalog.value.artifacts.all().map(({ id }) => id) ?? [],
    open: async (doc) => {
      const opener = vault;
      if (opener === null || device.yDoc(doc) !== null) return;
      const isArtifact = opener.catalog.value.artifacts.entry(doc) !== null;
      if (!isArtifact && opener.catalog.value.entry(doc) === null) return;
      const { life } = node;
      const isStale = (): boolean => node.life !== life || vault !== opener || device.yDoc(doc) !== null;
      try {
        if (isArtifact) {
          const opened = await opener.openArtifact(doc);
          if (isStale()) return opened.close();
          artifacts.set(doc, opened);
        } else {
          const opened = await opener.openChat(doc);
          if (isStale()) return opened.close();
          chats.set(doc, opened);
        }
        checkAfterStart(doc);
        watch(doc);
      } catch (error) {
        // Destroyed meanwhile.
        if (opener.catalog.value.destroyed.has(doc)) return;
        if (node.life === life && vault === opener && !disk.isFull)
          fail("I14", `${name} cannot open ${doc}: ${String(error)}`);
      }
    },
    close: (doc) => {
      for (const open of [chats, artifacts]) {
        open.get(doc)?.close();
        open.delete(doc);
      }
    },
    shown: (doc) => {
      const yDoc = device.yDoc(doc);
      if (yDoc === null) return null;
      const artifact = device.artifact(doc);
      if (artifact !== null) return shownLetters(artifact.text());
      if (doc === CATALOG) {
        // One that was destroyed is named there still, as such.
        const destroyed = vault?.catalog.value.destroyed.docs() ?? [];
        const chatMarks = new Set([...yDoc.getMap("chats").keys(), ...destroyed].map(chatMark));
        const marks = [...chatMarks, ...device.artifacts().map(artifactMark)];
        return marks.join("") + JSON.stringify(yDoc.getMap("notes").toJSON());
      }
      return (
        yDoc.getText("draft").toString() +
        JSON.stringify(yDoc.getMap("notes").toJSON()) +
        JSON.stringify(yDoc.getMap("messages").toJSON())
      );
    },
    yDoc: (doc) => {
      const open = doc === CATALOG ? vault?.catalog : (chats.get(doc as DocId) ?? artifacts.get(doc as DocId));
      return open?.yDoc ?? null;
    },
    chat: (doc) => chats.get(doc as DocId)?.value ?? null,
    artifact: (doc) => artifacts.get(doc as DocId)?.value ?? null,
    status: (doc) => (vault === null ? null : vault.docStatus(idIn(vault, doc))),
    noteTyped: (doc) => void typed.add(doc),
    runs: (doc) => chats.get(doc as DocId)?.value.runs() ?? [],
  };
  return device;
}
