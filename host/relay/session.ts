/**
 * One link from its first frame to its last: the handshake, then what its standing allows. It owns the link's limits
 * (rates, silence, unread bytes) and its subscriptions; what concerns more than one link (roster, host, fan-out) it
 * asks of the relay (relay.ts).
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { AuthorId, DocId, VaultId } from "#crypto/ids.ts";
import {
  decodeFrame,
  encodeFrame,
  liveTagIn,
  type Frame,
  type LinkErrorCode,
  type NackCode,
  type Standing,
} from "#sync/frame.ts";
import { linkSilenceMs } from "#sync/limits.ts";
import type { Follower } from "./fanOut.ts";
import { stepHandshake, type HandshakePorts, type HandshakeState } from "./handshake.ts";
import * as limits from "./limits.ts";
import type { Place } from "./places.ts";
import type { Mailboxes, MailboxTaker } from "./mailboxes.ts";
import type { PushDesk } from "./pushDesk.ts";
import { createRateLimit } from "../rateLimit.ts";
import type { ServerLink, ServerLinkEvents } from "./server.ts";

/** Who is at the other end, once the handshake is done. */
export interface Peer {
  readonly publicKey: Uint8Array;
  readonly author: AuthorId;
  /** Where at this host it is: everything that it sees and does is of this place alone. `null` for a stranger who means none. */
  readonly place: Place | null;
  standing: Standing;
}

export type AppendAnswer =
  | { readonly kind: "ack"; readonly seq: number }
  | { readonly kind: "nack"; readonly code: NackCode; readonly expected: number };

/** What a session asks of the relay. */
export interface SessionHost {
  readonly handshake: HandshakePorts;
  readonly nowMs: () => number;
  readonly mailboxes: Mailboxes;
  createFollower(link: ServerLink): Follower;
  noteFailedAuth(publicKey: Uint8Array): void;
  /** Settles the standing and answers OK, or says why not. */
  open(
    session: Session,
    vault: VaultId | null,
    publicKey: Uint8Array,
  ): { peer: Peer } | { code: LinkErrorCode; says: string };
  /** The vault whose docs this peer may follow. */
  vaultOf(peer: Peer): VaultId | null;
  append(peer: Peer, envelope: Uint8Array): Promise<AppendAnswer>;
  castRoster(session: Session, frame: Extract<Frame, { type: "rosterCas" }>): Promise<AppendAnswer>;
  sendRoster(session: Session, from: number): void;
  /** A device of the vault destroyed these docs. */
  destroy(peer: Peer, docs: readonly DocId[]): Promise<AppendAnswer>;
  isDestroyed(vault: VaultId, doc: DocId): boolean;
  tell(peer: Peer, follower: Follower, envelope: Uint8Array): void;
  /** `bytes`: the frame as it came, which is how it goes on. */
  tellLive(peer: Peer, follower: Follower, lane: string, bytes: Uint8Array): void;
  /** It follows this doc no more, and said so. */
  left(peer: Peer, doc: DocId): void;
  announce(session: Session, announcement: Uint8Array): boolean;
  putRecord(peer: Peer, id: Uint8Array, record: Uint8Array): Promise<AppendAnswer>;
  /** A device has done with one: the next, if there is one. */
  recordTaken(session: Session, frame: Extract<Frame, { type: "recordTaken" }>): void;
  /** Between a device that reads what tools did and the host that wrote it down: passed on, and kept nowhere. */
  askLedger(peer: Peer, host: AuthorId, from: number): void;
  passLedger(peer: Peer, part: Extract<Frame, { type: "ledgerPart" }>): void;
  readonly push: Pick<PushDesk, "ask" | "put" | "putAlarms" | "answered">;
  onClosed(session: Session): void;
}

export interface Session extends ServerLinkEvents {
  readonly peer: Peer | null;
  readonly openedMs: number;
  /** When anything of it came last. */
  readonly heardMs: number;
  /** It takes what it is sent; who does not is sent nothing large. */
  readonly isReading: boolean;
  send(frame: Frame): void;
  refuse(code: LinkErrorCode, says: string): void;
  /** Called every second or so: ends a link that is over one of its times. */
  check(): void;
}

