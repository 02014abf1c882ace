/**
 * A relay in memory for tests of the device's side: the frames, the handshake and a log, and none of the defences of
 * host/relay, against which the same scenarios run end to end. Tests may roll it back, cut its links, or let it misbehave.
 */
import { createDeviceKeys, authorIdOf } from "#crypto/device.ts";
import { envelopeHash, parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { signWelcome } from "#crypto/handshake.ts";
import type { AuthorId, DocId, RunId, VaultId } from "#crypto/ids.ts";
import { parseAccept } from "#crypto/laneHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { applyRosterEntry, isActiveMember, readRoster, type Roster } from "#crypto/roster.ts";
import { parseGrantClear, parseGrantEndClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import { parseBeaconClear, parseSnapshotClear } from "#crypto/snapshotHeader.ts";
import {
  decodeFrame,
  encodeFrame,
  liveTagOf,
  protocolVersion,
  type Frame,
  type LogEntry,
  type LogMark,
} from "../frame.ts";
import { createMemoryLinkPair } from "../links/memory.ts";
import { entriesBytesMax } from "../limits.ts";
import { untilSnapshot, type Compaction } from "../log.ts";
import type { Link, OpenLink } from "../ports.ts";
import { createMemoryLogStore, type MemoryLogStore } from "./memoryLogStore.ts";

export interface MemoryRelay {
  readonly relayKey: Uint8Array;
  readonly store: MemoryLogStore;
  readonly openLink: OpenLink;
  /** Frames received, newest last: what a curious relay could note. */
  readonly received: readonly Frame[];
  /** Every envelope ever stored in a doc, as a member would be sent it. */
  entries(doc: DocId): readonly LogEntry[];
  setOnline(isOnline: boolean): void;
  /** Cuts every link; devices come back by themselves. */
  cut(): void;
  /** It goes on serving whom the roster removed, and takes what they write. */
  colludes: boolean;
  /** From now on it tells nobody that the roster grew. */
  hidesRoster: boolean;
  /** It sends only so many entries of a log, and then nothing more, as a link does that breaks in the middle. */
  servedMax: number;
  /** Called before an APPEND or a ROSTER_CAS is answered; `false` swallows the answer, as a crash of the relay would. */
  beforeAck: (stored: Uint8Array) => boolean;
  /** Sends what a hostile relay would. */
  push(doc: DocId, entries: readonly LogEntry[], head: number): void;
  rosterEntries(): readonly Uint8Array[];
  /** Forgets all entries after `seq`, as a restored backup does. */
  rollBackRoster(seq: number): void;
  /** Sends every device what a hostile relay would. */
  pushRoster(from: number, entries: readonly Uint8Array[]): void;
  /** As a device that is not simulated would, by its own ROSTER_CAS. */
  addRosterEntry(entry: Uint8Array): void;
}

interface Session {
  readonly link: Link;
  deviceKey: Uint8Array | null;
  vault: VaultId | null;
  isLive: boolean;
  readonly docs: Set<DocId>;
}

export function createMemoryRelay(): MemoryRelay {
  const keys = createDeviceKeys(systemRandom);
  const store = createMemoryLogStore();
  const sessions = new Set<Session>();
  const received: Frame[] = [];
  const rosterEntries: Uint8Array[] = [];
  let roster: Roster | null = null;
  let isOnline = true;
  const announcements = new Map<AuthorId, Uint8Array>();

  const relay: MemoryRelay = {
    relayKey: keys.sign.publicKey,
    store,
    received,
    openLink: (events) => {
      const [near, far] = createMemoryLinkPair();
      near.events = events;
      const session: Session = { link: far.link, deviceKey: null, vault: null, isLive: false, docs: new Set() };
      if (!isOnline) queueMicrotask(() => near.link.close());
      far.events = {
        onOpen: () => sessions.add(session),
        onFrame: (bytes) => {
          const frame = decodeFrame(bytes);
          received.push(frame);
          void answer(session, frame);
        },
        onClose: () => {
          sessions.delete(session);
          if (session.deviceKey === null) return;
          const id = authorIdOf(session.deviceKey);
          if (announcements.delete(id)) tellHost(id, null);
        },
      };
      return near.link;
    },
    entries: (doc) => (roster === null ? [] : store.read(roster.vault, doc, 0, Infinity)),
    setOnline: (value) => {
      isOnline = value;
      if (!value) relay.cut();
    },
    cut: () => {
      for (const session of sessions) session.link.close();
    },
    colludes: false,
    hidesRoster: false,
    servedMax: Infinity,
    beforeAck: () => true,
    push: (doc, entries, head) => {
      for (const session of sessions)
        if (session.docs.has(doc))
          send(session, {
            type: "entries",
            doc,
            entries,
            head,
            more: false,
            marks: { from: markAt(doc, (entries[0]?.seq ?? 0) - 1), to: markAt(doc, head) },
          });
    },
    rosterEntries: () => rosterEntries,
    rollBackRoster: (seq) => {
      rosterEntries.length = seq;
      roster = readRoster(rosterEntries);
    },
    pushRoster: (from, entries) => {
      const vault = roster?.vault;
      if (vault === undefined) return;
      for (const session of sessions) {
        if (session.isLive) send(session, { type: "roster", vault, from, entries, claim: null });
      }
    },
    addRosterEntry: (entry) => growRoster(entry, null),
  };

  const liveDocs = new Map<string, DocId>();
  const waiting = new Map<RunId, { host: AuthorId; doc: DocId; seq: number; envelope: Uint8Array }>();

  function send(session: Session, frame: Frame): void {
    session.link.send(encodeFrame(frame));
  }

  function markAt(doc: DocId, seq: number): LogMark | null {
    return roster === null ? null : store.mark(roster.vault, doc, seq);
  }

  function tellHost(host: AuthorId, announcement: Uint8Array | null): void {
    for (const session of sessions) if (session.isLive) send(session, { type: "host", host, announcement });
  }

  async function answer(session: Session, frame: Frame): Promise<void> {
    switch (frame.type) {
      case "hello": {
        session.deviceKey = frame.publicKey.slice();
        session.vault = frame.vault;
        const nonce = systemRandom(32);
        const facts = { deviceNonce: frame.nonce, relayNonce: nonce, deviceKey: frame.publicKey };
        const signature = signWelcome(facts, keys.sign);
        return send(session, {
          type: "welcome",
          version: protocolVersion,
          relayKey: keys.sign.publicKey,
          nonce,
          signature,
        });
      }
      case "auth": {
        // Who founded the vault names it by the tag of the link it came with.
        const founder = session.deviceKey === null ? null : authorIdOf(session.deviceKey);
        const isFounder = roster !== null && founder !== null && isActiveMember(roster, founder);
        const isForeign = roster !== null && session.vault !== null && session.vault !== roster.vault;
        if (isForeign && !isFounder)
          return send(session, { type: "error", code: "not-a-member", says: "This host belongs to another vault." });
        if (isShutOut(session)) return shutOut(session);
        session.isLive = true;
        const id = session.deviceKey === null ? null : authorIdOf(session.deviceKey);
        const isMember = roster !== null && id !== null && isActiveMember(roster, id);
        send(session, {
          type: "ok",
          vault: roster?.vault ?? null,
          rosterSeq: relay.hidesRoster ? 0 : (roster?.seq ?? 0),
          rosterHead: roster?.head ?? new Uint8Array(32),
          standing: session.vault === null ? "host" : isMember || relay.colludes ? "device" : "stranger",
          claimable: roster === null,
        });
        if (session.vault === null && roster !== null) {
          send(session, { type: "roster", vault: roster.vault, from: 0, entries: rosterEntries, claim: null });
        }
        for (const [host, announcement] of announcements) send(session, { type: "host", host, announcement });
        return;
      }
      case "announce": {
        const id = authorIdOf(session.deviceKey ?? new Uint8Array(32));
        announcements.set(id, frame.announcement.slice());
        tellHost(id, frame.announcement);
        for (const { host, doc, seq, envelope } of waiting.values()) {
          if (host === id) send(session, { type: "offer", doc, seq, envelope });
        }
        return;
      }
      case "rosterGet": {
        if (roster === null || relay.hidesRoster) return;
        const entries = rosterEntries.slice(frame.from);
        return send(session, { type: "roster", vault: roster.vault, from: frame.from, entries, claim: null });
      }
      case "rosterCas":
        return takeRosterEntry(session, frame);
      case "destroy": {
        for (const doc of frame.docs) store.destroy(doc);
        return send(session, { type: "ack", request: frame.request, seq: 0 });
      }
      case "sub": {
        if (store.isDestroyed(frame.doc)) return;
        session.docs.add(frame.doc);
        let { cursor } = frame;
        const isFresh = cursor === 0;
        for (;;) {
          const head = roster === null ? 0 : store.head(roster.vault, frame.doc);
          const from = markAt(frame.doc, cursor);
          const page = roster === null ? [] : store.read(roster.vault, frame.doc, cursor, entriesBytesMax, isFresh);
          const entries = untilSnapshot(page).slice(0, relay.servedMax);
          cursor = entries.at(-1)?.seq ?? cursor;
          const more = entries.length > 0 && cursor < head;
          const to = markAt(frame.doc, more ? cursor : head);
          send(session, { type: "entries", doc: frame.doc, entries, head, more, marks: { from, to } });
          if (!more || relay.servedMax < Infinity) return;
        }
      }
      case "leave":
        return void session.docs.delete(frame.doc);
      case "append":
        return append(session, frame);
      case "ephemeral": {
        const { doc } = parseEnvelope(frame.envelope);
        for (const other of sessions) if (other !== session && other.docs.has(doc)) send(other, frame);
        return;
      }
      case "live": {
        const doc = liveDocs.get(frame.lane);
        for (const other of sessions) if (doc !== undefined && other.docs.has(doc)) send(other, frame);
        return;
      }
      case "ping":
        return send(session, { type: "pong" });
      default:
        return;
    }
  }

  function takeRosterEntry(session: Session, frame: Extract<Frame, { type: "rosterCas" }>): void {
    const { request } = frame;
    if (frame.prevSeq !== rosterEntries.length) {
      const same = rosterEntries[frame.prevSeq];
      const isSame = same !== undefined && Buffer.from(same).equals(frame.entry);
      if (isSame) return send(session, { type: "rosterAck", request, seq: frame.prevSeq + 1 });
      return send(session, { type: "nack", request, code: "conflict", expected: rosterEntries.length });
    }
    if (isShutOut(session)) return send(session, { type: "nack", request, code: "not-allowed", expected: 0 });
    growRoster(frame.entry.slice(), frame.claim);
    if (relay.beforeAck(frame.entry)) send(session, { type: "rosterAck", request, seq: frame.prevSeq + 1 });
  }

  function isShutOut({ deviceKey }: Session): boolean {
    const member = deviceKey === null ? undefined : roster?.members.get(authorIdOf(deviceKey));
    return !relay.colludes && member !== undefined && member.removedSeq !== null;
  }

  function shutOut(session: Session): void {
    send(session, { type: "error", code: "removed", says: "This device was removed from the vault." });
    session.link.close();
  }

  function growRoster(entry: Uint8Array, claim: Uint8Array | null): void {
    roster = applyRosterEntry(roster, entry);
    rosterEntries.push(entry);
    for (const other of [...sessions]) {
      if (isShutOut(other)) shutOut(other);
      else if (other.isLive)
        send(other, { type: "roster", vault: roster.vault, from: roster.seq - 1, entries: [entry], claim });
    }
  }

  async function append(session: Session, frame: Extract<Frame, { type: "append" }>): Promise<void> {
    const parsed = parseEnvelope(frame.envelope.slice());
    if (roster === null || isShutOut(session)) return;
    if (store.isDestroyed(parsed.doc))
      return send(session, { type: "nack", request: frame.request, code: "busy", expected: 0 });
    const compaction = compactionOf(parsed, roster);
    const outcome = await store.append({
      vault: roster.vault,
      doc: parsed.doc,
      author: parsed.author,
      counter: parsed.counter,
      prev: parsed.prev,
      hash: envelopeHash(parsed.bytes),
      envelope: parsed.bytes,
      accepts: parsed.kind === "accept" ? parseAccept(parsed.clear).run : null,
      replacesOwn: parsed.kind === "final",
      ...(compaction === null ? {} : { compaction }),
    });
    const { request } = frame;
    if (parsed.kind === "accept") waiting.delete(parseAccept(parsed.clear).run);
    if (parsed.kind === "grantEnd") waiting.delete(parseGrantEndClear(parsed.clear));
    if (parsed.kind === "grant") {
      const { run, host, boot } = parseGrantClear(parsed.clear);
      if (boot === WAITING_BOOT)
        waiting.set(run, {
          host,
          doc: parsed.doc,
          seq: outcome.kind === "stored" ? outcome.seq : 0,
          envelope: parsed.bytes,
        });
    }
    liveDocs.set(liveTagOf(parsed.author), parsed.doc);
    if (!relay.beforeAck(parsed.bytes)) return;
    if (outcome.kind === "conflict")
      return send(session, { type: "nack", request, code: "conflict", expected: outcome.expected });
    if (outcome.kind === "refused") return send(session, { type: "nack", request, code: "not-allowed", expected: 0 });
    send(session, { type: "ack", request, seq: outcome.seq });
    if (outcome.kind === "repeated") return;
    relay.push(parsed.doc, [{ seq: outcome.seq, envelope: parsed.bytes }], outcome.seq);
    if (parsed.kind === "grant") offer(parsed.doc, outcome.seq, parsed.bytes, parseGrantClear(parsed.clear).host);
  }

  function offer(doc: DocId, seq: number, envelope: Uint8Array, host: AuthorId): void {
    for (const session of sessions) {
      if (session.isLive && session.deviceKey !== null && authorIdOf(session.deviceKey) === host) {
        send(session, { type: "offer", doc, seq, envelope });
      }
    }
  }

  return relay;
}

function compactionOf(parsed: ParsedEnvelope, roster: Roster): Compaction | null {
  if (parsed.kind === "rekey") return { kind: "keep" };
  if (parsed.kind === "beacon") return { kind: "beacon", snapshot: parseBeaconClear(parsed) };
  if (parsed.kind !== "snapshot") return null;
  const { cursor, mark, coverage } = parseSnapshotClear(parsed);
  const devices = [...roster.members.values()].filter(
    ({ role, id }) => role === "device" && isActiveMember(roster, id),
  );
  return { kind: "snapshot", cursor, mark, coverage, isAlone: devices.length === 1, nowMs: Date.now() };
}
