/**
 * The relay itself: what concerns more than one link. It wires the stores, admission and fan-out to sessions and keeps
 * who is there.
 */
import { WAITING_BOOT } from "#crypto/grantHeader.ts";
import { isTemporaryDoc, type AuthorId, type BootId, type DocId, type VaultId } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { encodeFrame, liveTagOf, type Frame } from "#sync/frame.ts";
import { frameBytesMax, rosterEntryBytesMax } from "#sync/limits.ts";
import { createAdmission } from "./admission.ts";
import { HostError } from "../errors.ts";
import { createFanOut } from "./fanOut.ts";
import { judgeStanding, type HandshakePorts } from "./handshake.ts";
import * as limits from "./limits.ts";
import { createMailboxes } from "./mailboxes.ts";
import { createQuota, type QuotaLimits } from "./quota.ts";
import { createFailureLimit, createRateLimit } from "../rateLimit.ts";
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
  readonly hasClaim: boolean;
  readonly onClaimed: () => void;
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

export function createRelay(options: RelayOptions): Relay {
  const { rosters, waiting, records, hostId, nowMs } = options;
  const log = createRelayLogs(options.log, nowMs);
  const sessions = new Set<Session>();
  const fanOut = createFanOut(log);
  const admission = createAdmission({
    findFirst: (vault, doc, author) => log.envelopeOf(vault, doc, author, 1),
    findRekeys: log.rekeysOf,
    now: options.wallNowMs,
  });
  const quota = createQuota({ usageOf: log.usageOf, nowMs, ...options.quota });
  const newLinks = createRateLimit(limits.linksPerSecond, limits.linksBurst);
  const failedAuths = createFailureLimit({
    failuresMax: limits.failedAuthsMax,
    windowMs: limits.failedAuthWindowMs,
    pauseMs: limits.failedAuthPauseMs,
    keysMax: limits.failedAuthKeysMax,
  });
  const liveDocs = new Map<string, DocId>();
  /** One a host, from its first announcement on. */
  const agents = new Map<AuthorId, { readonly session: Session; readonly boot: BootId; announcement: Uint8Array }>();

  let devicesTold = 0;

  const sessionHost: SessionHost = {
    handshake: { ...options.handshake, isPaused: (publicKey) => failedAuths.isPaused(keyName(publicKey), nowMs()) },
    nowMs,
    mailboxes: createMailboxes(),
    createFollower: fanOut.createFollower,
    noteFailedAuth: (publicKey) => failedAuths.noteFailure(keyName(publicKey), nowMs()),
    open: (session, wantedVault, publicKey) => {
      const author = options.authorIdOf(publicKey);
      const vault = rosters.current();
      const { hostSignKey, hasClaim } = options;
      const verdict = judgeStanding({ vault, isClaimable: hasClaim, hostSignKey, wantedVault, publicKey, author });
      if (verdict.kind === "refuse") return verdict;
      const peer: Peer = { publicKey, author, vault: wantedVault, standing: verdict.standing };
      welcome(session, peer, vault, verdict.claimable);
      return { peer };
    },
    vaultOf,
    append,
    castRoster,
    sendRoster: (session, from) => {
      const vault = rosters.current();
      if (vault !== null) sendRoster(session, vault, from);
    },
    tell: (peer, follower, envelope) => {
      const vault = rosters.current();
      if (vault === null || vaultOf(peer) === null) return;
      const doc = admission.admitEphemeral(vault, envelope);
      if (doc !== null) fanOut.tell(doc, encodeFrame({ type: "ephemeral", envelope }), follower);
    },
    tellLive: (peer, follower, lane, bytes) => {
      const doc = liveDocs.get(lane);
      if (doc !== undefined && vaultOf(peer) !== null) fanOut.tell(doc, bytes, follower);
    },
    left: (peer, doc) => log.leave(peer.author, doc),
    announce: (session, announcement) => {
      const { peer } = session;
      const boot = peer?.standing === "host" ? options.bootOf(announcement, peer.publicKey) : null;
      if (peer === null || boot === null) return false;
      const known = agents.get(peer.author);
      if (known !== undefined && known.session !== session && !takesPlaceOf(known, boot, session)) return true;
      agents.set(peer.author, { session, boot, announcement: Uint8Array.from(announcement) });
      tellOfHost(peer.author);
      if (known?.session !== session) offerWhatWaited(session, peer.author);
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
      if (peer === null || agents.get(peer.author)?.session !== session) return;
      agents.delete(peer.author);
      tellOfHost(peer.author);
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
      if (maySeeHost(peer)) for (const host of new Set([hostId, ...agents.keys()])) session.send(hostFrame(host));
      if (peer.standing === "device" && vault !== null) sendRecord(session, records.after(vault.roster.vault, 0));
      return;
    }
    if (vault !== null && servesHost(vault, peer.author)) sendRoster(session, vault, 0);
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
  }

  /** The vault that a peer is a member of, asked anew each time: a removal counts at once. */
  function vaultOf(peer: Peer): VaultId | null {
    const vault = rosters.current();
    if (vault === null || peer.standing === "stranger") return null;
    if (peer.standing === "host") return servesHost(vault, peer.author) ? vault.roster.vault : null;
    return isActiveMember(vault.roster, peer.author) ? vault.roster.vault : null;
  }

  function servesHost(vault: VaultRoster, host: AuthorId): boolean {
    return vault.roster.members.get(host)?.role === "host" && isActiveMember(vault.roster, host);
  }

  async function append(peer: Peer, envelope: Uint8Array): Promise<AppendAnswer> {
    const vault = rosters.current();
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
      if (peer.standing === "host") noteLane(record.author, record.doc, record.replacesOwn);
      if (grant?.boot === WAITING_BOOT && offer !== null) {
        const { seq } = outcome;
        const { host, run, notAfter } = grant;
        await waiting.keep({ vault: record.vault, host, run, notAfter, doc: record.doc, seq, envelope: offer });
      }
      const settled = record.accepts ?? endsGrant;
      if (settled !== null) waiting.drop(record.vault, settled);
      if (offer !== null && grant !== null)
        agents.get(grant.host)?.session.send({ type: "offer", doc: record.doc, seq: outcome.seq, envelope: offer });
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
  function offerWhatWaited(session: Session, host: AuthorId): void {
    const vault = rosters.current();
    if (vault === null || !servesHost(vault, host)) return;
    for (const grant of waiting.of(vault.roster.vault, host, options.wallNowMs()))
      session.send({ type: "offer", ...grant });
  }

  /** Where a lane's live text goes: to those who follow the doc that it writes in. */
  function noteLane(author: AuthorId, doc: DocId, isOver: boolean): void {
    const tag = liveTagOf(author);
    liveDocs.delete(tag);
    if (!isOver) liveDocs.set(tag, doc);
    const oldest = liveDocs.keys().next();
    if (liveDocs.size > limits.laneCacheMax && oldest.done === false) liveDocs.delete(oldest.value);
  }

  async function castRoster(session: Session, frame: Extract<Frame, { type: "rosterCas" }>): Promise<AppendAnswer> {
    const { peer } = session;
    const isClaim = rosters.current() === null || frame.prevSeq === 0;
    if (peer === null || peer.standing === "host" || (!isClaim && vaultOf(peer) === null)) {
      return { kind: "nack", code: "not-allowed", expected: 0 };
    }
    try {
      const outcome = await rosters.append(frame.prevSeq, frame.entry, frame.claim);
      if (outcome.kind === "repeated") {
        admitClaimer(session);
        return { kind: "ack", seq: outcome.seq };
      }
      if (outcome.kind === "conflict" && vaultOf(peer) !== null)
        return { kind: "nack", code: "conflict", expected: outcome.seq };
      if (outcome.kind !== "stored") return { kind: "nack", code: "not-allowed", expected: 0 };
      admitClaimer(session);
      queueMicrotask(() => publishRoster(outcome.vault));
      return { kind: "ack", seq: outcome.vault.roster.seq };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  /** A stranger whose genesis stands is a device from then on. */
  function admitClaimer({ peer }: Session): void {
    const vault = rosters.current();
    if (vault === null || peer?.standing !== "stranger") return;
    if (isActiveMember(vault.roster, peer.author) && (peer.vault === null || peer.vault === vault.roster.vault))
      peer.standing = "device";
  }

  /** Everybody learns of a new entry; who it removes is told so and closed. */
  function publishRoster(vault: VaultRoster): void {
    const { seq } = vault.roster;
    if (seq === 1) options.onClaimed();
    const wasServing = (host: AuthorId): boolean => vault.roster.members.get(host)?.addedSeq !== seq;
    for (const session of sessions) {
      const { peer } = session;
      if (peer === null || peer.standing === "stranger") continue;
      if (vaultOf(peer) !== null)
        sendRoster(session, vault, peer.standing === "host" && !wasServing(peer.author) ? 0 : seq - 1);
      else if (peer.standing === "device") session.refuse("removed", "This device was removed from the vault.");
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

  function hostFrame(host: AuthorId): Frame {
    return { type: "host", host, announcement: agents.get(host)?.announcement ?? null };
  }

  function tellOfHost(host: AuthorId): void {
    const frame = hostFrame(host);
    for (const session of sessions) if (session.peer !== null && maySeeHost(session.peer)) session.send(frame);
  }

  /** To a stranger a host shows itself only while it may be claimed; on a claimed one there are mailboxes for it and nothing else. */
  function maySeeHost({ standing }: Peer): boolean {
    return standing === "device" || (standing === "stranger" && rosters.current() === null);
  }

  return {
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

const duplicateSays =
  "Another agent with this host's keys is running, and only one may answer. Stop this one or that one; a copy of a host's home cannot run beside it.";

function toFailedAnswer(error: unknown): AppendAnswer {
  if (error instanceof HostError) return { kind: "nack", code: error.code === "full" ? "full" : "busy", expected: 0 };
  throw error;
}
