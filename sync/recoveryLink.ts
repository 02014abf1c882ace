/**
 * Where to recover a vault: the link that is printed beside the 24 words. It holds no secret.
 *
 *   #r=<base64url vault id 32>&h=<base64url host fingerprint 16>       a host's own link, with h alone, does as well
 */
import { base64UrlToBytes, bytesToBase64Url } from "#crypto/bytes.ts";
import { parseClaimLink } from "#crypto/claim.ts";
import { HASH_BYTES, idToBytes, vaultIdFromBytes, type VaultId } from "#crypto/ids.ts";

export interface RecoveryPlace {
  /** `null`: the host's; whichever of its vaults the words open. */
  readonly vault: VaultId | null;
  /** Of the host's keys; `null`: whichever host answers. */
  readonly fingerprint: Uint8Array | null;
}

/** Of a vault that is open. */
export interface VaultPlace {
  readonly vault: VaultId;
  readonly fingerprint: Uint8Array;
}

/** Nothing but the words is known. */
export const anyPlace: RecoveryPlace = { vault: null, fingerprint: null };

export function recoveryLink(origin: string, { vault, fingerprint }: VaultPlace): string {
  return `${origin}/#r=${bytesToBase64Url(idToBytes(vault))}&h=${bytesToBase64Url(fingerprint)}`;
}

/** A link or what stands behind its `#`, as it was scanned or typed. `null` for anything else. */
export function parseRecoveryLink(text: string): RecoveryPlace | null {
  const link = text.replace(/\s+/g, "");
  const fragment = link.slice(link.indexOf("#") + 1);
  const match = /^r=([A-Za-z0-9_-]+)&(.+)$/.exec(fragment);
  const host = parseClaimLink(match?.[2] ?? fragment);
  if (host === null) return null;
  if (match?.[1] === undefined) return { vault: null, fingerprint: host.fingerprint };
  const vault = base64UrlToBytes(match[1]);
  return vault?.length === HASH_BYTES && host.seed === null
    ? { vault: vaultIdFromBytes(vault), fingerprint: host.fingerprint }
    : null;
}
