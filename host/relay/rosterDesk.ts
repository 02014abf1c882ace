/** What comes to a vault's roster, and who hears of it: claims, new entries, and the goodbye to who was removed. */
import { vaultIdFromBytes, type AuthorId, type VaultId } from "#crypto/ids.ts";
import { isActiveMember, rosterEntryHash } from "#crypto/roster.ts";
import type { Frame } from "#sync/frame.ts";
import { frameBytesMax, rosterEntryBytesMax } from "#sync/limits.ts";
import { OWN_PLACE, type Place } from "./places.ts";
import type { RosterStore, VaultRoster } from "./rosterStore.ts";
import type { AppendAnswer, Peer, Session } from "./session.ts";

export interface RosterDesk {
  /** Rejects when the disk failed. */
  cast(session: Session, frame: Extract<Frame, { type: "rosterCas" }>): Promise<AppendAnswer>;
  send(session: Session, vault: VaultRoster, from: number): void;
}

export interface RosterDeskOptions {
  readonly rosters: RosterStore;
  readonly sessions: () => Iterable<Session>;
  /** The vault whose docs this peer may follow. */
  readonly vaultOf: (peer: Peer) => VaultId | null;
  readonly onClaimed: () => void;
  readonly onInvited: (places: readonly Place[]) => void;
  /** The roster has grown, and nobody has heard of it yet. */
  readonly onGrown: (vault: VaultRoster) => void;
  readonly onRemoved: (device: AuthorId) => void;
}

/** ROSTER frames of this many entries stay below a frame's size whatever their lengths. */
const rosterPageMax = Math.floor((frameBytesMax - 256) / (rosterEntryBytesMax + 4));

export function createRosterDesk(options: RosterDeskOptions): RosterDesk {
  const { rosters, sessions, vaultOf } = options;

  /** A stranger whose genesis stands is a device from then on. */
  function admitClaimer({ peer }: Session): void {
    const vault = peer === null || peer.place === null ? null : rosters.of(peer.place);
    if (vault === null || peer?.standing !== "stranger") return;
    if (isActiveMember(vault.roster, peer.author)) peer.standing = "device";
  }

  /** Everybody learns of a new entry; who it removes is told so and closed. */
  function publish(place: Place, vault: VaultRoster): void {
    const { seq } = vault.roster;
    if (seq === 1 && place === OWN_PLACE) options.onClaimed();
    if (seq === 1 && place !== OWN_PLACE) options.onInvited(rosters.taken());
    const wasServing = (host: AuthorId): boolean => vault.roster.members.get(host)?.addedSeq !== seq;
    for (const session of sessions()) {
      const { peer } = session;
      if (peer === null || peer.place !== place || peer.standing === "stranger") continue;
      if (vaultOf(peer) !== null)
        send(session, vault, peer.standing === "host" && !wasServing(peer.author) ? 0 : seq - 1);
      else if (peer.standing === "device") {
        options.onRemoved(peer.author);
        session.refuse("removed", "This device was removed from the vault.");
      }
    }
  }

  function send(session: Session, vault: VaultRoster, from: number): void {
    for (let at = from; at === from || at < vault.entries.length; at += rosterPageMax) {
      const entries = vault.entries.slice(at, at + rosterPageMax);
      session.send({
        type: "roster",
        vault: vault.roster.vault,
        from: at,
        entries,
        claim: at === 0 ? vault.claim : null,
      });
    }
  }

  return {
    cast: async (session, frame) => {
      const { peer } = session;
      // Who asks again because the answer was lost may not say what it means any more; the genesis does.
      const place = peer?.place ?? (frame.prevSeq === 0 ? rosters.placeOf(vaultOfGenesis(frame.entry)) : null);
      const isClaim = place !== null && (rosters.of(place) === null || frame.prevSeq === 0);
      if (peer === null || place === null || peer.standing === "host" || (!isClaim && vaultOf(peer) === null)) {
        return { kind: "nack", code: "not-allowed", expected: 0 };
      }
      const outcome = await rosters.append(place, frame.prevSeq, frame.entry, frame.claim);
      if (outcome.kind === "repeated") {
        admitClaimer(session);
        return { kind: "ack", seq: outcome.seq };
      }
      if (outcome.kind === "conflict" && vaultOf(peer) !== null)
        return { kind: "nack", code: "conflict", expected: outcome.seq };
      if (outcome.kind !== "stored") return { kind: "nack", code: "not-allowed", expected: 0 };
      options.onGrown(outcome.vault);
      admitClaimer(session);
      queueMicrotask(() => publish(place, outcome.vault));
      return { kind: "ack", seq: outcome.vault.roster.seq };
    },
    send,
  };
}

function vaultOfGenesis(entry: Uint8Array): VaultId {
  return vaultIdFromBytes(rosterEntryHash(entry));
}
