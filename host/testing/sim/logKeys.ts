/** What whoever holds certain keys can read of a log, worked out beside the code under test, from bytes alone. */
import { openRekey, openRekeyKeys, type DocKey } from "#crypto/docKeys.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";

/** Every doc key that these vault keys lead to, by epoch. */
export function docKeysIn(
  log: readonly ParsedEnvelope[],
  vaultKeys: ReadonlyMap<number, VaultKey>,
): ReadonlyMap<number, readonly DocKey[]> {
  const keys = new Map<number, DocKey[]>();
  const note = (epoch: number, key: DocKey): void => void keys.set(epoch, [...(keys.get(epoch) ?? []), key]);
  for (const parsed of log) {
    if (parsed.kind !== "rekey") continue;
    tryTo(() => {
      const { epoch, docKey } = openRekey(parsed, vaultKeys);
      note(epoch, docKey);
      for (const older of openRekeyKeys(parsed, docKey)) note(older.epoch, older.docKey);
    });
  }
  return keys;
}

/** `null` when none of these keys opens it. */
export function openWith(parsed: ParsedEnvelope, keys: readonly DocKey[]): Uint8Array | null {
  for (const key of keys) {
    const body = tryTo(() => openEnvelope(parsed, key));
    if (body !== null) return body;
  }
  return null;
}

function tryTo<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
