/**
 * Direct links of this device to the owner's other ones. They carry what the host's link carries, envelopes above all, beside it: what
 * comes first counts, the other is a repeat. So they are never needed, and help twice: an edit takes one way instead of two, and two devices
 * that have met go on together while no host is up.
 *
 *   link to the host is live ─► HERE ─► the lower id: OFFER ─► ANSWER ─► channel ─► directLife ─► HAVE for each open doc ⇄ ENTRIES
 *
 * No server is asked but the host's own STUN responder.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { ID_BYTES, type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import type { Frame } from "../frame.ts";
import {
  directAuthorsMax,
  directConnectMs,
  directEntriesBytesMax,
  directHereEveryMs,
  directPeersMax,
  directRetryMsMax,
  directRetryMsMin,
} from "../limits.ts";
import type { Clock, Random } from "../ports.ts";
import type { DirectDoc, DirectHub } from "./directHub.ts";
import { startDirectLife, type DirectLife } from "./directLife.ts";
import type { OpenPeer, PeerEnd } from "./peerPort.ts";
import { decodeSignal, encodeSignal, type Signal } from "./signal.ts";

export interface DirectLinksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly vault: VaultId;
  readonly hub: DirectHub;
  readonly openPeer: OpenPeer;
  /** A device of the roster, and not removed. */
  readonly isMember: (id: AuthorId) => boolean;
  /** To all devices that are there, sealed, by way of the host. `false`: nobody could be told. */
  readonly tell: (signal: Uint8Array) => boolean;
  /** A link of another device asks for a doc that is closed here: opens it for a while, if there is one. */
  readonly openDoc: (doc: DocId) => void;
  readonly onChange: () => void;
}

export interface DirectLinks {
  /** Devices with a live direct link. */
  devices(): readonly AuthorId[];
  take(by: AuthorId, signal: Uint8Array): void;
  /** The host can be reached, so signals go through. */
  noteLinked(): void;
  /** The roster changed. */
  noteRoster(): void;
  close(): void;
}

interface Peer {
  readonly attempt: string;
  end: PeerEnd | null;
  life: DirectLife | null;
  isLive: boolean;
  readonly follows: Set<DocId>;
  /** Docs that it asked for, which are closed here. */
  readonly asked: Map<DocId, ReadonlyMap<AuthorId, number>>;
  cancelTimeout: () => void;
}

