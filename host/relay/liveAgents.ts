/** Which hosts' agents are there, by place: who answers now, what they announced, and how devices hear of it. */
import type { AuthorId, BootId } from "#crypto/ids.ts";
import type { Frame } from "#sync/frame.ts";
import { agentAliveMs } from "./limits.ts";
import type { Place } from "./places.ts";
import type { Peer, Session } from "./session.ts";

export interface LiveAgents {
  /** `false`: that is no announcement of this host. */
  announce(session: Session, announcement: Uint8Array): boolean;
  /** Its link is over. */
  left(session: Session): void;
  /** Tells a link that was just opened who is there. */
  tellAll(session: Session, peer: Peer): void;
  sessionOf(place: Place | null, host: AuthorId): Session | undefined;
}

export interface LiveAgentsOptions {
  /** Of this machine: devices hear of it also before its agent has come. */
  readonly hostId: AuthorId;
  readonly nowMs: () => number;
  /** The boot that the bytes announce, if they are an announcement signed with this identity's key. */
  readonly bootOf: (bytes: Uint8Array, signKey: Uint8Array) => BootId | null;
  readonly sessions: () => Iterable<Session>;
  /** No vault is here yet. */
  readonly isOpen: (place: Place) => boolean;
  /** Another link of a host has come, or its first. */
  readonly onCame: (session: Session, peer: Peer) => void;
}

/** A host's agent as it announced itself. */
interface LiveAgent {
  readonly session: Session;
  readonly boot: BootId;
  readonly announcement: Uint8Array;
}

export function createLiveAgents(options: LiveAgentsOptions): LiveAgents {
  const { hostId, nowMs, bootOf, sessions } = options;
  /** By place, one a host, from its first announcement on. */
  const agents = new Map<Place, Map<AuthorId, LiveAgent>>();

  function agentsOf(place: Place | null): Map<AuthorId, LiveAgent> {
    const known = place === null ? undefined : agents.get(place);
    const found = known ?? new Map<AuthorId, LiveAgent>();
    if (place !== null) agents.set(place, found);
    return found;
  }

  /**
   * The newer link of one life is the living one: the other is what a broken connection left behind. Another life counts when the one
   * before has fallen silent; while that one is heard there are two agents with one identity, and each would take the other for its own
   * earlier life and go on with its answers. Devices hear that the host was away, since an offer to the old link may not have reached it.
   */
  function takesPlaceOf(known: LiveAgent, boot: BootId, by: Session): boolean {
    if (known.boot !== boot && nowMs() - known.session.heardMs < agentAliveMs) {
      by.refuse("duplicate", duplicateSays);
      return false;
    }
    known.session.refuse("draining", "This host connected anew.");
    return true;
  }

  function hostFrame(place: Place | null, host: AuthorId): Frame {
    return { type: "host", host, announcement: agentsOf(place).get(host)?.announcement ?? null };
  }

  function tellOfHost({ place, author }: Peer): void {
    const frame = hostFrame(place, author);
    for (const session of sessions())
      if (session.peer !== null && session.peer.place === place && maySeeHost(session.peer)) session.send(frame);
  }

  /** To a stranger a host shows itself only while it may be claimed; on a claimed one there are mailboxes for it and nothing else. */
  function maySeeHost({ standing, place }: Peer): boolean {
    return standing === "device" || (standing === "stranger" && place !== null && options.isOpen(place));
  }

  return {
    announce: (session, announcement) => {
      const { peer } = session;
      const boot = peer?.standing === "host" ? bootOf(announcement, peer.publicKey) : null;
      if (peer === null || boot === null) return false;
      const known = agentsOf(peer.place).get(peer.author);
      if (known !== undefined && known.session !== session && !takesPlaceOf(known, boot, session)) return true;
      agentsOf(peer.place).set(peer.author, { session, boot, announcement: Uint8Array.from(announcement) });
      tellOfHost(peer);
      if (known?.session !== session) options.onCame(session, peer);
      return true;
    },
    left: (session) => {
      const { peer } = session;
      if (peer === null || agentsOf(peer.place).get(peer.author)?.session !== session) return;
      agentsOf(peer.place).delete(peer.author);
      tellOfHost(peer);
    },
    tellAll: (session, peer) => {
      if (!maySeeHost(peer)) return;
      for (const host of new Set([hostId, ...agentsOf(peer.place).keys()])) session.send(hostFrame(peer.place, host));
    },
    sessionOf: (place, host) => agentsOf(place).get(host)?.session,
  };
}

const duplicateSays =
  "Another agent with this host's keys is running, and only one may answer. Stop this one or that one; a copy of a host's home cannot run beside it.";
