/** Who may be heard in a doc: a device of the roster, or a lane that a host of the roster certified for one run. */
import type { EnvelopeKind, ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { parseAccept, verifyAccept } from "#crypto/laneHeader.ts";
import type { Member } from "#crypto/roster.ts";
import type { Lane, Parked, RoomState } from "./roomState.ts";

export interface WriterView extends Pick<RoomState, "roster" | "lanes"> {
  readonly parked: readonly Parked[];
}

export interface Writer {
  readonly key: Uint8Array;
  readonly lane: Lane | null;
}

const DEVICE_KINDS: readonly EnvelopeKind[] = ["update", "rekey", "grant", "grantEnd", "snapshot", "beacon"];

/** Rules WH1..WH4. `"roster"` and `"gap"`: whoever it is may be known later; `"dropped"`: nobody who is heard. */
export function findWriter(room: WriterView, parsed: ParsedEnvelope): Writer | "roster" | "gap" | "dropped" {
  const { author, kind } = parsed;
  const member = room.roster.members.get(author);
  if (member !== undefined) {
    const isDeviceKind = DEVICE_KINDS.includes(kind);
    return isDeviceKind && member.role === "device" && wasActive(member, parsed)
      ? { key: member.signKey, lane: null }
      : "dropped";
  }
  const lane = room.lanes.get(author) ?? certifiedLane(room, parsed);
  if (lane !== null) {
    const isLaneKind = kind === "accept" || kind === "update" || kind === "final";
    return isLaneKind && lane.state === "open" ? { key: lane.key, lane } : "dropped";
  }
  if (parsed.rosterSeq > room.roster.seq) return "roster";
  // A lane's first envelope may itself be parked.
  return room.parked.some((parked) => parked.parsed.author === author) ? "gap" : "dropped";
}

/** What a member wrote before its removal stays valid. */
function wasActive(member: Member, parsed: ParsedEnvelope): boolean {
  return member.removedSeq === null || parsed.rosterSeq < member.removedSeq;
}

function certifiedLane(room: WriterView, parsed: ParsedEnvelope): Lane | null {
  if (parsed.kind !== "accept" || parsed.counter !== 1) return null;
  try {
    const accept = parseAccept(parsed.clear);
    const host = room.roster.members.get(accept.host);
    const isHost = host?.role === "host" && wasActive(host, parsed);
    if (!isHost || accept.lane !== parsed.author || !verifyAccept(accept, parsed.doc, host.signKey)) return null;
    // LC2: one lane a run; the relay sees to it too.
    if ([...room.lanes.values()].some((lane) => lane.run === accept.run)) return null;
    return { run: accept.run, key: accept.laneKey.slice(), host: accept.host, boot: accept.boot, state: "open" };
  } catch {
    // reason: a certificate that does not parse certifies nobody.
    return null;
  }
}

/** The member who answers for an author: itself, or the host whose lane it is. */
export function memberBehind(author: AuthorId, lane: Lane | null): AuthorId {
  return lane === null ? author : lane.host;
}
