/**
 * The claim: who has the link that the host printed may make the host's first vault.
 *
 *   link         #c=<base64url claim seed 32>&h=<base64url fingerprint 16>; once claimed, only h
 *   fingerprint  BLAKE2b-128("sovereign/host/v1" ‖ host sign key ‖ host box key ‖ relay key)
 *   signature    Ed25519(claim key, "sovereign/claim/v1" ‖ hash of the genesis entry)
 *   tag          BLAKE2b-256("sovereign/claim-tag/v1" ‖ claim public key): in the place of a vault's id in a HELLO, of who comes with the link and of
 *                the agent that serves who came with it
 *
 * Relay and agent know the claim's public key only, and each checks the signature for itself.
 */
import { base64UrlToBytes, bytesToBase64Url, concatBytes } from "./bytes.ts";
import { sign, signingKeyFromSeed } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash128, hash256 } from "./hash.ts";
import { HASH_BYTES, ID_BYTES, vaultIdFromBytes, type VaultId } from "./ids.ts";
import type { Random } from "./random.ts";
import { KEY_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export interface ClaimLink {
  /** `null` once the host belongs to a vault. */
  readonly seed: Uint8Array | null;
  readonly fingerprint: Uint8Array;
}

export function createClaim(random: Random): { readonly seed: Uint8Array; readonly publicKey: Uint8Array } {
  const seed = random(KEY_BYTES);
  return { seed, publicKey: claimKeyOf(seed) };
}

export function claimKeyOf(seed: Uint8Array): Uint8Array {
  return signingKeyFromSeed(seed).publicKey;
}

export function signClaim(seed: Uint8Array, genesisHash: Uint8Array): Uint8Array {
  if (genesisHash.length !== HASH_BYTES) throw new CryptoError("malformed", "genesis hash");
  return sign("sovereign/claim/v1", genesisHash, signingKeyFromSeed(seed));
}

export function verifyClaim(publicKey: Uint8Array, genesisHash: Uint8Array, signature: Uint8Array): boolean {
  return genesisHash.length === HASH_BYTES && verifySignature("sovereign/claim/v1", genesisHash, signature, publicKey);
}

/** By it who has the link says which place at a host it means, and nobody else can: it says nothing of the key. */
export function claimTag(publicKey: Uint8Array): VaultId {
  return vaultIdFromBytes(hash256("sovereign/claim-tag/v1", publicKey));
}

/** What stands in the printed link, so that a device knows that it talks to that very host. */
export function hostFingerprint(signKey: Uint8Array, boxKey: Uint8Array, relayKey: Uint8Array): Uint8Array {
  const keys = [signKey, boxKey, relayKey];
  if (keys.some((key) => key.length !== KEY_BYTES)) throw new CryptoError("malformed", "host key");
  return hash128("sovereign/host/v1", concatBytes(...keys));
}

/** Without the `#`: a fragment is never sent to a server. */
export function claimLinkFragment(link: ClaimLink): string {
  const fingerprint = `h=${bytesToBase64Url(link.fingerprint)}`;
  return link.seed === null ? fingerprint : `c=${bytesToBase64Url(link.seed)}&${fingerprint}`;
}

/** With or without the `#`; `null` for anything that is not such a link. */
export function parseClaimLink(fragment: string): ClaimLink | null {
  const fields = new Map<string, Uint8Array | null>();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const match = /^([ch])=([A-Za-z0-9_-]+)$/.exec(part);
    if (match?.[1] === undefined || match[2] === undefined || fields.has(match[1])) return null;
    fields.set(match[1], base64UrlToBytes(match[2]));
  }
  const fingerprint = fields.get("h");
  const seed = fields.has("c") ? fields.get("c") : null;
  if (fingerprint?.length !== ID_BYTES) return null;
  if (seed === undefined || (seed === null && fields.has("c")) || (seed !== null && seed.length !== KEY_BYTES))
    return null;
  return { seed, fingerprint };
}
