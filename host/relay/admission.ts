/**
 * Who may append what. The relay reads clear headers only: PARSE → SIZE → ROSTER → SIGNATURE → what the kind asks for;
 * the store then checks order (sqliteLogStore.ts). Devices write under their own key from the roster. A host writes
 * through lanes: a lane's first envelope is an ACCEPT that the host's identity has signed, and only what that lane key
 * signs follows, into that one doc.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import {
  envelopeHash,
  parseEnvelope,
  verifyEnvelope,
  type EnvelopeKind,
  type ParsedEnvelope,
} from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseGrantClear, parseGrantEndClear, type GrantClear } from "#crypto/grantHeader.ts";
import type { AuthorId, DocId, RunId, VaultId } from "#crypto/ids.ts";
import { parseAccept, parseFinalClear, verifyAccept } from "#crypto/laneHeader.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { canWrite, isActiveMember, type Member, type Roster } from "#crypto/roster.ts";
import { parseBeaconClear, parseSnapshotClear } from "#crypto/snapshotHeader.ts";
import type { NackCode } from "#sync/frame.ts";
import type { Compaction, LogRecord } from "#sync/log.ts";
import { createEpochs, type FindRekeys } from "./epochs.ts";
import { laneCacheMax } from "./limits.ts";
import type { VaultRoster } from "./rosterStore.ts";

export type Admission =
  | {
      readonly kind: "admit";
      readonly record: LogRecord;
      /** What a GRANT says in the clear. */
      readonly grant: GrantClear | null;
      /** The run whose grant is over. */
      readonly endsGrant: RunId | null;
    }
  | { readonly kind: "refuse"; readonly code: NackCode };

export interface AdmissionControl {
  /** For the log. Every byte string of the result is a view of `envelope`. */
  admit(vault: VaultRoster, envelope: Uint8Array): Admission;
  /** For whoever is there now: the doc to tell, or `null` when it is refused. */
  admitEphemeral(vault: VaultRoster, envelope: Uint8Array): DocId | null;
}

/** Finds an author's first envelope in a doc: for a lane, its certificate. */
export type FindFirst = (vault: VaultId, doc: DocId, author: AuthorId) => Uint8Array | null;

interface Lane {
  readonly doc: DocId;
  readonly key: Uint8Array;
  readonly host: AuthorId;
}

const DEVICE_KINDS: readonly EnvelopeKind[] = ["update", "snapshot", "rekey", "grant", "grantEnd", "chunk", "beacon"];
const LANE_KINDS: readonly EnvelopeKind[] = ["update", "final"];

export interface AdmissionPorts {
  readonly findFirst: FindFirst;
  readonly findRekeys: FindRekeys;
  /** Wall-clock milliseconds, for how long a snapshot has stood. */
  readonly now: () => number;
}

export function createAdmission({ findFirst, findRekeys, now }: AdmissionPorts): AdmissionControl {
  const epochs = createEpochs(findRekeys);
  const lanes = new Map<AuthorId, Lane>();

  function findLane(vault: VaultRoster, envelope: ParsedEnvelope): Lane | null {
    const known = lanes.get(envelope.author);
    const lane = known ?? readLane(findFirst(vault.roster.vault, envelope.doc, envelope.author));
    if (lane === null || lane.doc !== envelope.doc) return null;
    lanes.delete(envelope.author);
    lanes.set(envelope.author, lane);
    const oldest = lanes.keys().next();
    if (lanes.size > laneCacheMax && oldest.done === false) lanes.delete(oldest.value);
    return lane;
  }

  /** The key that must have signed it, or `null` when this author may not write this. */
  function findKey(
    vault: VaultRoster,
    envelope: ParsedEnvelope,
    deviceKinds: readonly EnvelopeKind[],
    laneKinds: readonly EnvelopeKind[],
  ) {
    const { roster } = vault;
    const member = roster.members.get(envelope.author);
    if (member !== undefined) {
      const mayWrite = canWrite(roster, member.id) && deviceKinds.includes(envelope.kind);
      return mayWrite && namesRoster(vault, envelope, member) ? member.signKey : null;
    }
    if (envelope.kind === "accept") return acceptedLaneKey(vault, envelope);
    const lane = laneKinds.includes(envelope.kind) ? findLane(vault, envelope) : null;
    const host = lane === null ? null : activeHost(roster, lane.host);
    return lane !== null && host !== null && namesRoster(vault, envelope, host) ? lane.key : null;
  }

  return {
    admit: (vault, bytes) => {
      const envelope = parse(bytes);
      if (envelope === null) return { kind: "refuse", code: "malformed" };
      const key = findKey(vault, envelope, DEVICE_KINDS, LANE_KINDS);
      if (key === null || !verifyEnvelope(envelope, key)) return { kind: "refuse", code: "not-allowed" };
      const facts = readClear(envelope, vault.roster, now());
      if (facts === null) return { kind: "refuse", code: "malformed" };
      if (epochs.isStale(vault.roster, envelope)) return { kind: "refuse", code: "not-allowed" };
      const { doc, author, counter, prev } = envelope;
      const record: LogRecord = {
        vault: vault.roster.vault,
        doc,
        author,
        counter,
        prev,
        hash: envelopeHash(bytes),
        envelope: bytes,
        accepts: facts.accepts,
        replacesOwn: envelope.kind === "final",
        ...(facts.compaction === null ? {} : { compaction: facts.compaction }),
      };
      return { kind: "admit", record, grant: facts.grant, endsGrant: facts.endsGrant };
    },
    admitEphemeral: (vault, bytes) => {
      const envelope = parse(bytes);
      if (envelope === null || envelope.kind !== "ephemeral") return null;
      const key = findKey(vault, envelope, ["ephemeral"], ["ephemeral"]);
      return key !== null && verifyEnvelope(envelope, key) ? envelope.doc : null;
    },
  };
}

