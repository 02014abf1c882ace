/**
 * One device's (or agent's) connection to a relay: a link that is opened again whenever it breaks, the handshake, and everything
 * that shares the link: any number of docs, the roster, announcements, offers. It decodes frames and matches replies to requests;
 * what they mean is for the room, the roster and the granter. Nothing here is written to disk.
 */
import { docIdFromBytes, type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import type { Frame, LogEntry, PageMarks, PushSubscription } from "./frame.ts";
import { duplicateDelayMs, reconnectDelayMsMax, reconnectDelayMsMin, refusedDelayMs } from "./limits.ts";
import { startLinkLife, type LinkLife, type LinkLifeOptions, type LiveState, type Refusal } from "./linkLife.ts";
import { createLedgerAsks, type LedgerPart } from "./ledgerAsks.ts";
import { createLinkRequests, type Reply } from "./linkRequests.ts";
import { createMailboxTakers, type MailboxTaker } from "./mailboxTakers.ts";

export interface ConnectionOptions extends LinkLifeOptions {
  readonly events: ConnectionEvents;
}

/** Called synchronously, in the order of the frames. */
export interface ConnectionEvents {
  onState?(state: ConnectionState): void;
  /** Entries after the seq `from`: an answer to `getRoster`, or pushed. Not verified yet: see roster.ts. */
  onRoster?(vault: VaultId, from: number, entries: readonly Uint8Array[], claim: Uint8Array | null): void;
  /** A host's agent is there with this announcement (not verified yet), or away (`null`). */
  onHost?(host: AuthorId, announcement: Uint8Array | null): void;
  /** For an agent: a GRANT envelope addressed to it. */
  onOffer?(doc: DocId, seq: number, envelope: Uint8Array): void;
  /** Words of a lane, sealed: by its tag, since that is all the frame names. */
  onLive?(lane: string, counter: number, sealed: Uint8Array): void;
  /** What a tool said, as its host's agent left it for the devices (crypto/record.ts). Not verified yet. */
  onRecord?(seq: number, record: Uint8Array): void;
  /** For an agent: a device wants its ledger's entries after this place. */
  onLedgerAsk?(asker: AuthorId, from: number): void;
}

export type ConnectionState =
  | { readonly phase: "offline" }
  | { readonly phase: "connecting" }
  | LiveState
  /** The other side answered and will not have us. It is tried again, rarely, in case its owner changes that. */
  | ({ readonly phase: "refused" } & Refusal);

export type PushKey = Omit<Extract<Frame, { type: "pushKey" }>, "type">;

export interface Subscriber {
  /** Read at every SUB: the seq after which entries are wanted. */
  cursor(): number;
  /** A page of the log, oldest first, then each new entry as it is stored. `head` is the newest seq at the relay. */
  onEntries(entries: readonly LogEntry[], head: number, more: boolean, marks: PageMarks): void;
  /** An unlogged envelope of this doc from somebody who is there now. */
  onEphemeral?(envelope: Uint8Array): void;
  /** The SUB was sent on a live link (again): entries follow. */
  onSent?(): void;
  /** The link is gone; appends under way were answered `lost` before this. */
  onLost?(): void;
}

export interface Subscription {
  /** Sends the SUB again from the subscriber's cursor: to ask for a gap. */
  repeat(): void;
  /** What comes now was on its way when `repeat` was called last: it answers an earlier SUB. What comes later may do so, too, but says what the log is since. */
  readonly isUnderWay: boolean;
  leave(): void;
}

export interface Connection {
  readonly state: ConnectionState;
  /** By `close`: nothing comes or goes any more. */
  readonly isClosed: boolean;
  /** One subscriber a doc; it is kept over reconnects until it leaves. */
  subscribe(doc: DocId, subscriber: Subscriber): Subscription;
  append(envelope: Uint8Array): Promise<Reply>;
  /** The relay drops the logs of these for good, and takes nothing for them any more. At most `destroyDocsMax`. */
  destroy(docs: readonly DocId[]): Promise<Reply>;
  sendEphemeral(envelope: Uint8Array): void;
  /** Dropped when the link is not there: what it says follows in the lane's envelopes. */
  sendLive(lane: string, counter: number, sealed: Uint8Array): void;
  /** Kept, and sent again after every reconnect. */
  announce(announcement: Uint8Array): void;
  getRoster(from: number): void;
  casRoster(prevSeq: number, entry: Uint8Array, claim: Uint8Array | null): Promise<Reply>;
  /** Lets anybody who knows their names use these mailboxes for a while, each for one message. */
  openMailboxes(mailboxes: readonly Uint8Array[]): Promise<Reply>;
  closeMailboxes(mailboxes: readonly Uint8Array[]): void;
  putMailbox(mailbox: Uint8Array, message: Uint8Array): Promise<Reply>;
  takeMailbox(mailbox: Uint8Array, taker: MailboxTaker): () => void;
  /** An agent leaves a record for the devices. */
  putRecord(id: Uint8Array, record: Uint8Array): Promise<Reply>;
  /** What this device's push service is told by this host, or may be; `null` when the link broke first. */
  askPush(): Promise<PushKey | null>;
  /** `null`: no more. */
  putPush(subscription: PushSubscription | null): Promise<Reply>;
  /** When devices of this vault that are away are to be told, all of it anew. */
  putAlarms(times: readonly number[]): Promise<Reply>;
  /** An agent says that an answer is whole: devices that are away hear of it. Dropped when the link is not there. */
  tellAnswered(doc: DocId): void;
  /** Entries of that host's ledger after a place, not verified yet; `null` when the link broke first. Who is not there does not answer. */
  askLedger(host: AuthorId, from: number): Promise<LedgerPart | null>;
  /** An agent answers such a device. */
  sendLedger(part: LedgerPart): void;
  tellRecordTaken(seq: number, id: Uint8Array, isFiled: boolean): void;
  /** Connects at once instead of waiting for the next attempt: the network is back, or the page is visible again. */
  wake(): void;
  /** Drops the link and connects anew, for a handshake with a new standing. */
  reconnect(): void;
  close(): void;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { clock, random, events } = options;
  const subscribers = new Map<DocId, Subscriber>();
  /** Of docs that were asked for again on this link: whether the relay knew of that when it sent what comes now. */
  const fences = new Map<DocId, () => boolean>();
  const requests = createLinkRequests({ isLive: () => state.phase === "live", send });
  const request = requests.ask;
  const takers = createMailboxTakers(requests);
  const ledgers = createLedgerAsks({ asker: options.keys.id, isLive: () => state.phase === "live", send });
  let pushAsked: ((key: PushKey | null) => void)[] = [];
  let state: ConnectionState = { phase: "offline" };
  let life: LinkLife | null = null;
  let announcement: Uint8Array | null = null;
  let failures = 0;
  let cancelRetry: (() => void) | null = null;
  let isClosed = false;

  function setState(next: ConnectionState): void {
    state = next;
    events.onState?.(next);
  }

  function connect(): void {
    cancelRetry?.();
    cancelRetry = null;
    if (isClosed || life !== null) return;
    // A refusal stays on show until another attempt succeeds: it is what the owner must act on.
    if (state.phase !== "refused") setState({ phase: "connecting" });
    life = startLinkLife(options, {
      onLive: (live) => {
        failures = 0;
        fences.clear();
        setState(live);
        if (announcement !== null) send({ type: "announce", announcement });
        for (const [doc, subscriber] of subscribers) sendSub(doc, subscriber);
        takers.askAgain();
      },
      onFrame: receive,
      onEnd: lose,
    });
  }

  function lose(refusal: Refusal | null): void {
    life = null;
    requests.loseAll();
    answerPush(null);
    ledgers.loseAll();
    if (isClosed) return;
    const wasLive = state.phase === "live";
    if (refusal !== null) setState({ phase: "refused", ...refusal });
    else if (state.phase !== "refused") setState({ phase: "offline" });
    if (wasLive) for (const subscriber of subscribers.values()) subscriber.onLost?.();
    if (!isClosed && life === null) cancelRetry = clock.after(retryDelayMs(), connect);
  }

  function retryDelayMs(): number {
    if (state.phase === "refused") return state.code === "duplicate" ? duplicateDelayMs : refusedDelayMs;
    const longest = Math.min(reconnectDelayMsMin * 2 ** Math.min(failures, 16), reconnectDelayMsMax);
    failures += 1;
    // Jitter over the upper half, so that devices do not come back in step after a host restarts.
    const [byte = 0] = random(1);
    return Math.round(longest * (0.5 + byte / 512));
  }

  function send(frame: Frame): void {
    life?.send(frame);
  }

  function sendSub(doc: DocId, subscriber: Subscriber): void {
    if (state.phase !== "live") return;
    send({ type: "sub", doc, cursor: subscriber.cursor() });
    subscriber.onSent?.();
  }

  function answerPush(key: PushKey | null): void {
    const asked = pushAsked;
    pushAsked = [];
    for (const answer of asked) answer(key);
  }

  function receive(frame: Frame): void {
    switch (frame.type) {
      case "entries":
        return subscribers.get(frame.doc)?.onEntries(frame.entries, frame.head, frame.more, frame.marks);
      case "ephemeral": {
        const doc = docOfEnvelope(frame.envelope);
        return doc === null ? undefined : subscribers.get(doc)?.onEphemeral?.(frame.envelope);
      }
      case "ack":
      case "rosterAck":
        return requests.settle(frame.request, { kind: "ack", seq: frame.seq });
      case "nack":
        return requests.settle(frame.request, { kind: "nack", code: frame.code, expected: frame.expected });
      case "roster":
        return events.onRoster?.(frame.vault, frame.from, frame.entries, frame.claim);
      case "host":
        return events.onHost?.(frame.host, frame.announcement);
      case "offer":
        return events.onOffer?.(frame.doc, frame.seq, frame.envelope);
      case "mailbox":
        return takers.receive(frame.mailbox, frame.message?.slice() ?? null);
      case "live":
        return events.onLive?.(frame.lane, frame.counter, frame.sealed);
      case "pushKey":
        return answerPush({ key: frame.key?.slice() ?? null, endpoint: frame.endpoint });
      case "ledgerAsk":
        return events.onLedgerAsk?.(frame.asker, frame.from);
      case "ledgerPart":
        return ledgers.take(frame);
      case "record":
        return events.onRecord?.(frame.seq, frame.record.slice());
      default:
        return; // A PONG has done its work by arriving; the others are never sent to us.
    }
  }

  // Not before the caller holds what it is returned: the first events refer to it.
  queueMicrotask(connect);

  return {
    get state() {
      return state;
    },
    get isClosed() {
      return isClosed;
    },
    subscribe: (doc, subscriber) => {
      subscribers.set(doc, subscriber);
      sendSub(doc, subscriber);
      return {
        repeat: () => {
          if (subscribers.get(doc) !== subscriber || state.phase !== "live" || life === null) return;
          // In front of the SUB: behind it, its answer might be there first.
          fences.set(doc, life.fence());
          sendSub(doc, subscriber);
        },
        get isUnderWay() {
          return fences.get(doc)?.() === false;
        },
        leave: () => {
          if (subscribers.get(doc) !== subscriber) return;
          subscribers.delete(doc);
          if (state.phase === "live") send({ type: "leave", doc });
        },
      };
    },
    append: (envelope) => request((id) => ({ type: "append", request: id, envelope })),
    destroy: (docs) => request((id) => ({ type: "destroy", request: id, docs })),
    sendEphemeral: (envelope) => {
      if (state.phase === "live") send({ type: "ephemeral", envelope });
    },
    sendLive: (lane, counter, sealed) => {
      if (state.phase === "live") send({ type: "live", lane, counter, sealed });
    },
    announce: (bytes) => {
      announcement = bytes;
      if (state.phase === "live") send({ type: "announce", announcement: bytes });
    },
    getRoster: (from) => {
      if (state.phase === "live") send({ type: "rosterGet", from });
    },
    casRoster: (prevSeq, entry, claim) => request((id) => ({ type: "rosterCas", request: id, prevSeq, entry, claim })),
    openMailboxes: (mailboxes) => request((id) => ({ type: "mailboxOpen", request: id, mailboxes })),
    closeMailboxes: (mailboxes) => {
      if (state.phase === "live") send({ type: "mailboxClose", mailboxes });
    },
    putMailbox: (mailbox, message) => request((id) => ({ type: "mailboxPut", request: id, mailbox, message })),
    takeMailbox: takers.take,
    putRecord: (id, record) => request((number) => ({ type: "recordPut", request: number, id, record })),
    askPush: () =>
      new Promise((resolve) => {
        if (state.phase !== "live") return resolve(null);
        pushAsked.push(resolve);
        send({ type: "pushAsk" });
      }),
    putPush: (subscription) => request((id) => ({ type: "pushPut", request: id, subscription })),
    putAlarms: (times) => request((id) => ({ type: "alarmsPut", request: id, times })),
    tellAnswered: (doc) => {
      if (state.phase === "live") send({ type: "answered", doc });
    },
    askLedger: ledgers.ask,
    sendLedger: (part) => {
      if (state.phase === "live") send({ type: "ledgerPart", ...part });
    },
    tellRecordTaken: (seq, id, isFiled) => {
      if (state.phase === "live") send({ type: "recordTaken", seq, id, isFiled });
    },
    wake: () => {
      failures = 0;
      connect();
    },
    reconnect: () => {
      if (isClosed) return;
      const ending = life;
      if (ending === null) return connect();
      ending.end(null);
      connect();
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      cancelRetry?.();
      subscribers.clear();
      takers.clear();
      life?.end(null);
      setState({ phase: "offline" });
    },
  };
}

function docOfEnvelope(envelope: Uint8Array): DocId | null {
  // Version and kind come first, then the doc: crypto/README.md.
  return envelope.length < 18 ? null : docIdFromBytes(envelope.subarray(2, 18));
}
