/** Whether an entry is the one that its host wrote at this place, after the one before. Where entries lie and who reads them: host/tools/ledger.ts, ledgerReading.ts. */
import { isEqualBytes } from "#crypto/bytes.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { isLedgerEntrySigned, parseLedgerEntry } from "#crypto/ledger.ts";

export type LedgerFault =
  | "no-entry" /* nothing that reads as one */
  | "other-vault"
  | "out-of-place" /* it does not follow the one before */
  | "unsigned" /* not by a host of this vault */
  | "cut" /* half an entry */
  | "gone" /* devices were told of later ones */
  | "replaced"; /* another than devices were told of */

export interface LedgerKeys {
  readonly vault: VaultId;
  readonly signKeyOf: (host: AuthorId) => Uint8Array | null;
}

/** `null`: it is. */
export function judgeLedgerEntry(
  entry: Uint8Array,
  at: number,
  prev: Uint8Array,
  { vault, signKeyOf }: LedgerKeys,
): LedgerFault | null {
  try {
    const head = parseLedgerEntry(entry);
    const key = signKeyOf(head.host);
    if (head.vault !== vault) return "other-vault";
    if (head.n !== at || !isEqualBytes(head.prev, prev)) return "out-of-place";
    return key !== null && isLedgerEntrySigned(entry, key) ? null : "unsigned";
  } catch (error) {
    if (error instanceof CryptoError) return "no-entry";
    throw error;
  }
}
