/** Direct links as a vault has them: their code is loaded once signals go through to another device of it, and never by who cannot have them. */
import type { DeviceKeys } from "#crypto/device.ts";
import type { AuthorId, DocId, VaultId } from "#crypto/ids.ts";
import { isActiveMember, type Roster } from "#crypto/roster.ts";
import type { OpenDocs } from "../openDocs.ts";
import type { Clock, Random } from "../ports.ts";
import type { Replica } from "../replicaTypes.ts";
import type { VaultPorts } from "../vaultTypes.ts";
import type { DirectHub } from "./directHub.ts";
import type { DirectLinks } from "./directLinks.ts";
import { signalClearByte } from "./signalClear.ts";

export interface LazyDirect {
  /** The catalog's status may have changed. */
  noteCatalog(): void;
  noteRoster(): void;
  take(by: AuthorId, signal: Uint8Array): void;
  /** Devices that this one talks to directly now. */
  devices(): readonly AuthorId[];
  close(): void;
}

export interface LazyDirectOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly vault: VaultId;
  readonly hub: DirectHub;
  /** `null`: this machine has none. */
  readonly load: NonNullable<VaultPorts["direct"]> | null;
  readonly roster: () => Roster;
  readonly openCatalog: Replica;
  readonly chats: OpenDocs<unknown>;
  readonly isListed: (doc: DocId) => boolean;
  readonly isClosed: () => boolean;
  readonly onChange: () => void;
}

export function createLazyDirect(options: LazyDirectOptions): LazyDirect {
  const { clock, random, keys, vault, hub, load, roster, openCatalog, chats, isClosed, onChange } = options;
  let links: DirectLinks | null = null;
  let isOpening = false;
  let wasLive = false;

  async function open(): Promise<void> {
    const openPeer = (await load?.()) ?? null;
    if (openPeer === null) return;
    const { createDirectLinks } = await import("./directLinks.ts");
    if (isClosed()) return;
    links = createDirectLinks({
      clock,
      random,
      keys,
      vault,
      hub,
      openPeer,
      isMember: (id) => roster().members.get(id)?.role === "device" && isActiveMember(roster(), id),
      tell: (signal) => openCatalog.tell(Uint8Array.of(signalClearByte), signal),
      openDoc: (doc) => {
        if (isClosed() || !options.isListed(doc)) return;
        // Opening is all: it joins by itself, and lingers for a while.
        void chats.retain(doc).then(
          () => chats.release(doc),
          () => {},
        );
      },
      onChange,
    });
    links.noteLinked();
  }

  const isAnother = (id: AuthorId): boolean =>
    id !== keys.id && roster().members.get(id)?.role === "device" && isActiveMember(roster(), id);

  function openOnce(): void {
    if (isOpening || !wasLive || load === null || ![...roster().members.keys()].some(isAnother)) return;
    isOpening = true;
    // reason: without direct links there is the host's.
    open().catch(() => {});
  }

  return {
    /** Signals go through once the catalog is in step with the host, and its key is there to seal them. */
    noteCatalog: () => {
      const isLive = openCatalog.status().phase === "live";
      if (isLive && !wasLive) links?.noteLinked();
      wasLive = isLive;
      openOnce();
    },
    noteRoster: () => {
      links?.noteRoster();
      openOnce();
    },
    take: (by, signal) => links?.take(by, signal),
    devices: () => links?.devices() ?? [],
    close: () => links?.close(),
  };
}
