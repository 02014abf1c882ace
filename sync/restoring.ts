/**
 * Back from the dead: all devices are lost, 24 words and the host's sealed store are left. The words make the keys of the roster's
 * recovery member; with them a device without a vault asks the host for the roster, takes the vault keys out of it, and appends one
 * RECOVER entry: it lets this device in, uses the words up, and begins a new vault key (crypto/rosterEntries.ts).
 *
 * The new words are the caller's to make, and to have written down before `finish`: from the entry on they are the only ones. At
 * every moment either the old words open the vault or the new ones, so a power cut in between costs another try and nothing else.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { recoveryKeys, type RecoverySecret } from "#crypto/recovery.ts";
import { activeMembers, isActiveMember, readRoster } from "#crypto/roster.ts";
import { createRecover, openMemberName, openRosterVaultKeys, signJoin } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { createConnection } from "./connection.ts";
import { VaultError } from "./errors.ts";
import { writeIdentity } from "./identityLock.ts";
import { joinTryMsMax, rosterTriesMax } from "./limits.ts";
import type { Reply } from "./linkRequests.ts";
import type { RecoveryPlace } from "./recoveryLink.ts";
import { fetchRoster, readRosterOrNull, type JudgeRoster } from "./rosterFetch.ts";
import { openVault, type Vault, type VaultPorts } from "./vault.ts";

export interface RestoreOptions {
  /** Read from the 24 words. */
  readonly secret: RecoverySecret;
  readonly place: RecoveryPlace;
}

export interface Restoring {
  /** Names of the devices that are in the vault; they stay, until their owner removes them. */
  readonly devices: readonly string[];
  /**
   * Makes this a device of the vault, and `next` the words from now on. Rejects with `VaultError`; after "no-host" it may or may not have
   * happened, and can be tried again.
   */
  finish(options: { readonly next: RecoverySecret; readonly deviceName: string }): Promise<Vault>;
}

/** Nothing is changed yet. `ports.openLink` leads to the host. Rejects with `VaultError("wrong-words" | "no-host" | "wrong-host" | "has-vault")`. */
export async function beginRestoring(ports: VaultPorts, { secret, place }: RestoreOptions): Promise<Restoring> {
  await sodiumReady;
  if ((await ports.identity.read()) !== null) throw new VaultError("has-vault", "identity");
  const { clock, random, openLink } = ports;
  const link = { clock, random, openLink };
  const by = recoveryKeys(secret);
  const device = createDeviceKeys(random);

  const fetchAs = (keys: typeof by): ReturnType<typeof fetchRoster> =>
    fetchRoster(link, keys, place.vault, judgeRoster(keys.id, place));

  async function fetchWhole(): Promise<readonly Uint8Array[]> {
    const fetched = await fetchAs(by);
    if (fetched.kind === "roster") return fetched.entries;
    throw new VaultError(fetched.kind === "away" ? "no-host" : "wrong-words", "roster");
  }

  const entries = await fetchWhole();
  const { vault } = readRoster(entries);
  const names = namesOf(entries, by);

  /** The roster that lists this device, if an entry that was not answered did arrive. */
  async function fetchOwn(): Promise<readonly Uint8Array[] | null> {
    const fetched = await fetchRoster(link, device, vault, judgeRoster(device.id, { ...place, vault }));
    return fetched.kind === "roster" ? fetched.entries : null;
  }

  async function enter(next: RecoverySecret, name: string): Promise<readonly Uint8Array[]> {
    const recovery = recoveryKeys(next);
    for (let tries = 0; tries < rosterTriesMax; tries++) {
      const known = tries === 0 ? entries : ((await fetchOwn()) ?? (await fetchWhole()));
      const roster = readRoster(known);
      if (isActiveMember(roster, device.id)) return known;
      const vaultKey = openRosterVaultKeys(known, by).get(roster.generation);
      if (vaultKey === undefined) throw new VaultError("wrong-words", "no vault key");
      const entry = createRecover({
        roster,
        by,
        random,
        vaultKey,
        newVaultKey: createVaultKey(random),
        device: { signKey: device.sign.publicKey, boxKey: device.box.publicKey },
        joinSignature: signJoin(device, roster.vault),
        name,
        recovery: { signKey: recovery.sign.publicKey, boxKey: recovery.box.publicKey },
      });
      const reply = await castOnce(roster.seq, entry);
      if (reply.kind === "ack") return [...known, entry];
    }
    throw new VaultError("no-host", "the entry was not taken");
  }

  function castOnce(prevSeq: number, entry: Uint8Array): Promise<Reply> {
    const answer = Promise.withResolvers<Reply>();
    const connection = createConnection({
      ...link,
      keys: by,
      vault,
      isTrustedRelay: () => true,
      events: {
        onState: ({ phase }) => {
          if (phase === "live") void connection.casRoster(prevSeq, entry, null).then(answer.resolve);
          else if (phase === "refused") answer.resolve({ kind: "lost" });
        },
      },
    });
    const cancel = clock.after(joinTryMsMax, () => answer.resolve({ kind: "lost" }));
    return answer.promise.finally(() => {
      cancel();
      connection.close();
    });
  }

  return {
    devices: names,
    finish: async ({ next, deviceName }) => {
      const listed = await enter(next, deviceName);
      const identity = { keys: device, localKey: createLocalKey(random), entries: listed, founding: null };
      await writeIdentity(ports.identity, identity, random);
      const result = await openVault(ports);
      if (result.kind !== "open") throw new VaultError("storage", "identity was not kept");
      return result.vault;
    },
  };
}

/** Whole, listing who asks, and with the host in it that answers. */
function judgeRoster(id: string, { vault, fingerprint }: RecoveryPlace): JudgeRoster {
  return (entries, { relayKey, rosterSeq }) => {
    if (entries.length < rosterSeq) return false;
    const roster = readRosterOrNull(entries);
    const member = [...(roster?.members.values() ?? [])].find((each) => each.id === id);
    if (roster === null || member?.removedSeq !== null || (vault !== null && roster.vault !== vault))
      throw new VaultError("wrong-host", "another roster");
    const isNamedHost = activeMembers(roster).some(
      (host) =>
        host.relayKey !== null &&
        isEqualBytes(host.relayKey, relayKey) &&
        (fingerprint === null || isEqualBytes(hostFingerprint(host.signKey, host.boxKey, relayKey), fingerprint)),
    );
    if (!isNamedHost) throw new VaultError("wrong-host", "relay of another host");
    return true;
  };
}

function namesOf(entries: readonly Uint8Array[], by: ReturnType<typeof recoveryKeys>): readonly string[] {
  const vaultKeys = openRosterVaultKeys(entries, by);
  return activeMembers(readRoster(entries)).flatMap((member) =>
    member.role === "device" ? [openMemberName(member, vaultKeys) ?? ""] : [],
  );
}
