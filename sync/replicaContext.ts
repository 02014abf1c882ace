/** What all docs of an open vault share on this device, from what the machine gives and who this device is. */
import type { DocId } from "#crypto/ids.ts";
import type { DeviceCache } from "./deviceCache.ts";
import type { DirectHub } from "./direct/directHub.ts";
import type { Identity } from "./identity.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { snapshotPace } from "./limits.ts";
import type { Membership } from "./membership.ts";
import { noPause } from "./ports.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { VaultPorts } from "./vaultTypes.ts";

export interface SharedParts {
  readonly identity: Identity;
  readonly membership: Membership;
  readonly direct: DirectHub;
  readonly cache: DeviceCache;
  /** Before a doc is opened: nobody else reads its log. */
  readonly whenFree: (doc: DocId) => Promise<void>;
}

export function createReplicaContext(
  ports: VaultPorts,
  { identity, membership, direct, cache, whenFree }: SharedParts,
): ReplicaContext {
  return {
    clock: ports.clock,
    random: ports.random,
    keys: identity.keys,
    localKey: identity.localKey,
    journals: ports.journals ?? indexedDbJournals,
    lifeboat: ports.lifeboat ?? null,
    connection: membership.connection,
    direct,
    roster: membership.roster,
    vaultKeys: membership.vaultKeys,
    wantRoster: membership.wantRoster,
    keepRoster: membership.keepRoster,
    snapshotPace: ports.snapshotPace ?? snapshotPace,
    pause: ports.pause ?? noPause,
    makeRoom: () => void cache.remove([]).catch(() => undefined),
    whenFree,
  };
}
