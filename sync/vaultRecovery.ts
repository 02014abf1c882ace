/** The 24 words of a vault that is open: whether there are any, and setting new ones. Using them is restoring.ts. */
import { hostFingerprint } from "#crypto/claim.ts";
import type { RecoverySecret } from "#crypto/recovery.ts";
import { activeMembers } from "#crypto/roster.ts";
import { createSetRecovery } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import type { Membership } from "./membership.ts";
import type { Random } from "./ports.ts";
import type { VaultPlace } from "./recoveryLink.ts";

export interface VaultRecovery {
  /** Somebody wrote words down for this vault, on whichever device. */
  isSet(): boolean;
  /**
   * From now on the words of this secret open the vault, and those before it open nothing new. Only its public keys are kept, so
   * call it when the words are on paper. Rejects with `VaultError("no-host")`.
   */
  set(secret: RecoverySecret): Promise<void>;
  /** For the link that is printed beside the words (recoveryLink.ts). `null` until a host is listed. */
  place(): VaultPlace | null;
}

export function createVaultRecovery(membership: Membership, random: Random): VaultRecovery {
  return {
    isSet: () => activeMembers(membership.roster()).some(({ role }) => role === "recovery"),
    set: async (secret) => {
      // For one hour in a vault's life: no part of a page's first load.
      const { recoveryKeys } = await import("#crypto/recovery.ts");
      const { id, sign, box } = recoveryKeys(secret);
      return membership.change((on) => {
        if (on.roster.members.has(id)) return null;
        const recovery = { signKey: sign.publicKey, boxKey: box.publicKey };
        return createSetRecovery({ ...on, recovery, newVaultKey: createVaultKey(random) });
      });
    },
    place: () => {
      const roster = membership.roster();
      const host = activeMembers(roster).find(({ role }) => role === "host");
      if (host === undefined || host.relayKey === null) return null;
      return { vault: roster.vault, fingerprint: hostFingerprint(host.signKey, host.boxKey, host.relayKey) };
    },
  };
}
