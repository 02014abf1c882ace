/**
 * This device's place in its vault: identity, roster and connection. It keeps the roster copy whole, finishes a claim that was
 * begun, and knows which host is there. Docs and chats know nothing of this; they are told when roster or host change.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { claimKeyOf, claimTag } from "#crypto/claim.ts";
import { isActiveMember, type Member, type Roster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { createConnection, type Connection, type ConnectionEvents } from "./connection.ts";
import { VaultError, type VaultErrorCode } from "./errors.ts";
import { advanceFounding } from "./founding.ts";
import type { HostLife } from "./grantRules.ts";
import { createHostLives } from "./hostLives.ts";
import type { Identity } from "./identity.ts";
import { rosterAnswerMs, rosterTriesMax } from "./limits.ts";
import type { LiveState } from "./linkLife.ts";
import type { Reply } from "./linkRequests.ts";
import { linkStatus } from "./linkStatus.ts";
import type { Clock, OpenLink, Random } from "./ports.ts";
import { createRosterCopy, mergeRoster, type RosterCopy } from "./rosterCopy.ts";
import { createAlarm, type Alarm, type HostState, type VaultStatus } from "./status.ts";

export interface MembershipOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
  readonly identity: Identity;
  /** Resolves when it is on stable storage. */
  readonly keepIdentity: (identity: Identity) => Promise<void>;
  /** Link, host, roster or founding changed. */
  readonly onChange: () => void;
  readonly onRoster: () => void;
  readonly onLive: NonNullable<ConnectionEvents["onLive"]>;
  readonly onRecord: NonNullable<ConnectionEvents["onRecord"]>;
}

/** What a roster entry is made of. */
export interface EntryGround {
  readonly roster: Roster;
  readonly by: DeviceKeys;
  readonly vaultKey: VaultKey;
  readonly random: Random;
}

export interface Membership {
  readonly identity: Identity;
  readonly connection: Connection;
  roster(): Roster;
  vaultKeys(): ReadonlyMap<number, VaultKey>;
  wantRoster(): void;
  /** Resolves when the roster as it stands is on this device's disk. Rejects when it cannot be written now; asked again, it is tried again. */
  keepRoster(): Promise<void>;
  /** Makes an entry on the roster as it stands and has the relay take it; again when another one came first. `null`: nothing is left to do. */
  change(createEntry: (on: EntryGround) => Uint8Array | null): Promise<void>;
  /** Those of the roster, there or not. */
  hosts(): readonly Member[];
  /** The agents that can be lent a key now, in the order of the roster. */
  lives(): readonly HostLife[];
  status(): Pick<VaultStatus, "link" | "refusal" | "host" | "alarms">;
  /** Resolves when the host is claimed and listed. Rejects with `VaultError` when that cannot be. */
  readonly founded: Promise<void>;
  /** The genesis may have reached a host: this identity must not be thrown away any more. */
  readonly mayBeClaimed: boolean;
  close(): void;
}

