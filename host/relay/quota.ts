/**
 * How much a vault and each of its devices may have stored here: so that a device that runs wild fills its own share and
 * not the disk, and everybody else goes on. What is over it is answered `full`, stays on the device, and is sent again.
 *
 * The database keeps count (database.ts). It is read once, then each append is added to it; what is deleted is not
 * subtracted, so when the sum says full, it is read again before anybody is told so.
 */
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { deviceBytesMax, quotaCountEveryMs, shareCountEveryMs, vaultBytesMax } from "./limits.ts";

export interface QuotaLimits {
  readonly vaultBytesMax: number;
  readonly deviceBytesMax: number;
}

export interface QuotaOptions {
  /** What the log holds of a vault, by author. */
  readonly usageOf: (vault: VaultId) => ReadonlyMap<AuthorId, number>;
  readonly nowMs: () => number;
  /** Of this vault; without it the owner's share is everybody's. */
  readonly limitsOf?: (vault: VaultId) => QuotaLimits;
}

interface Count {
  readonly atMs: number;
  total: number;
  readonly by: Map<AuthorId, number>;
}

export interface Quota {
  /** Takes this much if there is room. `device`: whose share it also counts to; `null` for what the host writes. */
  take(vault: VaultId, device: AuthorId | null, bytes: number): boolean;
  /** What the vault has stored; what was deleted lately may still be in it. */
  usedBy(vault: VaultId): number;
}

export function createQuota({
  usageOf,
  nowMs,
  limitsOf = () => ({ vaultBytesMax, deviceBytesMax }),
}: QuotaOptions): Quota {
  const counts = new Map<VaultId, Count>();

  function count(vault: VaultId): Count {
    const by = new Map(usageOf(vault));
    const total = [...by.values()].reduce((sum, bytes) => sum + bytes, 0);
    const counted = { atMs: nowMs(), total, by };
    counts.set(vault, counted);
    return counted;
  }

  return {
    take: (vault, device, bytes) => {
      const limits = limitsOf(vault);
      let counted = counts.get(vault) ?? count(vault);
      const hasRoom = ({ total, by }: Count): boolean =>
        total + bytes <= limits.vaultBytesMax &&
        (device === null || (by.get(device) ?? 0) + bytes <= limits.deviceBytesMax);
      if (!hasRoom(counted) && nowMs() - counted.atMs >= quotaCountEveryMs) counted = count(vault);
      if (!hasRoom(counted)) return false;
      counted.total += bytes;
      if (device !== null) counted.by.set(device, (counted.by.get(device) ?? 0) + bytes);
      return true;
    },
    usedBy: (vault) => {
      const counted = counts.get(vault);
      const isOld = counted === undefined || nowMs() - counted.atMs >= shareCountEveryMs;
      return (isOld ? count(vault) : counted).total;
    },
  };
}
