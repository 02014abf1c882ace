/**
 * The places for vaults at this host: one for the owner's, opened by the link that the host prints, and one for each vault that was invited
 * (host/invitations.ts). A place is named by the public key of its link, and holds one vault at most. Everything about a vault
 * here goes by its place, so that one vault's devices meet nothing of another's: not its roster, its host, its mailboxes, nor that it is there.
 *
 * Who comes with an invitation names it in its HELLO by a tag, a hash of that key (crypto/claim.ts): only who was given the link knows that,
 * so to everybody else an open place looks like none.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { claimTag, verifyClaim } from "#crypto/claim.ts";
import type { VaultId } from "#crypto/ids.ts";
import { vaultBytesMax } from "./limits.ts";

/** "own", or the public key of an invitation in hex. */
export type Place = string & { readonly brand: "Place" };

export const OWN_PLACE = "own" as Place;

export interface Invitation {
  readonly key: Uint8Array;
  /** What its vault may have stored. */
  readonly bytesMax: number;
  /** Wall-clock milliseconds; after that it opens nothing more. A vault that came by it stays. */
  readonly endsMs: number;
  /** `false`: taken back. A vault that came by it is not served any more; what it stored stays on the disk. */
  readonly isServed: boolean;
}

export interface Places {
  /** Of a stored vault, by the signature that it came with. What fits no invitation is the owner's. */
  placeOf(genesisHash: Uint8Array, claim: Uint8Array | null): Place;
  /** Whether the signature opens this place, now. */
  admits(place: Place, genesisHash: Uint8Array, claim: Uint8Array | null): boolean;
  /** The place whose link has this tag. */
  byTag(tag: VaultId): Place | null;
  isServed(place: Place): boolean;
  /** Whether a vault may still come to it. */
  isOpen(place: Place): boolean;
  bytesMaxOf(place: Place): number;
  /** Replaces all invitations. */
  invite(invitations: readonly Invitation[]): void;
}

/** `ownKey`: of the printed link; `null` lets nobody claim this host. `ownBytesMax`: what the owner's vault may have stored. */
export function createPlaces(
  ownKey: Uint8Array | null,
  wallNowMs: () => number,
  ownBytesMax: number = vaultBytesMax,
): Places {
  let invited = new Map<Place, Invitation>();

  const isTimely = ({ endsMs, isServed }: Invitation): boolean => isServed && wallNowMs() < endsMs;

  return {
    placeOf: (genesisHash, claim) => {
      for (const [place, { key }] of invited) if (claim !== null && verifyClaim(key, genesisHash, claim)) return place;
      return OWN_PLACE;
    },
    admits: (place, genesisHash, claim) => {
      const invitation = invited.get(place);
      const isLate = invitation !== undefined && !isTimely(invitation);
      const key = place === OWN_PLACE ? ownKey : (invitation?.key ?? null);
      return !isLate && key !== null && claim !== null && verifyClaim(key, genesisHash, claim);
    },
    byTag: (tag) => {
      if (ownKey !== null && claimTag(ownKey) === tag) return OWN_PLACE;
      for (const [place, { key }] of invited) if (claimTag(key) === tag) return place;
      return null;
    },
    isServed: (place) => place === OWN_PLACE || invited.get(place)?.isServed === true,
    isOpen: (place) => {
      const invitation = invited.get(place);
      return place === OWN_PLACE ? ownKey !== null : invitation !== undefined && isTimely(invitation);
    },
    bytesMaxOf: (place) => invited.get(place)?.bytesMax ?? ownBytesMax,
    invite: (invitations) => {
      invited = new Map(invitations.map((each) => [bytesToHex(each.key) as Place, each]));
    },
  };
}