export function createMembership(options: MembershipOptions): Membership {
  const { clock, random, onChange } = options;
  let { identity } = options;
  let kept = identity;
  let keeping: Promise<void> | null = null;
  let copy: RosterCopy = createRosterCopy(identity.entries);
  let keys = openRosterVaultKeys(copy.entries, identity.keys);
  let alarms: readonly Alarm[] = [];
  let failure: VaultErrorCode | null = null;
  let isAdvancing = false;
  let isOutdated = false;
  let mayBeClaimed = false;
  const founded = Promise.withResolvers<void>();
  // Whoever creates a vault waits for it; whoever opens one reads the status.
  founded.promise.catch(() => {});
  if (identity.founding === null) founded.resolve();

  const lives = createHostLives({
    keys: identity.keys,
    clock,
    roster: () => copy.roster,
    onClock: (isGood) => {
      alarms = alarms.filter(({ code }) => code !== "CLOCK");
      if (!isGood) raise(createAlarm("CLOCK", null));
    },
  });

  const connection = createConnection({
    clock,
    random,
    openLink: options.openLink,
    keys: identity.keys,
    // Who comes with a link says which place at the host it means; the vault's own name is nothing that it knows yet.
    vault: identity.founding === null ? copy.roster.vault : claimTag(claimKeyOf(identity.founding.seed)),
    isTrustedRelay: (relayKey) => {
      const known = hosts();
      // While founding, the fingerprint in the link decides, once the host has shown its other keys.
      return known.length === 0 ? identity.founding !== null : known.some((host) => isKey(host.relayKey, relayKey));
    },
    events: {
      onState: (state) => {
        if (state.phase !== "live") {
          lives.clear();
        } else welcomeRoster(state);
        if (state.phase === "refused" && state.code === "not-a-member") fail("claim-used");
        advance();
        onChange();
      },
      onRoster: (vault, from, entries) => {
        if (vault === copy.roster.vault) takeRoster(from, entries);
      },
      onLive: options.onLive,
      onRecord: options.onRecord,
      onHost: (host, bytes) => {
        lives.take(host, bytes);
        advance();
        onChange();
      },
    },
  });

  function hosts(): readonly Member[] {
    return [...copy.roster.members.values()].filter(
      (member) => member.role === "host" && isActiveMember(copy.roster, member.id),
    );
  }

  function welcomeRoster(live: LiveState): void {
    const { seq, head } = copy.roster;
    if (live.standing !== "device") return;
    if (live.rosterSeq > seq) connection.getRoster(seq);
    else if (live.rosterSeq < seq) void reofferRoster(live.rosterSeq);
    else if (!isEqualBytes(live.rosterHead, head)) raise(createAlarm("ROSTER_FORK", null));
  }

  /** RS3: a relay that was rolled back is given the entries it lost; it can only take the very same ones. */
  async function reofferRoster(from: number): Promise<void> {
    for (let seq = from; seq >= 1 && seq < copy.entries.length; seq++) {
      const entry = copy.entries[seq];
      const reply = entry === undefined ? null : await connection.casRoster(seq, entry, null);
      if (reply?.kind !== "ack") return;
    }
  }

  function takeRoster(from: number, entries: readonly Uint8Array[]): void {
    const merged = mergeRoster(copy, from, entries);
    if (merged.kind === "fork") raise(createAlarm("ROSTER_FORK", null));
    if (merged.kind === "gap") connection.getRoster(copy.entries.length);
    if (merged.kind === "grown") void growRoster(merged.copy);
  }

  async function growRoster(grown: RosterCopy): Promise<void> {
    copy = grown;
    keys = openRosterVaultKeys(copy.entries, identity.keys);
    const founding = hosts().length > 0 ? null : identity.founding;
    const isListedNow = founding === null && identity.founding !== null;
    identity = { ...identity, entries: copy.entries, founding };
    options.onRoster();
    lives.readAgain();
    try {
      await keepNow();
      if (isListedNow) founded.resolve();
    } catch (cause) {
      // The relay has it too, so the next start asks for it again; what is sealed under it is not called saved before (OB1).
      if (isListedNow) founded.reject(new VaultError("storage", "roster was not kept", { cause }));
    }
    onChange();
  }

  async function keepNow(): Promise<void> {
    while (kept !== identity) {
      const next = identity;
      keeping ??= options
        .keepIdentity(next)
        .then(() => {
          kept = next;
        })
        .finally(() => {
          keeping = null;
        });
      await keeping;
    }
  }

  function advance(): void {
    if (identity.founding === null || failure !== null) return;
    if (isAdvancing) {
      isOutdated = true;
      return;
    }
    isAdvancing = true;
    isOutdated = false;
    const live = connection.state;
    if (live.phase === "live" && live.standing === "stranger" && lives.announcement !== null) mayBeClaimed = true;
    const { announcement } = lives;
    void advanceFounding({ identity, copy, vaultKeys: keys, connection, announcement, random }).then((next) => {
      isAdvancing = false;
      if (next.kind === "failed") fail(next.code);
      else if (next.kind === "claimed") connection.reconnect();
      else if (next.kind === "listed") takeRoster(next.from, [next.entry]);
      if (isOutdated) advance();
      onChange();
    });
  }

  async function change(createEntry: (on: EntryGround) => Uint8Array | null): Promise<void> {
    for (let tries = 0; tries < rosterTriesMax; tries++) {
      const { roster } = copy;
      const vaultKey = keys.get(roster.generation);
      if (!isActiveMember(roster, identity.keys.id) || vaultKey === undefined)
        throw new VaultError("removed", "not a member");
      const entry = createEntry({ roster, by: identity.keys, vaultKey, random });
      if (entry === null) return;
      const reply = await connection.casRoster(roster.seq, entry, null);
      if (reply.kind === "ack") return takeRoster(roster.seq, [entry]);
      // RM4: another entry stands in that place. It may have removed this device, or done what was wanted.
      const isBehind = reply.kind === "nack" && reply.code === "conflict";
      if (!isBehind) throw new VaultError(isShutOut(reply) ? "removed" : "no-host", "roster entry");
      connection.getRoster(copy.entries.length);
      await rosterGrown(roster.seq);
    }
    throw new VaultError("no-host", "the roster kept changing");
  }

  /** What is made by the rules is refused only to who is no member any more. */
  function isShutOut(reply: Reply): boolean {
    return connection.state.phase === "refused" || (reply.kind === "nack" && reply.code === "not-allowed");
  }

  /** Resolves when the copy is longer than that. Rejects when nothing came in time: this device may be removed. */
  async function rosterGrown(seq: number): Promise<void> {
    const step = 50;
    for (let waitedMs = 0; copy.roster.seq <= seq; waitedMs += step) {
      if (waitedMs > rosterAnswerMs) throw new VaultError("no-host", "no roster");
      await new Promise<void>((resolve) => void clock.after(step, resolve));
    }
  }

  function fail(code: VaultErrorCode): void {
    if (identity.founding === null) return;
    failure = code;
    founded.reject(new VaultError(code, "founding"));
  }

  function raise(alarm: Alarm): void {
    if (!alarms.some(({ code }) => code === alarm.code)) alarms = [...alarms, alarm];
  }

  return {
    get identity() {
      return identity;
    },
    connection,
    roster: () => copy.roster,
    vaultKeys: () => keys,
    wantRoster: () => connection.getRoster(copy.entries.length),
    keepRoster: keepNow,
    change,
    hosts,
    lives: () => hosts().flatMap(({ id }) => lives.all().find((life) => life.host === id) ?? []),
    status: () => {
      const isLive = (id: AuthorId): boolean => lives.all().some((life) => life.host === id);
      const host = hosts().find(({ id }) => isLive(id)) ?? hosts()[0];
      return {
        ...linkStatus(connection.state, identity.founding !== null, failure),
        host:
          host === undefined
            ? null
            : ({ id: host.id, live: isLive(host.id), info: lives.infoOf(host.id) } satisfies HostState),
        alarms,
      };
    },
    founded: founded.promise,
    get mayBeClaimed() {
      return mayBeClaimed;
    },
    close: () => connection.close(),
  };
}

function isKey(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && isEqualBytes(a, b);
}
