/**
 * The relay itself: what concerns more than one link. It wires the stores, admission and fan-out to sessions and keeps
 * who is there.
 */
import { WAITING_BOOT } from "#crypto/grantHeader.ts";
import { isTemporaryDoc, type AuthorId, type BootId, type DocId, type VaultId } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import type { ShareFacts } from "#crypto/serviceFacts.ts";
import { encodeFrame } from "#sync/frame.ts";
import { createAdmission } from "./admission.ts";
import { HostError } from "../errors.ts";
import { createFanOut } from "./fanOut.ts";
import { createLiveAgents } from "./liveAgents.ts";
import { createLiveLanes } from "./liveLanes.ts";
import { placeOfHello } from "./placeOfHello.ts";
import { judgeStanding, type HandshakePorts } from "./handshake.ts";
import * as limits from "./limits.ts";
import { createMailboxes } from "./mailboxes.ts";
import { createPushDesk, type PushPort } from "./pushDesk.ts";
import { createRosterDesk } from "./rosterDesk.ts";
import { createQuota, type QuotaLimits } from "./quota.ts";
import { createFailureLimit, createRateLimit } from "../rateLimit.ts";
import { OWN_PLACE, type Invitation, type Place, type Places } from "./places.ts";
import { createRecordDesk } from "./recordDesk.ts";
import type { RecordStore } from "./records.ts";
import type { RosterStore, VaultRoster } from "./rosterStore.ts";
import type { ServerLink, ServerLinkEvents } from "./server.ts";
import { createSession, keyName, type AppendAnswer, type Peer, type Session, type SessionHost } from "./session.ts";
import type { SqliteLogStore } from "./sqliteLogStore.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { createRelayLogs } from "./temporaryLogs.ts";
import type { WaitingGrants } from "./waitingGrants.ts";

export interface RelayOptions {
  readonly log: SqliteLogStore;
  readonly rosters: RosterStore;
  readonly waiting: WaitingGrants;
  readonly records: RecordStore;
  readonly subscriptions: Subscriptions;
  /** `null`: nobody is told by a push service. */
  readonly push: PushPort | null;
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
  /** How full the owner's vault is; called when it changed. */
  readonly onShare?: (share: ShareFacts) => void;
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
  /** A push service knows that subscription no more. */
  pushGone(endpoint: string): void;
  /** Ends links that are over their time. */
  check(): void;
  /** Tells every link that the relay goes away, and closes it. */
  drain(): void;
}

const NO_HEAD = new Uint8Array(32);

