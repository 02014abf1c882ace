/**
 * The relay itself: what concerns more than one link. It wires the stores, admission and fan-out to sessions and keeps
 * who is there.
 */
import { WAITING_BOOT } from "#crypto/grantHeader.ts";
import { isEqualBytes } from "#crypto/bytes.ts";
import { isTemporaryDoc, vaultIdFromBytes, type AuthorId, type BootId, type DocId, type VaultId } from "#crypto/ids.ts";
import { isActiveMember, rosterEntryHash } from "#crypto/roster.ts";
import { encodeFrame, liveTagOf, type Frame } from "#sync/frame.ts";
import { frameBytesMax, rosterEntryBytesMax } from "#sync/limits.ts";
import type { LogRecord } from "#sync/log.ts";
import { createAdmission } from "./admission.ts";
import { HostError } from "../errors.ts";
import { createFanOut } from "./fanOut.ts";
import { judgeStanding, type HandshakePorts } from "./handshake.ts";
import * as limits from "./limits.ts";
import { createMailboxes } from "./mailboxes.ts";
import { createQuota, type QuotaLimits } from "./quota.ts";
import { createFailureLimit, createRateLimit } from "../rateLimit.ts";
import { OWN_PLACE, type Invitation, type Place, type Places } from "./places.ts";
import type { KeptRecord, RecordStore } from "./records.ts";
import type { RosterStore, VaultRoster } from "./rosterStore.ts";
import type { ServerLink, ServerLinkEvents } from "./server.ts";
import { createSession, keyName, type AppendAnswer, type Peer, type Session, type SessionHost } from "./session.ts";
import type { SqliteLogStore } from "./sqliteLogStore.ts";
import { createRelayLogs } from "./temporaryLogs.ts";
import type { WaitingGrants } from "./waitingGrants.ts";

export interface RelayOptions {
  readonly log: SqliteLogStore;
  readonly rosters: RosterStore;
  readonly waiting: WaitingGrants;
  readonly records: RecordStore;
  readonly handshake: Omit<HandshakePorts, "isPaused">;
  readonly hostSignKey: Uint8Array;
  readonly hostId: AuthorId;
  readonly authorIdOf: (publicKey: Uint8Array) => AuthorId;
  /** The boot that the bytes announce, if they are an announcement signed with this identity's key. */
  readonly bootOf: (bytes: Uint8Array, signKey: Uint8Array) => BootId | null;
  readonly places: Places;
  /** The owner's vault has come. */
  readonly onClaimed: () => void;
  /** A vault has come by an invitation: all places that hold one now. */
  readonly onInvited?: (places: readonly Place[]) => void;
  /** How many devices have a link now; called when it changed. */
  readonly onDevices?: (count: number) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly nowMs: () => number;
  /** For tests: less room. */
  readonly quota?: { readonly limits: QuotaLimits };
  /** Milliseconds of the clock on the wall. */
  readonly wallNowMs: () => number;
}

export interface Relay {
  /** Who may bring a vault here, from now on; devices of a place that is not served any more are cut off. */
  invite(invitations: readonly Invitation[]): void;
  /** `null` when there are too many links, or too many new ones. */
  accept(link: ServerLink): ServerLinkEvents | null;
  /** Ends links that are over their time. */
  check(): void;
  /** Tells every link that the relay goes away, and closes it. */
  drain(): void;
}

const NO_HEAD = new Uint8Array(32);
/** ROSTER frames of this many entries stay below a frame's size whatever their lengths. */
const rosterPageMax = Math.floor((frameBytesMax - 256) / (rosterEntryBytesMax + 4));

/** A host's agent as it announced itself. */
interface LiveAgent {
  readonly session: Session;
  readonly boot: BootId;
  readonly announcement: Uint8Array;
}

