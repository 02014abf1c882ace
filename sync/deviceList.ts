/** The list of devices as a person reads it: who is in the roster, under which name, when last seen, and what it still lacks. */
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { isActiveMember, type Roster } from "#crypto/roster.ts";
import { openMemberName } from "#crypto/rosterEntries.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { DeviceCards, DeviceKind } from "./docs/devices.ts";
import type { Receipts } from "./receipts.ts";

export interface DeviceInfo {
  readonly id: AuthorId;
  readonly role: "device" | "host";
  readonly name: string;
  /** `null`: it has not said. */
  readonly kind: DeviceKind | null;
  /** The device on which this list is read. */
  readonly isThis: boolean;
  /** When it was last known to be in use; `null`: not yet. */
  readonly seenAt: number | null;
  /** How what is said between it and the device on which this list is read would go now; `null`: not at all. */
  readonly way: "direct" | "host" | null;
  /** Docs in which it has not said, since this device was opened, that it holds all that this one wrote. */
  readonly lacks: readonly DocId[];
}

export interface DeviceListView {
  readonly roster: Roster;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
  readonly here: AuthorId;
  readonly nowMs: number;
  readonly cards: DeviceCards;
  readonly receipts: Receipts;
  /** When each was last heard on this device's link. */
  readonly heardAt: ReadonlyMap<AuthorId, number>;
  readonly liveHosts: readonly AuthorId[];
  readonly directTo: readonly AuthorId[];
  readonly isLinked: boolean;
}

/** In the order in which they were let in. */
export function listDevices(view: DeviceListView): readonly DeviceInfo[] {
  const { roster, vaultKeys, here, nowMs, cards, receipts, heardAt, liveHosts, directTo, isLinked } = view;
  const listed: DeviceInfo[] = [];
  for (const member of roster.members.values()) {
    const { id, role } = member;
    if (role === "recovery" || !isActiveMember(roster, id)) continue;
    const card = cards.card(id);
    const isDirect = directTo.includes(id);
    const isHere = id === here || liveHosts.includes(id) || isDirect;
    const seenAt = isHere ? nowMs : Math.max(card.seenAt ?? 0, heardAt.get(id) ?? 0);
    listed.push({
      id,
      role,
      name: card.name ?? openMemberName(member, vaultKeys) ?? "",
      kind: card.kind,
      isThis: id === here,
      seenAt: seenAt === 0 ? null : seenAt,
      way: isDirect ? "direct" : isLinked ? "host" : null,
      lacks: role === "device" && id !== here ? receipts.lackedBy(id) : [],
    });
  }
  return listed;
}
