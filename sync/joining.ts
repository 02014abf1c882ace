/**
 * Joining a vault: a device without one reads a pairing code, goes through the pairing as a stranger, and then asks the host, as
 * itself, for the roster that lists it. Everything is kept in one write at the end, so there is no half-joined device here.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import type { Invitation } from "#crypto/pairing.ts";
import { isActiveMember, rosterEntryHash } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createConnection } from "./connection.ts";
import { VaultError } from "./errors.ts";
import { writeIdentity } from "./identityLock.ts";
import { createPairingPost } from "./pairingPost.ts";
import type { Pairing } from "./pairing.ts";
import { startJoining } from "./pairingJoin.ts";
import { fetchRoster, readRosterOrNull } from "./rosterFetch.ts";
import { openVault, type Vault, type VaultPorts } from "./vault.ts";

export interface Joining extends Pairing {
  /** The vault, open; `null` when the pairing ended otherwise, which `state` tells. Rejects with `VaultError`. */
  readonly joined: Promise<Vault | null>;
}

/** `ports.openLink` leads to the host that the link names. Throws `VaultError("has-vault")`. */
export async function joinVault(
  ports: VaultPorts,
  options: { readonly invitation: Invitation; readonly deviceName: string },
): Promise<Joining> {
  await sodiumReady;
  if ((await ports.identity.read()) !== null) throw new VaultError("has-vault", "identity");
  const { invitation, deviceName } = options;
  const { clock, random } = ports;
  const keys = createDeviceKeys(random);
  const over = Promise.withResolvers<void>();
  const connection = createConnection({
    clock,
    random,
    openLink: ports.openLink,
    keys,
    vault: null,
    // Whoever passes the messages on can read none; whose host it is, the roster tells in the end.
    isTrustedRelay: () => true,
    events: {},
  });
  const pairing = startJoining({
    clock,
    random,
    post: createPairingPost(connection, clock),
    invitation,
    deviceName,
    keys,
    enter: async () => {
      const fetched = await fetchRoster(ports, keys, invitation.vault, (read, { relayKey }) =>
        isOurRoster(read, keys, invitation, relayKey),
      );
      if (fetched.kind !== "roster") return false;
      const { entries } = fetched;
      await writeIdentity(ports.identity, { keys, localKey: createLocalKey(random), entries, founding: null }, random);
      return true;
    },
    onOver: () => {
      connection.close();
      over.resolve();
    },
  });
  const joined = over.promise.then(async () => {
    if (pairing.state().phase !== "done") return null;
    const result = await openVault(ports);
    return result.kind === "open" ? result.vault : null;
  });
  // Whoever waits for it is told; whoever only looks at the state is not bothered.
  joined.catch(() => {});
  return { ...pairing, joined };
}

/**
 * `false`: it goes on, or does not list us yet. Throws `VaultError` when it is not the roster that the code named: its genesis is
 * pinned, it has to hold the very entry at which the code was made, and the host in it must be the one that answers.
 */
function isOurRoster(
  entries: readonly Uint8Array[],
  keys: DeviceKeys,
  { rosterHead, fingerprint, vault }: Invitation,
  relayKey: Uint8Array,
): boolean {
  const roster = readRosterOrNull(entries);
  if (roster === null || roster.vault !== vault) throw new VaultError("pairing-broken", "another roster");
  if (!isActiveMember(roster, keys.id)) return false;
  const hosts = [...roster.members.values()].filter((member) => member.role === "host" && member.removedSeq === null);
  const isNamedHost = hosts.some(
    (host) =>
      host.relayKey !== null &&
      isEqualBytes(host.relayKey, relayKey) &&
      isEqualBytes(hostFingerprint(host.signKey, host.boxKey, relayKey), fingerprint),
  );
  if (!isNamedHost) throw new VaultError("wrong-host", "relay of another host");
  const holdsHead = entries.some((entry) => isEqualBytes(rosterEntryHash(entry), rosterHead));
  if (!holdsHead || !openRosterVaultKeys(entries, keys).has(roster.generation))
    throw new VaultError("pairing-broken", "the roster is not the code's, or gives no key");
  return true;
}
