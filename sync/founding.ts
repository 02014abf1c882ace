/**
 * Founding a vault: the device has made its genesis and kept it; now it claims the host that its link names, and lists that host
 * in the roster. Each step may be cut off and is simply done again: the relay answers a genesis it has already as accepted.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { openAnnouncement, type Announcement } from "#crypto/announcement.ts";
import { hostFingerprint, signClaim } from "#crypto/claim.ts";
import { rosterEntryHash } from "#crypto/roster.ts";
import { createAddHost } from "#crypto/rosterEntries.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { Connection } from "./connection.ts";
import type { VaultErrorCode } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { LiveState } from "./linkLife.ts";
import type { Reply } from "./linkRequests.ts";
import type { Random } from "./ports.ts";
import type { RosterCopy } from "./rosterCopy.ts";

export type FoundingStep =
  /** Nothing to do until the link is live, or the host shows itself. */
  | { readonly kind: "wait" }
  | { readonly kind: "failed"; readonly code: VaultErrorCode }
  /** The host took the genesis: a new handshake makes this device a member. */
  | { readonly kind: "claimed" }
  /** The roster's entry after seq `from`, which lists the host. The relay may have sent it to us as well by now. */
  | { readonly kind: "listed"; readonly from: number; readonly entry: Uint8Array };

export interface FoundingView {
  readonly identity: Identity;
  readonly copy: RosterCopy;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
  readonly connection: Connection;
  /** As the relay passed it on, on this very link. */
  readonly announcement: Uint8Array | null;
  readonly random: Random;
}

/** One step; the caller keeps what it yields and comes back at the next change of the link. */
export async function advanceFounding(view: FoundingView): Promise<FoundingStep> {
  const { connection, announcement, identity } = view;
  const live = connection.state;
  if (identity.founding === null || live.phase !== "live") return { kind: "wait" };
  if (live.standing === "stranger" && !live.claimable) return { kind: "failed", code: "claim-used" };
  if (announcement === null) return { kind: "wait" };
  const host = openSafely(announcement);
  // The link names the host by its keys: nothing is claimed that does not show exactly these.
  if (
    host === null ||
    !isEqualBytes(hostFingerprint(host.signKey, host.boxKey, live.relayKey), identity.founding.fingerprint)
  ) {
    return { kind: "failed", code: "wrong-host" };
  }
  return live.standing === "device" ? listHost(view, live, host) : claim(view);
}

async function claim({ identity, connection }: FoundingView): Promise<FoundingStep> {
  const [genesis] = identity.entries;
  if (identity.founding === null || genesis === undefined) return { kind: "wait" };
  const reply = await connection.casRoster(0, genesis, signClaim(identity.founding.seed, rosterEntryHash(genesis)));
  return fromReply(reply, { kind: "claimed" });
}

async function listHost(view: FoundingView, live: LiveState, host: Announcement): Promise<FoundingStep> {
  const { identity, copy, vaultKeys, connection, random } = view;
  const vaultKey = vaultKeys.get(copy.roster.generation);
  if (vaultKey === undefined) return { kind: "wait" };
  const { signKey, boxKey } = host;
  const entry = createAddHost({
    roster: copy.roster,
    by: identity.keys,
    host: { signKey, boxKey, relayKey: live.relayKey },
    name: "Host",
    vaultKey,
    random,
  });
  return fromReply(await connection.casRoster(copy.roster.seq, entry, null), {
    kind: "listed",
    from: copy.roster.seq,
    entry,
  });
}

function fromReply(reply: Reply, done: FoundingStep): FoundingStep {
  if (reply.kind === "ack") return done;
  // A conflict while listing means that an earlier try went through: the roster itself will say so.
  if (reply.kind === "lost" || done.kind === "listed") return { kind: "wait" };
  return { kind: "failed", code: "claim-used" };
}

function openSafely(announcement: Uint8Array): Announcement | null {
  try {
    return openAnnouncement(announcement);
  } catch {
    // reason: an announcement that does not verify is no host of ours, whatever is wrong with it.
    return null;
  }
}