export function createRelay(options: RelayOptions): Relay {
  const { rosters, places, waiting, nowMs } = options;
  const log = createRelayLogs(options.log, nowMs);
  const sessions = new Set<Session>();
  const fanOut = createFanOut(log, log.destroyed.has);
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
  const lanes = createLiveLanes();
  const agents = createLiveAgents({
    hostId: options.hostId,
    nowMs,
    bootOf: options.bootOf,
    sessions: () => sessions,
    isOpen: (place) => rosters.of(place) === null,
    onCame: offerWhatWaited,
  });
  const tools = createRecordDesk({ records: options.records, sessions: () => sessions, vaultOf });
  const push = createPushDesk({
    port: options.push,
    subscriptions: options.subscriptions,
    sessions: () => sessions,
    vaultOf,
    nowMs,
    wallNowMs: options.wallNowMs,
  });
  // One that was removed in a life that ended before its subscription was gone.
  for (const place of rosters.taken()) {
    const vault = rosters.of(place);
    if (vault !== null) push.prune(vault);
  }
  const desk = createRosterDesk({
    rosters,
    sessions: () => sessions,
    vaultOf,
    onClaimed: options.onClaimed,
    onInvited: (taken) => options.onInvited?.(taken),
    onGrown: push.prune,
    onRemoved: (device) => sessionHost.mailboxes.closeAll(device),
  });

  let devicesTold = 0;
  let shareTold = -1;

  const sessionHost: SessionHost = {
    handshake: { ...options.handshake, isPaused: (publicKey) => failedAuths.isPaused(keyName(publicKey), nowMs()) },
    nowMs,
    mailboxes: createMailboxes(),
    createFollower: fanOut.createFollower,
    noteFailedAuth: (publicKey) => failedAuths.noteFailure(keyName(publicKey), nowMs()),
    open: (session, wantedVault, publicKey) => {
      const author = options.authorIdOf(publicKey);
      const { hostSignKey } = options;
      const place = placeOfHello({ rosters, places, hostSignKey }, wantedVault, publicKey, author);
      const vault = place === null ? null : rosters.of(place);
      const isClaimable = place !== null && vault === null && places.isOpen(place);
      const isEmpty = rosters.taken().length === 0;
      const verdict = judgeStanding({ vault, isClaimable, isEmpty, hostSignKey, wantedVault, publicKey, author });
      if (verdict.kind === "refuse") return verdict;
      const peer: Peer = { publicKey, author, place, standing: verdict.standing };
      welcome(session, peer, vault, verdict.claimable);
      return { peer };
    },
    vaultOf,
    append,
    destroy,
    isDestroyed: log.destroyed.has,
    castRoster: (session, frame) => desk.cast(session, frame).catch(toFailedAnswer),
    sendRoster: (session, from) => {
      const vault = session.peer === null ? null : rosterOf(session.peer);
      if (vault !== null) desk.send(session, vault, from);
    },
    tell: (peer, follower, envelope) => {
      const vault = rosterOf(peer);
      if (vault === null || vaultOf(peer) === null) return;
      const doc = admission.admitEphemeral(vault, envelope);
      if (doc !== null) fanOut.tell(vault.roster.vault, doc, encodeFrame({ type: "ephemeral", envelope }), follower);
    },
    tellLive: (peer, follower, lane, bytes) => {
      const live = lanes.find(lane);
      if (live !== undefined && vaultOf(peer) === live.vault) fanOut.tell(live.vault, live.doc, bytes, follower);
    },
    left: (peer, doc) => log.leave(peer.author, doc),
    announce: agents.announce,
    putRecord: (peer, id, record) => tools.put(peer, id, record).catch(toFailedAnswer),
    recordTaken: tools.taken,
    askLedger: (peer, host, from) => {
      if (vaultOf(peer) === null) return;
      agents.sessionOf(peer.place, host)?.send({ type: "ledgerAsk", host, asker: peer.author, from });
    },
    passLedger: (peer, part) => {
      if (vaultOf(peer) === null) return;
      for (const session of sessions)
        if (session.peer?.author === part.asker && session.peer.place === peer.place && session.isReading)
          session.send({ ...part, host: peer.author });
    },
    push: {
      ask: push.ask,
      put: (peer, subscription) => push.put(peer, subscription).catch(toFailedAnswer),
      putAlarms: (peer, times) => push.putAlarms(peer, times).catch(toFailedAnswer),
      answered: push.answered,
    },
    onClosed: (session) => {
      sessions.delete(session);
      agents.left(session);
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
      agents.tellAll(session, peer);
      if (peer.standing === "device" && vault !== null) tools.sendFirst(session, vault.roster.vault);
      return;
    }
    if (vault !== null && servesHost(vault, peer.author)) desk.send(session, vault, 0);
  }

  function rosterOf({ place }: Peer): VaultRoster | null {
    return place === null ? null : rosters.of(place);
  }

  /** What one device may have stored is half of its vault's share, so that it alone never fills it for the others. */
  function limitsOf(vault: VaultId): QuotaLimits {
    const place = rosters.placeOf(vault);
    const vaultBytesMax = place === null ? 0 : places.bytesMaxOf(place);
    return { vaultBytesMax, deviceBytesMax: Math.floor(vaultBytesMax / 2) };
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
    if (log.destroyed.has(record.vault, record.doc)) return { kind: "nack", code: "busy", expected: 0 };
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
      if (peer.standing === "host") lanes.note(record, record.replacesOwn);
      // Its doc may have been destroyed during the flush: what carries its key is not kept then.
      if (grant?.boot === WAITING_BOOT && offer !== null && !log.destroyed.has(record.vault, record.doc)) {
        const { seq } = outcome;
        const { host, run, notAfter } = grant;
        await waiting.keep({ vault: record.vault, host, run, notAfter, doc: record.doc, seq, envelope: offer });
      }
      const settled = record.accepts ?? endsGrant;
      if (settled !== null) waiting.drop(record.vault, settled);
      if (offer !== null && grant !== null)
        agents
          .sessionOf(peer.place, grant.host)
          ?.send({ type: "offer", doc: record.doc, seq: outcome.seq, envelope: offer });
      return { kind: "ack", seq: outcome.seq };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  async function destroy(peer: Peer, docs: readonly DocId[]): Promise<AppendAnswer> {
    const vault = vaultOf(peer);
    if (vault === null || peer.standing !== "device") return { kind: "nack", code: "not-allowed", expected: 0 };
    try {
      const isKept = await log.destroyed.destroy(vault, docs);
      return isKept ? { kind: "ack", seq: 0 } : { kind: "nack", code: "full", expected: 0 };
    } catch (error) {
      return toFailedAnswer(error);
    }
  }

  /** Questions asked while it was away. */
  function offerWhatWaited(session: Session, peer: Peer): void {
    const vault = rosterOf(peer);
    const host = peer.author;
    if (vault === null || !servesHost(vault, host)) return;
    for (const grant of waiting.of(vault.roster.vault, host, options.wallNowMs()))
      session.send({ type: "offer", ...grant });
  }

  function tellShare(): void {
    const vault = rosters.of(OWN_PLACE)?.roster.vault;
    if (vault === undefined || options.onShare === undefined) return;
    const bytes = quota.usedBy(vault);
    if (bytes === shareTold) return;
    shareTold = bytes;
    options.onShare({ bytes, bytesMax: limitsOf(vault).vaultBytesMax });
  }

  function devicesNow(): number {
    const keys = [...sessions].flatMap(({ peer }) => (peer?.standing === "device" ? [keyName(peer.publicKey)] : []));
    return new Set(keys).size;
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
    pushGone: push.gone,
    check: () => {
      for (const session of sessions) session.check();
      push.check();
      tellShare();
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

function toFailedAnswer(error: unknown): AppendAnswer {
  if (error instanceof HostError) return { kind: "nack", code: error.code === "full" ? "full" : "busy", expected: 0 };
  throw error;
}