export function createDirectLinks(options: DirectLinksOptions): DirectLinks {
  const { clock, random, hub, keys, tell } = options;
  const self = keys.id;
  const session = bytesToHex(random(ID_BYTES));
  const peers = new Map<AuthorId, Peer>();
  const sessions = new Map<AuthorId, string>();
  const failures = new Map<AuthorId, number>();
  const retries = new Map<AuthorId, () => void>();
  let saidHereAt = Number.NEGATIVE_INFINITY;
  let cancelHere: (() => void) | null = null;
  let isClosed = false;

  /** At most once in a while: devices answer it. */
  function sayHere(): void {
    if (isClosed || cancelHere !== null) return;
    const waitMs = saidHereAt + directHereEveryMs - clock.now();
    if (waitMs > 0) {
      cancelHere = clock.after(waitMs, () => {
        cancelHere = null;
        sayHere();
      });
      return;
    }
    if (tell(encodeSignal({ kind: "here", to: null, attempt: session, description: "" }))) saidHereAt = clock.now();
  }

  function take(by: AuthorId, bytes: Uint8Array): void {
    if (isClosed || by === self || !options.isMember(by)) return;
    let signal: Signal;
    try {
      signal = decodeSignal(bytes);
    } catch {
      // reason: a later version's, or a broken one; there is the host's link.
      return;
    }
    if (signal.to !== null && signal.to !== self) return;
    if (signal.kind === "here") return takeHere(by, signal.attempt);
    if (signal.kind === "offer" && by < self) return void answer(by, signal);
    const peer = peers.get(by);
    if (signal.kind === "answer" && peer?.attempt === signal.attempt)
      peer.end?.accept(signal.description).catch(() => drop(by, peer));
  }

  function takeHere(by: AuthorId, theirs: string): void {
    const isSame = sessions.get(by) === theirs;
    sessions.set(by, theirs);
    const peer = peers.get(by);
    if (peer !== undefined && isSame) return;
    // It was loaded anew: what was open to it before is an end without another.
    if (peer !== undefined) drop(by, peer);
    if (self < by) void offer(by);
    else sayHere();
  }

  function begin(by: AuthorId, attempt: string): Peer | null {
    if (peers.size >= directPeersMax) return null;
    retries.get(by)?.();
    const peer: Peer = {
      attempt,
      end: null,
      life: null,
      isLive: false,
      follows: new Set(),
      asked: new Map(),
      cancelTimeout: clock.after(directConnectMs, () => {
        if (!peer.isLive) drop(by, peer);
      }),
    };
    peers.set(by, peer);
    return peer;
  }

  async function offer(by: AuthorId): Promise<void> {
    const peer = begin(by, bytesToHex(random(ID_BYTES)));
    if (peer === null) return;
    await connect(by, peer, async (end) => {
      const description = await end.offer();
      return { kind: "offer", to: by, attempt: peer.attempt, description };
    });
  }

  async function answer(by: AuthorId, { attempt, description }: Signal): Promise<void> {
    const before = peers.get(by);
    if (before !== undefined) drop(by, before);
    const peer = begin(by, attempt);
    if (peer === null) return;
    await connect(by, peer, async (end) => {
      const answered = await end.answer(description);
      return { kind: "answer", to: by, attempt, description: answered };
    });
  }

  async function connect(by: AuthorId, peer: Peer, describe: (end: PeerEnd) => Promise<Signal>): Promise<void> {
    try {
      const end = await options.openPeer(() => drop(by, peer));
      if (peers.get(by) !== peer) return end.close();
      peer.end = end;
      peer.life = startDirectLife({
        ...{ clock, random, keys, vault: options.vault, end, other: by, isMember: options.isMember },
        onLive: () => greet(by, peer),
        onFrame: (frame) => receive(by, peer, frame),
        onEnd: () => drop(by, peer),
      });
      const signal = await describe(end);
      if (peers.get(by) === peer && !tell(encodeSignal(signal))) drop(by, peer);
    } catch {
      // reason: a browser without WebRTC, or with no way to the other: there is the host's link.
      drop(by, peer);
    }
  }

  function greet(by: AuthorId, peer: Peer): void {
    peer.isLive = true;
    peer.cancelTimeout();
    failures.delete(by);
    for (const doc of hub.all()) sendHave(peer, doc);
    options.onChange();
  }

  function drop(by: AuthorId, peer: Peer): void {
    if (peers.get(by) !== peer) return;
    peers.delete(by);
    peer.cancelTimeout();
    peer.life?.end();
    peer.end?.close();
    if (peer.isLive) options.onChange();
    if (!isClosed && options.isMember(by)) retryLater(by);
  }

  function retryLater(by: AuthorId): void {
    const count = failures.get(by) ?? 0;
    failures.set(by, count + 1);
    const delayMs = Math.min(directRetryMsMin * 2 ** Math.min(count, 16), directRetryMsMax);
    const cancel = clock.after(delayMs, () => {
      retries.delete(by);
      if (isClosed || peers.has(by) || !options.isMember(by)) return;
      if (self < by) void offer(by);
      else sayHere();
    });
    retries.set(by, () => {
      cancel();
      retries.delete(by);
    });
  }

  function sendHave(peer: Peer, doc: DirectDoc): void {
    const held = [...doc.held()].slice(0, directAuthorsMax);
    peer.life?.send({ type: "have", doc: doc.doc, held });
  }

  function sendEntries(peer: Peer, doc: DocId, envelopes: readonly Uint8Array[]): void {
    let part: Uint8Array[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (part.length === 0) return;
      // No log: seqs and marks are a relay's.
      const entries = part.map((envelope) => ({ seq: 0, envelope }));
      peer.life?.send({ type: "entries", doc, entries, head: 0, more: false, marks: { from: null, to: null } });
      part = [];
      bytes = 0;
    };
    for (const envelope of envelopes) {
      if (bytes + envelope.length > directEntriesBytesMax) flush();
      part.push(envelope);
      bytes += envelope.length;
    }
    flush();
  }

  function receive(by: AuthorId, peer: Peer, frame: Frame): void {
    switch (frame.type) {
      case "have": {
        const held = new Map(frame.held);
        const doc = hub.get(frame.doc);
        peer.follows.add(frame.doc);
        if (doc !== undefined) return sendEntries(peer, frame.doc, doc.beyond(held));
        peer.asked.set(frame.doc, held);
        return options.openDoc(frame.doc);
      }
      case "leave":
        peer.follows.delete(frame.doc);
        return void peer.asked.delete(frame.doc);
      case "entries":
        return hub.get(frame.doc)?.take(frame.entries.map(({ envelope }) => envelope));
      case "ephemeral":
        for (const doc of hub.all()) doc.takeEphemeral(frame.envelope);
        return;
      default:
        // The rest is between a device and a relay.
        return drop(by, peer);
    }
  }

  function livePeers(): readonly Peer[] {
    return [...peers.values()].filter(({ isLive }) => isLive);
  }

  hub.attach({
    get isLive() {
      return livePeers().length > 0;
    },
    onJoin: (doc) => {
      for (const peer of livePeers()) {
        sendHave(peer, doc);
        const asked = peer.asked.get(doc.doc);
        if (asked === undefined) continue;
        peer.asked.delete(doc.doc);
        sendEntries(peer, doc.doc, doc.beyond(asked));
      }
    },
    onLeave: (doc) => {
      for (const peer of livePeers()) peer.life?.send({ type: "leave", doc });
    },
    onWritten: (doc, envelopes) => {
      for (const peer of livePeers()) if (peer.follows.has(doc)) sendEntries(peer, doc, envelopes);
    },
    onTold: (doc, envelope) => {
      for (const peer of livePeers()) if (peer.follows.has(doc)) peer.life?.send({ type: "ephemeral", envelope });
    },
  });

  return {
    devices: () => [...peers].filter(([, { isLive }]) => isLive).map(([id]) => id),
    take,
    noteLinked: () => {
      saidHereAt = Number.NEGATIVE_INFINITY;
      sayHere();
    },
    noteRoster: () => {
      for (const [by, peer] of peers) if (!options.isMember(by)) drop(by, peer);
    },
    close: () => {
      isClosed = true;
      cancelHere?.();
      for (const cancel of retries.values()) cancel();
      for (const [by, peer] of peers) drop(by, peer);
    },
  };
}