function parse(bytes: Uint8Array): ParsedEnvelope | null {
  return orNull(() => parseEnvelope(bytes));
}

/** An ACCEPT brings its own key, signed by a host of this roster for this doc; it is its lane's first envelope. */
function acceptedLaneKey(vault: VaultRoster, envelope: ParsedEnvelope): Uint8Array | null {
  const accept = orNull(() => parseAccept(envelope.clear));
  if (accept === null || accept.lane !== envelope.author || envelope.counter !== 1) return null;
  const host = activeHost(vault.roster, accept.host);
  if (host === null || !namesRoster(vault, envelope, host)) return null;
  return verifyAccept(accept, envelope.doc, host.signKey) ? accept.laneKey : null;
}

/** The certificate in a lane's first stored envelope; it was verified before it was stored. */
function readLane(first: Uint8Array | null): Lane | null {
  const envelope = first === null ? null : parse(first);
  if (envelope === null || envelope.kind !== "accept") return null;
  const accept = orNull(() => parseAccept(envelope.clear));
  return accept === null ? null : { doc: envelope.doc, key: Uint8Array.from(accept.laneKey), host: accept.host };
}

function activeHost(roster: Roster, id: AuthorId): Member | null {
  const member = roster.members.get(id);
  return member !== undefined && member.role === "host" && isActiveMember(roster, id) ? member : null;
}

/**
 * The roster that the author had seen: one that we hold, with that very head, in which the author (or the lane's host)
 * already stood. An older one is welcome: what was written offline before another device joined is no less true.
 */
function namesRoster(vault: VaultRoster, envelope: ParsedEnvelope, member: Member): boolean {
  const head = vault.heads[envelope.rosterSeq - 1];
  return (
    head !== undefined &&
    envelope.rosterSeq >= member.addedSeq &&
    isEqualBytes(envelope.rosterHead, head.subarray(0, envelope.rosterHead.length))
  );
}

interface ClearFacts {
  readonly accepts: RunId | null;
  readonly grant: GrantClear | null;
  readonly endsGrant: RunId | null;
  readonly compaction: Compaction | null;
}

const NO_FACTS: ClearFacts = { accepts: null, grant: null, endsGrant: null, compaction: null };

/** What the clear part of some kinds tells the relay; `null` when it is not what the kind promises. */
function readClear(envelope: ParsedEnvelope, roster: Roster, nowMs: number): ClearFacts | null {
  return orNull(() => {
    switch (envelope.kind) {
      case "accept":
        return { ...NO_FACTS, accepts: parseAccept(envelope.clear).run };
      case "grant":
        return { ...NO_FACTS, grant: parseGrantClear(envelope.clear) };
      case "grantEnd":
        return { ...NO_FACTS, endsGrant: parseGrantEndClear(envelope.clear) };
      case "final": {
        const { first, last } = parseFinalClear(envelope.clear);
        return first === 2 && last === envelope.counter - 1 ? NO_FACTS : null;
      }
      case "rekey":
        parseRekeyClear(envelope);
        return { ...NO_FACTS, compaction: { kind: "keep" } };
      case "snapshot": {
        const { cursor, mark, coverage } = parseSnapshotClear(envelope);
        const isAlone = countDevices(roster) === 1;
        return { ...NO_FACTS, compaction: { kind: "snapshot", cursor, mark, coverage, isAlone, nowMs } };
      }
      case "beacon":
        return { ...NO_FACTS, compaction: { kind: "beacon", snapshot: parseBeaconClear(envelope) } };
      default:
        return NO_FACTS;
    }
  });
}

function countDevices(roster: Roster): number {
  return [...roster.members.values()].filter(({ role, id }) => role === "device" && isActiveMember(roster, id)).length;
}

function orNull<T>(parseIt: () => T): T | null {
  try {
    return parseIt();
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
