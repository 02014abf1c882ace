/** Whose vault a HELLO means: one that is here, a place by its link's tag, or nothing yet. */
import { isEqualBytes } from "#crypto/bytes.ts";
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { OWN_PLACE, type Place, type Places } from "./places.ts";
import type { RosterStore } from "./rosterStore.ts";

/** The owner's place stands for what is not known while no vault is in it: it may be the one that comes. */
export function placeOfHello(
  here: { readonly rosters: RosterStore; readonly places: Places; readonly hostSignKey: Uint8Array },
  wanted: VaultId | null,
  publicKey: Uint8Array,
  author: AuthorId,
): Place | null {
  const { rosters, places, hostSignKey } = here;
  const known = wanted === null ? null : (rosters.placeOf(wanted) ?? places.byTag(wanted));
  if (known !== null) return known;
  if (wanted === null && isEqualBytes(publicKey, hostSignKey)) return OWN_PLACE;
  // A host on another machine, and who has nothing but the 24 words, do not say which vault they are of.
  const own = rosters.taken().find((place) => {
    const roster = rosters.of(place)?.roster;
    const role = roster !== undefined && isActiveMember(roster, author) ? roster.members.get(author)?.role : undefined;
    return wanted === null && (role === "host" || role === "recovery");
  });
  return own ?? (rosters.of(OWN_PLACE) === null ? OWN_PLACE : null);
}
