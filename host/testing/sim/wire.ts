/**
 * The wire between devices and the relay: watched for what must never happen on it, and the place where a lying relay is played. The watching
 * reads bytes by itself, at the offsets that the protocol names.
 */
import { createHash } from "node:crypto";
import { sealEnvelope } from "#crypto/envelope.ts";
import { NO_PREV, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import { decodeFrame, encodeFrame, type LogEntry } from "#sync/frame.ts";
import type { Tap } from "./network.ts";
import type { Lie } from "./action.ts";
import type { SimNode, World } from "./world.ts";

/** Where an envelope stands: which of whose, in which doc. */
export interface Place {
  readonly doc: Uint8Array;
  readonly author: Uint8Array;
  readonly counter: number;
}

export interface Wire extends Tap {
  /** From now on the relay lies to this node so, until `null`. */
  lie(node: SimNode, how: Lie | null): void;
  /** From now on the relay shows this to all who read the doc and know the roster up to `rosterSeq`, somewhere in each page. */
  slipIn(doc: DocId, envelope: Uint8Array, rosterSeq: number): void;
  /** SHA-256 of the envelopes of devices that a relay acknowledged, since when. */
  readonly acknowledged: Map<string, { readonly node: SimNode; readonly atMs: number; readonly place: Place }>;
  /** SNAPSHOTs that a relay acknowledged. */
  readonly snapshots: Set<string>;
  /** Marks that only a liar wrote. */
  readonly forgedMark: string;
}

/** In every mark, and in nothing else that is ever sealed. */
export const CANARY = "CANARY";
const CANARY_BYTES = Buffer.from(CANARY);

const FRAME_ROSTER = 6;
const FRAME_ENTRIES = 10;
const FRAME_APPEND = 12;
const FRAME_ACK = 13;
const ENVELOPE_AT = 9;
const KIND_AT = 1;
const KIND_SNAPSHOT = 2;
const DOC_AT = 2;
const EPOCH_AT = 18;
const AUTHOR_AT = 22;
const COUNTER_AT = 38;
const NONCE_AT = 90;
const NONCE_BYTES = 24;
const REQUEST_BYTES = 4;

export function createWire(world: World, fail: (rule: string, what: string) => void): Wire {
  const random = world.prng.fork("liar");
  const lies = new Map<SimNode, Lie>();
  const seen: LogEntry[] = [];
  const slippedIn = new Map<DocId, { readonly envelope: Uint8Array; readonly rosterSeq: number }>();
  /** How much of the roster a node was sent in this life of it. */
  const rosterSeqs = new Map<SimNode, { readonly life: number; readonly seq: number }>();
  const withheldAuthors = new Map<SimNode, string>();
  const nonces = new Map<string, string>();
  const waiting = new Map<string, { hash: string; place: Place; isSnapshot: boolean }>();
  const snapshots = new Set<string>();
  const acknowledged: Wire["acknowledged"] = new Map();
  const forgedMark = `‹${CANARY}-forged›`;

  const watch = (frame: Uint8Array, where: string): void => {
    if (Buffer.from(frame.buffer, frame.byteOffset, frame.length).includes(CANARY_BYTES))
      fail("I6", `plain text on the wire ${where}`);
  };

  const watchAppend = (from: SimNode, frame: Uint8Array): void => {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    const envelope = bytes.subarray(ENVELOPE_AT);
    const hash = sha256(envelope);
    const nonce = envelope.toString("latin1", NONCE_AT, NONCE_AT + NONCE_BYTES);
    const known = nonces.get(nonce);
    if (known !== undefined && known !== hash) fail("I7", `${from.name} sealed two envelopes under one nonce`);
    nonces.set(nonce, hash);
    waiting.set(`${from.name}/${from.life}/${bytes.readUInt32BE(1)}`, {
      hash,
      place: {
        doc: Uint8Array.from(envelope.subarray(DOC_AT, EPOCH_AT)),
        author: Uint8Array.from(envelope.subarray(AUTHOR_AT, COUNTER_AT)),
        counter: Number(envelope.readBigUInt64BE(COUNTER_AT)),
      },
      isSnapshot: envelope[KIND_AT] === KIND_SNAPSHOT,
    });
  };

  const watchAck = (to: SimNode, frame: Uint8Array): void => {
    const request = Buffer.from(frame.buffer, frame.byteOffset, frame.length).readUInt32BE(1);
    const known = waiting.get(`${to.name}/${to.life}/${request}`);
    if (known === undefined || !to.name.startsWith("d")) return;
    acknowledged.set(known.hash, { node: to, atMs: world.now(), place: known.place });
    if (known.isSnapshot) snapshots.add(known.hash);
  };

  /** An outsider's envelope in the form of the real thing. */
  const forge = (like: Uint8Array): Uint8Array | null => {
    try {
      const { doc, epoch, rosterSeq, rosterHead } = parseEnvelope(like);
      const keys = createDeviceKeys((length) => random.bytes(length));
      const body = Buffer.from(forgedMark);
      return sealEnvelope({
        kind: "update",
        doc,
        epoch,
        author: keys.id,
        counter: 1,
        prev: NO_PREV,
        rosterSeq,
        rosterHead,
        clear: new Uint8Array(0),
        body,
        docKey: random.bytes(32),
        signingKey: keys.sign,
        random: (length) => random.bytes(length),
      });
    } catch {
      return null;
    }
  };

  const twist = (to: SimNode, how: Lie, frame: Uint8Array): readonly Uint8Array[] => {
    const decoded = decodeFrame(frame);
    if (decoded.type !== "entries") return [frame];
    let entries: { seq: number; envelope: Uint8Array }[] = decoded.entries.map(({ seq, envelope }) => ({
      seq,
      envelope: envelope.slice(),
    }));
    let { head } = decoded;
    seen.push(...entries.slice(0, 20));
    if (seen.length > 400) seen.splice(0, 200);
    const authorOf = (entry: LogEntry): string =>
      Buffer.from(entry.envelope).toString("hex", AUTHOR_AT, AUTHOR_AT + 16);
    switch (how) {
      case "withhold":
        entries = entries.filter(() => random.chance(0.5));
        break;
      case "withholdFirst": {
        // One author's envelopes, for as long as the lie lasts.
        const [first] = entries;
        if (first !== undefined && !withheldAuthors.has(to)) withheldAuthors.set(to, authorOf(first));
        entries = entries.filter((entry) => authorOf(entry) !== withheldAuthors.get(to));
        break;
      }
      case "replay":
        // In the place of the last: in one further on it would keep back what lies between.
        if (entries.length > 0 && seen.length > 0)
          entries.push({ seq: entries.at(-1)?.seq ?? 0, envelope: random.pick(seen).envelope });
        break;
      case "reorder":
        entries.sort(() => random.next() - 0.5);
        break;
      case "corrupt":
        for (const { envelope } of entries)
          if (random.chance(0.5)) {
            const at = random.below(envelope.length);
            envelope[at] = (envelope[at] ?? 0) ^ (1 << random.below(8));
          }
        break;
      case "splice":
        for (const entry of entries)
          if (random.chance(0.3) && seen.length > 0) entry.envelope = random.pick(seen).envelope.slice();
        break;
      case "forge": {
        const made = entries[0] === undefined ? null : forge(entries[0].envelope);
        if (made !== null) entries.push({ seq: head, envelope: made });
        break;
      }
      case "wrongHead":
        head = Math.max(0, head - random.between(1, 5));
        break;
      case "highSeq":
        entries = entries.map((entry) => ({ ...entry, seq: entry.seq + 1_000_000 }));
        break;
      case "dropAll":
        return [];
      case "twice":
        entries = entries.flatMap((entry) => [entry, entry]);
    }
    return [encodeFrame({ ...decoded, entries, head })];
  };

  const noteRoster = (to: SimNode, frame: Uint8Array): void => {
    const decoded = decodeFrame(frame);
    if (decoded.type === "roster") rosterSeqs.set(to, { life: to.life, seq: decoded.from + decoded.entries.length });
  };

  /** In one place or another: its seq is that of what stands there. Not to the host's own agent: a host that lies to itself answers nothing. */
  const withSlippedIn = (to: SimNode, frame: Uint8Array): Uint8Array => {
    const decoded = decodeFrame(frame);
    const known = rosterSeqs.get(to);
    if (decoded.type !== "entries" || decoded.entries.length === 0 || known?.life !== to.life) return frame;
    if (to.name === "agent" || to.name === "twin") return frame;
    const { envelope, rosterSeq } = slippedIn.get(decoded.doc) ?? { envelope: null, rosterSeq: 0 };
    if (envelope === null || known.seq < rosterSeq) return frame;
    const at = random.below(decoded.entries.length + 1);
    const seq = (decoded.entries[at] ?? decoded.entries.at(-1))?.seq ?? 0;
    return encodeFrame({ ...decoded, entries: decoded.entries.toSpliced(at, 0, { seq, envelope }) });
  };

  return {
    toRelay: (from, frame) => {
      watch(frame, `from ${from.name}`);
      if (frame[0] === FRAME_APPEND && frame.length > ENVELOPE_AT + NONCE_AT + NONCE_BYTES) watchAppend(from, frame);
      world.note(() => `${from.name} → ${frameName(frame)}`, frame);
      return frame;
    },
    toNode: (to, frame) => {
      watch(frame, `to ${to.name}`);
      if (frame[0] === FRAME_ROSTER) noteRoster(to, frame);
      if (frame[0] === FRAME_ACK && frame.length > REQUEST_BYTES) watchAck(to, frame);
      const how = lies.get(to);
      const isLied = how !== undefined && frame[0] === FRAME_ENTRIES;
      const isSlipped = slippedIn.size > 0 && frame[0] === FRAME_ENTRIES;
      const honest = isSlipped ? withSlippedIn(to, frame) : frame;
      const shown = isLied ? twist(to, how, honest) : [honest];
      world.note(() => `${to.name} ← ${frameName(frame)}${how === undefined ? "" : ` (${how})`}`, frame);
      return shown;
    },
    lie: (node, how) => {
      withheldAuthors.delete(node);
      if (how === null) lies.delete(node);
      else lies.set(node, how);
    },
    slipIn: (doc, envelope, rosterSeq) => void slippedIn.set(doc, { envelope, rosterSeq }),
    acknowledged,
    snapshots,
    forgedMark,
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

const FRAME_NAMES = [
  "",
  "hello",
  "welcome",
  "auth",
  "ok",
  "rosterGet",
  "roster",
  "rosterCas",
  "rosterAck",
  "sub",
  "entries",
  "leave",
  "append",
  "ack",
  "nack",
  "ephemeral",
  "announce",
  "host",
  "offer",
  "ping",
  "pong",
  "error",
];

function frameName(frame: Uint8Array): string {
  const name = FRAME_NAMES[frame[0] ?? 0] ?? "?";
  if (name === "append") {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length).subarray(ENVELOPE_AT);
    return `append kind ${bytes[1]} doc ${bytes.toString("hex", 2, 4)} author ${bytes.toString("hex", 22, 24)} counter ${bytes.readBigUInt64BE(38)} request ${Buffer.from(frame.buffer, frame.byteOffset).readUInt32BE(1)}`;
  }
  if (name === "entries" || name === "sub" || name === "ack" || name === "nack" || name === "error") {
    try {
      const decoded = decodeFrame(frame);
      if (decoded.type === "entries")
        return `entries doc ${decoded.doc.slice(0, 4)} [${decoded.entries.map(({ seq, envelope }) => `${seq}:${Buffer.from(envelope).toString("hex", 22, 24)}.${Buffer.from(envelope).readBigUInt64BE(38)}`).join(" ")}] head ${decoded.head}${decoded.more ? " more" : ""}`;
      if (decoded.type === "sub") return `sub doc ${decoded.doc.slice(0, 4)} cursor ${decoded.cursor}`;
      if (decoded.type === "ack") return `ack request ${decoded.request} seq ${decoded.seq}`;
      if (decoded.type === "nack")
        return `nack request ${decoded.request} ${decoded.code} expected ${decoded.expected}`;
      if (decoded.type === "error") return `error ${decoded.code}`;
    } catch {
      return `${name} (broken)`;
    }
  }
  return name;
}