export function createRelay(options: RelayOptions): Relay {
  const { rosters, places, waiting, records, hostId, nowMs } = options;
  const log = createRelayLogs(options.log, nowMs);
  const sessions = new Set<Session>();
  const fanOut = createFanOut(log);
  const admission = createAdmission({
    findFirst: (vault, doc, author) => log.envelopeOf(vault, doc, author, 1),
    findRekeys: log.rekeysOf,
    now: options.wallNowMs,
  });
  const quota = createQuota({
    usageOf: log.usageOf,
    nowMs,
    limitsOf: (vault) => options.quota?.limits ?? limitsOf(vault),
  });
  const newLinks = createRateLimit(limits.linksPerSecond, limits.linksBurst);
  const failedAuths = createFailureLimit({
    failuresMax: limits.failedAuthsMax,
    windowMs: limits.failedAuthWindowMs,
    pauseMs: limits.failedAuthPauseMs,
    keysMax: limits.failedAuthKeysMax,
  });
  const liveDocs = new Map<string, { readonly vault: VaultId; readonly doc: DocId }>();
  /** By place, one a host, from its first announcement on. */
  const agents = new Map<Place, Map<AuthorId, LiveAgent>>();

  let devicesTold = 0;

  const sessionHost: SessionHost = {
    handshake: { ...options.handshake, isPaused: (publicKey) => failedAuths.isPaused(keyName(publicKey), nowMs()) },
    nowMs,
    mailboxes: createMailboxes(),
    createFollower: fanOut.createFollower,
    noteFailedAuth: (publicKey) => failedAuths.noteFailure(keyName(publicKey), nowMs()),
    open: (session, wantedVault, publicKey) => {
      const author = options.authorIdOf(publicKey);
      const place = findPlace(wantedVault, publicKey, author);
      const vault = place === null ? null : rosters.of(place);
      const isClaimable = place !== null && vault === null && places.isOpen(place);
      const isEmpty = rosters.taken().length === 0;
      const { hostSignKey } = options;
      const verdict = judgeStanding({ vault, isClaimable, isEmpty, hostSignKey, wantedVault, publicKey, author });
      if (verdict.kind === "refuse") return verdict;
      const peer: Peer = { publicKey, author, place, standing: verdict.standing };
      welcome(session, peer, vault, verdict.claimable);
      return { peer };
    },
    vaultOf,
    append,
    castRoster,
    sendRoster: (session, from) => {
      const vault = session.peer === null ? null : rosterOf(session.peer);
      if (vault !== null) sendRoster(session, vault, from);
    },
    tell: (peer, follower, envelope) => {
      const vault = rosterOf(peer);
      if (vault === null || vaultOf(peer) === null) return;
      const doc = admission.admitEphemeral(vault, envelope);
      if (doc !== null) fanOut.tell(vault.roster.vault, doc, encodeFrame({ type: "ephemeral", envelope }), follower);
    },
    tellLive: (peer, follower, lane, bytes) => {
      const live = liveDocs.get(lane);
      if (live !== undefined && vaultOf(peer) === live.vault) fanOut.tell(live.vault, live.doc, bytes, follower);
    },
    left: (peer, doc) => log.leave(peer.author, doc),
    announce: (session, announcement) => {
      const { peer } = session;
      const boot = peer?.standing === "host" ? options.bootOf(announcement, peer.publicKey) : null;
      if (peer === null || boot === null) return false;
      const known = agentsOf(peer.place).get(peer.author);
      if (known !== undefined && known.session !== session && !takesPlaceOf(known, boot, session)) return true;
      agentsOf(peer.place).set(peer.author, { session, boot, announcement: Uint8Array.from(announcement) });
      tellOfHost(peer);
      if (known?.session !== session) offerWhatWaited(session, peer);
      return true;
    },
    putRecord,
    recordTaken: (session, { seq, id, isFiled }) => {
      const vault = session.peer?.standing === "device" ? vaultOf(session.peer) : null;
      if (vault === null) return;
      if (isFiled) records.drop(vault, id);
      sendRecord(session, records.after(vault, seq));
    },
    onClosed: (session) => {
      sessions.delete(session);
      const { peer } = session;
      if (peer === null || agentsOf(peer.place).get(peer.author)?.session !== session) return;
      agentsOf(peer.place).delete(peer.author);
      tellOfHost(peer);
    },
  };

  function welcome(session: Session, peer: Peer, vault: VaultRoster | null, claimable: boolean): void {
    endOldestOf(peer);
    const isMember = peer.standing !== "stranger" && vault !== null;
    session.send({
      type: "ok",
      vault: isMember ? vault.roster.vault : null,
      rosterSeq: isMember ? vault.roster.seq : 0,
      rosterHead: isMember ? vault.roster.head : NO_HEAD,
      standing: peer.standing,
      claimable,
    });
    if (peer.standing !== "host") {
      const hosts = new Set([hostId, ...agentsOf(peer.place).keys()]);
      if (maySeeHost(peer)) for (const host of hosts) session.send(hostFrame(peer.place, host));
      if (peer.standing === "device" && vault !== null) sendRecord(session, records.after(vault.roster.vault, 0));
      return;
    }
    if (vault !== null && servesHost(vault, peer.author)) sendRoster(session, vault, 0);
  }

  /**
   * What a HELLO means: a vault here, a place by its link's tag, or nothing yet. The owner's place stands for what is not known while no vault is in it: it
   * may be the one that comes.
   */
  function findPlace(wanted: VaultId | null, publicKey: Uint8Array, author: AuthorId): Place | null {
    const known = wanted === null ? null : (rosters.placeOf(wanted) ?? places.byTag(wanted));
    if (known !== null) return known;
    if (wanted === null && isEqualBytes(publicKey, options.hostSignKey)) return OWN_PLACE;
    // A host on another machine, and who has nothing but the 24 words, do not say which vault they are of.
    const own = rosters.taken().find((place) => {
      const roster = rosters.of(place)?.roster;
      const role =
        roster !== undefined && isActiveMember(roster, author) ? roster.members.get(author)?.role : undefined;
      return wanted === null && (role === "host" || role === "recovery");
    });
    return own ?? (rosters.of(OWN_PLACE) === null ? OWN_PLACE : null);
  }

  function rosterOf({ place }: Peer): VaultRoster | null {
    return place === null ? null : rosters.of(place);
  }

  function agentsOf(place: Place | null): Map<AuthorId, LiveAgent> {
    const known = place === null ? undefined : agents.get(place);
    const found = known ?? new Map<AuthorId, LiveAgent>();
    if (place !== null) agents.set(place, found);
    return found;
  }

  /** What one device may have stored is half of its vault's share, so that it alone never fills it for the others. */
  function limitsOf(vault: VaultId): QuotaLimits {
    const place = rosters.placeOf(vault);
    const vaultBytesMax = place === null ? 0 : places.bytesMaxOf(place);
    return { vaultBytesMax, deviceBytesMax: Math.floor(vaultBytesMax / 2) };
  }

  /**
   * The newer link of one life is the living one: the other is what a broken connection left behind. Another life counts when the one
   * before has fallen silent; while that one is heard there are two agents with one identity, and each would take the other for its own
   * earlier life and go on with its answers. Devices hear that the host was away, since an offer to the old link may not have reached it.
   */
  function takesPlaceOf(
    known: { readonly session: Session; readonly boot: BootId },
    boot: BootId,
    by: Session,
  ): boolean {
    if (known.boot !== boot && nowMs() - known.session.heardMs < limits.agentAliveMs) {
      by.refuse("duplicate", duplicateSays);
      return false;
    }
    known.session.refuse("draining", "This host connected anew.");
    return true;
  }

  /** A key with too many links loses its oldest: that one is half-dead, or the key runs wild and pays for it itself. */
  function endOldestOf(peer: Peer): void {
    const own = [...sessions].filter(
      (each) => each.peer !== null && keyName(each.peer.publicKey) === keyName(peer.publicKey),
    );
    if (own.length >= limits.linksPerKeyMax) own[0]?.refuse("too-fast", "This device has too many links open.");
    const ofPlace = [...sessions].filter((each) => each.peer !== null && each.peer.place === peer.place);
    if (ofPlace.length >= limits.linksPerVaultMax) ofPlace[0]?.refuse("too-fast", "Too many links are open.");
  }

  /** The vault that a peer is a member of, asked anew each time: a removal counts at once. */
  function vaultOf(peer: Peer): VaultId | null {
    const vault = rosterOf(peer);
    if (vault === null || peer.standing === "stranger") return null;
    if (peer.standing === "host") return servesHost(vault, peer.author) ? vault.roster.vault : null;
    return isActiveMember(vault.roster, peer.author) ? vault.roster.vault : null;
  }

  function servesHost(vault: VaultRoster, host: AuthorId): boolean {
    return vault.roster.members.get(host)?.role === "host" && isActiveMember(vault.roster, host);
  }

  async function append(peer: Peer, envelope: Uint8Array): Promise<AppendAnswer> {
    const vault = rosterOf(peer);
    if (vault === null || vaultOf(peer) === null) return { kind: "nack", code: "not-allowed", expected: 0 };
    const admitted = admission.admit(vault, envelope);
    if (admitted.kind === "refuse") return { kind: "nack", code: admitted.code, expected: 0 };
    const { record, grant, endsGrant } = admitted;
    const device = peer.standing === "device" ? peer.author : null;
    const isTemporary = isTemporaryDoc(record.doc);
    // TM3: what waits for a host waits on the disk.
    if (isTemporary && grant?.boot === WAITING_BOOT) return { kind: "nack", code: "not-allowed", expected: 0 };
    if (!isTemporary && !quota.take(record.vault, device, envelope.length))
      return { kind: "nack", code: "full", expected: 0 };
    // The offer goes out after the flush, and by then the frame's bytes belong to somebody else.
    const offer = grant !== null && servesHost(vault, grant.host) ? Uint8Array.from(envelope) : null;
    try {
      const outcome = await log.append(record);
      if (outcome.kind === "refused") return { kind: "nack", code: "not-allowed", expected: 0 };
      if (outcome.kind === "conflict") return { kind: "nack", code: "conflict", expected: outcome.expected };
      if (outcome.kind === "stored") fanOut.notify(record.doc);
      if (peer.standing === "host") noteLane(record, record.replacesOwn);
      if (grant?.boot === WAITING_BOOT && offer !== null) {
        const { seq } = outcome;
        const { host, run, notAfter } = grant;
        await waiting.keep({ vault: record.vault, host, run, notAfter, doc: record.doc, seq, envelope: offer });
      }
      const settled = record.accepts ?? endsGrant;
      if (settled !== null) waiting.drop(record.vault, settled);
      if (offer !== null && grant !== null)
        agentsOf(peer.place)
          .get(grant.host)
          ?.session.send({ type: "offer", doc: record.doc, seq: outcome.seq, envelope: offer });
      return { kind: "ack", seq: outcome.seq };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  async function putRecord(peer: Peer, id: Uint8Array, record: Uint8Array): Promise<AppendAnswer> {
    const vault = peer.standing === "host" ? vaultOf(peer) : null;
    if (vault === null) return { kind: "nack", code: "not-allowed", expected: 0 };
    try {
      const kept = await records.put(vault, id, record);
      if (kept === null) return { kind: "nack", code: "full", expected: 0 };
      for (const session of sessions)
        if (session.peer?.standing === "device" && vaultOf(session.peer) === vault) sendRecord(session, kept);
      return { kind: "ack", seq: kept.seq };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  function sendRecord(session: Session, kept: KeptRecord | null): void {
    if (kept !== null && session.isReading) session.send({ type: "record", ...kept });
  }

  /** Questions asked while it was away. */
  function offerWhatWaited(session: Session, peer: Peer): void {
    const vault = rosterOf(peer);
    const host = peer.author;
    if (vault === null || !servesHost(vault, host)) return;
    for (const grant of waiting.of(vault.roster.vault, host, options.wallNowMs()))
      session.send({ type: "offer", ...grant });
  }

  /** Where a lane's live text goes: to those who follow the doc that it writes in. */
  function noteLane({ vault, author, doc }: Pick<LogRecord, "vault" | "author" | "doc">, isOver: boolean): void {
    const tag = liveTagOf(author);
    liveDocs.delete(tag);
    if (!isOver) liveDocs.set(tag, { vault, doc });
    const oldest = liveDocs.keys().next();
    if (liveDocs.size > limits.laneCacheMax && oldest.done === false) liveDocs.delete(oldest.value);
  }

  async function castRoster(session: Session, frame: Extract<Frame, { type: "rosterCas" }>): Promise<AppendAnswer> {
    const { peer } = session;
    // Who asks again because the answer was lost may not say what it means any more; the genesis does.
    const place = peer?.place ?? (frame.prevSeq === 0 ? rosters.placeOf(vaultOfGenesis(frame.entry)) : null);
    const isClaim = place !== null && (rosters.of(place) === null || frame.prevSeq === 0);
    if (peer === null || place === null || peer.standing === "host" || (!isClaim && vaultOf(peer) === null)) {
      return { kind: "nack", code: "not-allowed", expected: 0 };
    }
    try {
      const outcome = await rosters.append(place, frame.prevSeq, frame.entry, frame.claim);
      if (outcome.kind === "repeated") {
        admitClaimer(session);
        return { kind: "ack", seq: outcome.seq };
      }
      if (outcome.kind === "conflict" && vaultOf(peer) !== null)
        return { kind: "nack", code: "conflict", expected: outcome.seq };
      if (outcome.kind !== "stored") return { kind: "nack", code: "not-allowed", expected: 0 };
      admitClaimer(session);
      queueMicrotask(() => publishRoster(place, outcome.vault));
      return { kind: "ack", seq: outcome.vault.roster.seq };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  /** A stranger whose genesis stands is a device from then on. */
  function admitClaimer({ peer }: Session): void {
    const vault = peer === null ? null : rosterOf(peer);
    if (vault === null || peer?.standing !== "stranger") return;
    if (isActiveMember(vault.roster, peer.author)) peer.standing = "device";
  }

  /** Everybody learns of a new entry; who it removes is told so and closed. */
  function publishRoster(place: Place, vault: VaultRoster): void {
    const { seq } = vault.roster;
    if (seq === 1 && place === OWN_PLACE) options.onClaimed();
    if (seq === 1 && place !== OWN_PLACE) options.onInvited?.(rosters.taken());
    const wasServing = (host: AuthorId): boolean => vault.roster.members.get(host)?.addedSeq !== seq;
    for (const session of sessions) {
      const { peer } = session;
      if (peer === null || peer.place !== place || peer.standing === "stranger") continue;
      if (vaultOf(peer) !== null)
        sendRoster(session, vault, peer.standing === "host" && !wasServing(peer.author) ? 0 : seq - 1);
      else if (peer.standing === "device") {
        sessionHost.mailboxes.closeAll(peer.author);
        session.refuse("removed", "This device was removed from the vault.");
      }
    }
  }

  function sendRoster(session: Session, vault: VaultRoster, from: number): void {
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

  function devicesNow(): number {
    const keys = [...sessions].flatMap(({ peer }) => (peer?.standing === "device" ? [keyName(peer.publicKey)] : []));
    return new Set(keys).size;
  }

  function hostFrame(place: Place | null, host: AuthorId): Frame {
    return { type: "host", host, announcement: agentsOf(place).get(host)?.announcement ?? null };
  }

  function tellOfHost({ place, author }: Peer): void {
    const frame = hostFrame(place, author);
    for (const session of sessions)
      if (session.peer !== null && session.peer.place === place && maySeeHost(session.peer)) session.send(frame);
  }

  /** To a stranger a host shows itself only while it may be claimed; on a claimed one there are mailboxes for it and nothing else. */
  function maySeeHost({ standing, place }: Peer): boolean {
    return standing === "device" || (standing === "stranger" && place !== null && rosters.of(place) === null);
  }

  return {
    invite: (invitations) => {
      places.invite(invitations);
      for (const session of sessions) {
        const place = session.peer?.place ?? null;
        if (place !== null && !places.isServed(place))
          session.refuse("not-a-member", "This host belongs to another vault.");
      }
    },
    accept: (link) => {
      const inHandshake = [...sessions].filter((session) => session.peer === null).length;
      const isFull = sessions.size >= limits.linksMax || inHandshake >= limits.handshakesMax;
      if (isFull || !newLinks.take(nowMs())) return null;
      const session = createSession(link, sessionHost);
      sessions.add(session);
      return session;
    },
    check: () => {
      for (const session of sessions) session.check();
      const here = new Set([...sessions].map(({ peer }) => peer?.author));
      log.check((device) => here.has(device));
      const count = devicesNow();
      if (count !== devicesTold) options.onDevices?.(count);
      devicesTold = count;
    },
    drain: () => {
      for (const session of sessions) session.refuse("draining", "The host is stopping.");
    },
  };
}

function vaultOfGenesis(entry: Uint8Array): VaultId {
  return vaultIdFromBytes(rosterEntryHash(entry));
}

const duplicateSays =
  "Another agent with this host's keys is running, and only one may answer. Stop this one or that one; a copy of a host's home cannot run beside it.";

function toFailedAnswer(error: unknown): AppendAnswer {
  if (error instanceof HostError) return { kind: "nack", code: error.code === "full" ? "full" : "busy", expected: 0 };
  throw error;
}
