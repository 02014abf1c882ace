/**
 * Vault keys: 32 random bytes per roster generation. Each entry that begins a generation carries the new key boxed to every
 * active device and the recovery, a commitment, and the older key wrapped under the new one; so the newest key reads all.
 *
 *   box         crypto_box_seal(member's box key, vault key)                                             80 bytes
 *   wrap        nonce 24 ‖ XChaCha20-Poly1305(sub-key of the newer, the older, data = "sovereign/vk/v1" ‖ generation)   72 bytes
 *   commitment  BLAKE2b-128(key = vault key, "sovereign/vault-commit/v1" ‖ generation)
 *   name        generation 4 ‖ nonce 24 ‖ XChaCha20-Poly1305(sub-key, padded name, data = "sovereign/name/v1" ‖ sign key)
 */
import { bytesToUtf8, concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import type { BoxKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { keyedHash128 } from "./hash.ts";
import { nameBytesMax } from "./limits.ts";
import { padBody, unpadBody } from "./padding.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, boxOpen, boxSeal, deriveSubkey, isEqualSecret, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";

export type VaultKey = Uint8Array;

/** What a vault key is used for; each use has a sub-key of its own. */
type VaultKeyUse = "docKeys" | "olderVaultKey" | "names";

const KEY_CONTEXT = "sv/vault";
const SUBKEY_NUMBERS: Readonly<Record<VaultKeyUse, number>> = { docKeys: 1, olderVaultKey: 2, names: 3 };
const WRAP_LABEL = utf8ToBytes("sovereign/vk/v1");
const NAME_LABEL = utf8ToBytes("sovereign/name/v1");

export function createVaultKey(random: Random): VaultKey {
  return random(KEY_BYTES);
}

export function vaultSubkey(vaultKey: VaultKey, use: VaultKeyUse): Uint8Array {
  return deriveSubkey(vaultKey, KEY_CONTEXT, SUBKEY_NUMBERS[use]);
}

/** Only ever put inside a signed roster entry: an unsigned box could be anybody's. */
export function boxVaultKey(vaultKey: VaultKey, memberBoxKey: Uint8Array): Uint8Array {
  return boxSeal(vaultKey, memberBoxKey);
}

/** `null` when it is not for this key. */
export function openVaultKeyBox(box: Uint8Array, key: BoxKey): VaultKey | null {
  const vaultKey = boxOpen(box, key);
  return vaultKey?.length === KEY_BYTES ? vaultKey : null;
}

export function vaultKeyCommitment(vaultKey: VaultKey, generation: number): Uint8Array {
  return keyedHash128(vaultKey, "sovereign/vault-commit/v1", createWriter().u32(generation).finish());
}

export function isCommittedVaultKey(vaultKey: VaultKey, generation: number, commitment: Uint8Array): boolean {
  return isEqualSecret(vaultKeyCommitment(vaultKey, generation), commitment);
}

/** `generation` is the newer key's. */
export function wrapOlderVaultKey(older: VaultKey, newer: VaultKey, generation: number, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(older, wrapData(generation), nonce, vaultSubkey(newer, "olderVaultKey")));
}

/** Throws `CryptoError("key")`. */
export function unwrapOlderVaultKey(wrap: Uint8Array, newer: VaultKey, generation: number): VaultKey {
  const [nonce, sealed] = [wrap.subarray(0, NONCE_BYTES), wrap.subarray(NONCE_BYTES)];
  const older = aeadOpen(sealed, wrapData(generation), nonce, vaultSubkey(newer, "olderVaultKey"));
  if (older?.length !== KEY_BYTES) throw new CryptoError("key", `vault key before generation ${generation}`);
  return older;
}

/** A member's name is bound to its signing key: it cannot be moved to another member. */
export function sealName(
  name: string,
  signKey: Uint8Array,
  generation: number,
  vaultKey: VaultKey,
  random: Random,
): Uint8Array {
  const encoded = utf8ToBytes(name);
  if (encoded.length > nameBytesMax) throw new CryptoError("malformed", `name of ${encoded.length} bytes`);
  const nonce = random(NONCE_BYTES);
  const sealed = aeadSeal(padBody(encoded), concatBytes(NAME_LABEL, signKey), nonce, vaultSubkey(vaultKey, "names"));
  return createWriter().u32(generation).fixed(nonce).fixed(sealed).finish();
}

/** `null` when the key of its generation is not there, or it is not a name. */
export function openName(
  sealed: Uint8Array,
  signKey: Uint8Array,
  vaultKeys: ReadonlyMap<number, VaultKey>,
): string | null {
  try {
    const reader = createReader(sealed);
    const vaultKey = vaultKeys.get(reader.u32());
    if (vaultKey === undefined) return null;
    const nonce = reader.fixed(NONCE_BYTES);
    const padded = aeadOpen(
      reader.fixed(reader.left),
      concatBytes(NAME_LABEL, signKey),
      nonce,
      vaultSubkey(vaultKey, "names"),
    );
    return padded === null ? null : bytesToUtf8(unpadBody(padded));
  } catch {
    // reason: a name that another member sealed badly must not keep anyone from reading the roster.
    return null;
  }
}

function wrapData(generation: number): Uint8Array {
  return createWriter().fixed(WRAP_LABEL).u32(generation).finish();
}