export function createSession(link: ServerLink, host: SessionHost): Session {
  const openedMs = host.nowMs();
  const frames = createRateLimit(limits.framesPerSecond, limits.framesBurst);
  const subs = createRateLimit(limits.framesPerSecond, limits.subscriptionsMax);
  const strangerFrames = createRateLimit(limits.strangerFramesPerSecond, limits.strangerFramesBurst);
  const ephemerals = createRateLimit(limits.ephemeralsPerSecond, limits.ephemeralsBurst);
  const lives = createRateLimit(limits.livesPerSecond, limits.livesBurst);
  const follower = host.createFollower(link);
  let handshake: HandshakeState = { phase: "hello" };
  let peer: Peer | null = null;
  let taker: MailboxTaker | null = null;
  let appendsWaiting = 0;
  let heardMs = openedMs;
  let readMs = openedMs;
  let isClosed = false;

  function receive(bytes: Uint8Array): void {
    if (isClosed) return;
    heardMs = host.nowMs();
    if (peer === null && bytes.length > limits.handshakeFrameBytesMax)
      return refuse("malformed", "That is not a handshake.");
    const lane = peer === null ? null : liveTagIn(bytes);
    if (peer !== null && lane !== null) return passOn(lane, bytes, peer);
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      return refuse("malformed", "That is not a frame of this protocol.");
    }
    if (peer === null) shakeHands(frame);
    else handle(frame, peer);
  }

  function shakeHands(frame: Frame): void {
    const step = stepHandshake(handshake, frame, host.handshake);
    if (step.kind === "continue") {
      handshake = step.state;
      return send(step.reply);
    }
    if (step.kind === "refuse") {
      if (step.isFailedAuth && handshake.phase === "auth") host.noteFailedAuth(handshake.publicKey);
      return refuse(step.code, step.says);
    }
    const opened = host.open(session, step.vault, step.publicKey);
    if ("code" in opened) refuse(opened.code, opened.says);
    else peer = opened.peer;
  }

  /** It is a word and no request: it counts by its own measure, and what is over it is dropped. */
  function passOn(lane: string, bytes: Uint8Array, from: Peer): void {
    if (from.standing === "host" && lives.take(heardMs)) host.tellLive(from, follower, lane, bytes);
  }

  function handle(frame: Frame, from: Peer): void {
    const known = frame.type === "sub" ? subs : frames;
    const isWithinRate = (from.standing === "stranger" ? strangerFrames : known).take(heardMs);
    if (!isWithinRate && frame.type === "append") return nack(frame.request, "busy", 0);
    if (!isWithinRate)
      return refuse("too-fast", "That is faster than any device of yours writes. Wait a little, then connect again.");
    switch (frame.type) {
      case "ping":
        return send({ type: "pong" });
      case "rosterGet":
        return mayRead(from) && isReading() ? host.sendRoster(session, frame.from) : undefined;
      case "rosterCas":
        return void answer(frame.request, host.castRoster(session, frame), "rosterAck");
      case "sub":
        return subscribe(frame, from);
      case "leave":
        follower.leave(frame.doc);
        return host.left(from, frame.doc);
      case "append":
        return append(frame, from);
      case "destroy":
        return void answer(frame.request, host.destroy(from, frame.docs), "ack");
      case "ephemeral":
        return mayRead(from) && ephemerals.take(heardMs) ? host.tell(from, follower, frame.envelope) : undefined;
      case "announce":
        return host.announce(session, frame.announcement)
          ? undefined
          : refuse("malformed", "That is not this host's announcement.");
      case "recordPut":
        return void answer(frame.request, host.putRecord(from, frame.id, frame.record), "ack");
      case "recordTaken":
        return isReading() ? host.recordTaken(session, frame) : undefined;
      case "pushAsk":
        return mayRead(from) && isReading() ? host.push.ask(session) : undefined;
      case "pushPut":
        return void answer(frame.request, host.push.put(from, frame.subscription), "ack");
      case "alarmsPut":
        return void answer(frame.request, host.push.putAlarms(from, frame.times), "ack");
      case "answered":
        return host.push.answered(from, frame.doc);
      case "ledgerAsk":
        return from.standing === "device" && isReading() ? host.askLedger(from, frame.host, frame.from) : undefined;
      case "ledgerPart":
        return from.standing === "host" ? host.passLedger(from, frame) : undefined;
      case "mailboxOpen": {
        const isMember = from.standing === "device" && mayRead(from);
        const owner = { author: from.author, place: from.place };
        const refusal = isMember ? host.mailboxes.open(owner, frame.mailboxes, heardMs) : "not-allowed";
        return settle(frame.request, refusal);
      }
      case "mailboxClose":
        return host.mailboxes.close(from.author, frame.mailboxes);
      case "mailboxPut":
        return settle(frame.request, host.mailboxes.put(frame.mailbox, frame.message, heardMs));
      case "mailboxTake":
        taker ??= { key: keyName(from.publicKey), deliver };
        return settle(frame.request, host.mailboxes.take(frame.mailbox, taker, heardMs));
      default:
        return refuse("malformed", "Only a relay sends such a frame.");
    }
  }

  function deliver(mailbox: Uint8Array, message: Uint8Array | null): void {
    send({ type: "mailbox", mailbox, message });
  }

  function settle(request: number, refusal: NackCode | null): void {
    if (refusal === null) send({ type: "ack", request, seq: 0 });
    else nack(request, refusal, 0);
  }

  function subscribe(frame: Extract<Frame, { type: "sub" }>, from: Peer): void {
    const vault = host.vaultOf(from);
    // A stranger's SUB is not answered: what is not there and what is not for it look the same.
    // Nor is that of a device which has not heard yet that the doc was destroyed: an empty log would be one that lost something.
    if (vault === null || host.isDestroyed(vault, frame.doc)) return;
    if (!follower.follow(vault, frame.doc, frame.cursor))
      refuse("too-fast", "That is more documents at once than one device follows.");
  }

  function append(frame: Extract<Frame, { type: "append" }>, from: Peer): void {
    if (!mayRead(from)) return nack(frame.request, "not-allowed", 0);
    if (appendsWaiting >= limits.appendsWaitingMax) return nack(frame.request, "busy", 0);
    appendsWaiting += 1;
    const settled = host.append(from, frame.envelope).finally(() => (appendsWaiting -= 1));
    void answer(frame.request, settled, "ack");
  }

  async function answer(request: number, settled: Promise<AppendAnswer>, type: "ack" | "rosterAck"): Promise<void> {
    const result = await settled;
    if (result.kind === "ack") send({ type, request, seq: result.seq });
    else nack(request, result.code, result.expected);
  }

  function nack(request: number, code: NackCode, expected: number): void {
    send({ type: "nack", request, code, expected });
  }

  function mayRead(from: Peer): boolean {
    return host.vaultOf(from) !== null;
  }

  /** A peer that asks without reading the answers would make us hold them all. */
  function isReading(): boolean {
    if (link.unsentBytes <= limits.unsentBytesMax) return true;
    end(true);
    return false;
  }

  function send(frame: Frame): void {
    if (!isClosed) link.send(encodeFrame(frame));
  }

  function refuse(code: LinkErrorCode, says: string): void {
    send({ type: "error", code, says });
    end(false);
  }

  function end(isAbrupt: boolean): void {
    if (isAbrupt) link.terminate();
    else link.close();
    close();
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    follower.close();
    if (taker !== null) host.mailboxes.leave(taker);
    host.onClosed(session);
  }

  const session: Session = {
    get peer() {
      return peer;
    },
    openedMs,
    get heardMs() {
      return heardMs;
    },
    get isReading() {
      return link.unsentBytes <= limits.unsentBytesMax;
    },
    onFrame: receive,
    onDrain: () => {
      readMs = host.nowMs();
      follower.resume();
    },
    onClose: close,
    send,
    refuse,
    check: () => {
      const now = host.nowMs();
      if (link.unsentBytes === 0) readMs = now;
      const isOver =
        (peer === null && now - openedMs > limits.handshakeMsMax) ||
        (peer?.standing === "stranger" && now - openedMs > limits.strangerMsMax) ||
        now - heardMs > linkSilenceMs ||
        now - readMs > limits.unreadMsMax;
      if (isOver) end(true);
    },
  };
  return session;
}

/** A key as a map key. */
export function keyName(publicKey: Uint8Array): string {
  return bytesToHex(publicKey);
}
