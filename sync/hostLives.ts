/**
 * Which agents are there now, by what each announced of itself through the relay. An announcement counts once the roster lists its
 * host with these keys; it may come before that entry, so it is kept and read again when the roster grows.
 */
import { openAnnouncement, type Announcement, type HostInfo } from "#crypto/announcement.ts";
import { isEqualBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import type { AuthorId } from "#crypto/ids.ts";
import type { Roster } from "#crypto/roster.ts";
import { openHealth } from "#crypto/sealedHealth.ts";
import type { HostLife } from "./grantRules.ts";
import { clockSkewMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface HostLives {
  /** `null`: it is away. */
  take(host: AuthorId, announcement: Uint8Array | null): void;
  /** The roster grew. */
  readAgain(): void;
  /** The link is gone: nobody is known to be there. What they announced of themselves is kept. */
  clear(): void;
  /** The newest announcement that came, also of a host that is not listed yet. */
  readonly announcement: Uint8Array | null;
  all(): readonly HostLife[];
  infoOf(host: AuthorId): HostInfo | null;
}

export interface HostLivesOptions {
  /** This device, to whom hosts seal how they are. */
  readonly keys: DeviceKeys;
  readonly clock: Clock;
  readonly roster: () => Roster;
  /** CK1, CK2: whether the clocks of host and device agree, as an announcement shows. */
  readonly onClock: (isGood: boolean) => void;
}

interface KnownHost {
  announcement: Uint8Array | null;
  life: HostLife | null;
  info: HostInfo | null;
  /** The time in the announcement that was judged last, of the life that is there. */
  announcedAt: number | null;
}

/** A relay can name any number of hosts; a vault has a few. */
const hostsMax = 16;

export function createHostLives({ keys, clock, roster, onClock }: HostLivesOptions): HostLives {
  const known = new Map<AuthorId, KnownHost>();
  let newest: Uint8Array | null = null;

  /** What does not open is left out: it may be from before this device was let in. */
  function withHealth({ host, info }: Announcement): HostInfo {
    if (info.health === undefined) return info;
    try {
      return { ...info, ...openHealth(info.health, host, keys) };
    } catch {
      // reason: a host may sign nonsense; how its parts are is not worth losing what else it says.
      return info;
    }
  }

  function read(entry: KnownHost, bytes: Uint8Array): void {
    try {
      const shown = openAnnouncement(bytes);
      const member = roster().members.get(shown.host);
      // Before the host is listed, only founding looks at its keys.
      if (member?.role !== "host" || member.removedSeq !== null || !isEqualBytes(member.boxKey, shown.boxKey)) return;
      if (known.get(shown.host) !== entry) return;
      entry.info = withHealth(shown);
      if (entry.life?.boot !== shown.boot) {
        entry.announcedAt = null;
        entry.life = { host: shown.host, boot: shown.boot, bootBoxKey: shown.bootBoxKey.slice(), since: clock.now() };
      }
      if (shown.time === entry.announcedAt) return;
      // The first one heard may be as old as the agent's life; a second was made just now, so it tells both ways.
      const isNew = entry.announcedAt !== null;
      entry.announcedAt = shown.time;
      const aheadMs = shown.time - clock.now();
      onClock(aheadMs <= clockSkewMs && (!isNew || aheadMs >= -clockSkewMs));
    } catch {
      // reason: not signed by the host it names; a relay can send anything.
    }
  }

  return {
    take: (host, announcement) => {
      const entry = known.get(host) ?? { announcement: null, life: null, info: null, announcedAt: null };
      if (!known.has(host) && known.size >= hostsMax) return;
      known.set(host, entry);
      entry.announcement = announcement;
      newest = announcement ?? [...known.values()].find((other) => other.announcement !== null)?.announcement ?? null;
      if (announcement === null) entry.life = null;
      else read(entry, announcement);
    },
    readAgain: () => {
      for (const entry of known.values()) if (entry.announcement !== null) read(entry, entry.announcement);
    },
    clear: () => {
      newest = null;
      for (const entry of known.values()) {
        entry.announcement = null;
        entry.life = null;
      }
    },
    get announcement() {
      return newest;
    },
    all: () => [...known.values()].flatMap(({ life }) => life ?? []),
    infoOf: (host) => known.get(host)?.info ?? null,
  };
}
