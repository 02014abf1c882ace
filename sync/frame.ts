/**
 * Frames: what travels on a link, between a device or an agent and a relay. One byte of type, then the fields in order,
 * big-endian (crypto/codec.ts). A link carries whole frames; a WebSocket sends each as one binary message.
 *
 *   HELLO →      who I claim to be, and my nonce            WELCOME ←  the relay's key and nonce, signed over both nonces
 *   AUTH →       both nonces signed with my device key      OK ←       where the roster stands and how I stand to it
 *   ROSTER_GET → entries from a seq                         ROSTER ←   entries (also pushed when the roster grows)
 *   ROSTER_CAS → one entry after `prevSeq`                  ROSTER_ACK ← accepted, or why not
 *   SUB →        a doc's log after a cursor, and what comes ENTRIES ←  envelopes with their seqs
 *   LEAVE →      no more of that doc
 *   APPEND →     one envelope                               ACK ←      stored and fsynced, at this seq · NACK ← why not
 *   EPHEMERAL ⇄  an envelope for whoever is there now, never stored
 *   LIVE ⇄       words of a lane before their document has them (crypto/liveText.ts): tag 4 ‖ is long 1 bit, counter 23 bits ‖ sealed 36 or 100, never stored
 *   ANNOUNCE →   an agent's signed announcement             HOST ←     the same for devices, or that the agent is away
 *   OFFER ←      to an agent: a GRANT envelope for it
 *   MAILBOX_OPEN → a member lets strangers use these        MAILBOX_CLOSE → and no more
 *   MAILBOX_PUT →  one message, once                        MAILBOX_TAKE → and who waits for it, answered by ACK or NACK
 *   MAILBOX ←      the message, or that a second one came
 *   PING → PONG ←                                           ERROR ←    the last frame before the relay closes
 *
 * A SUB is answered by at least one ENTRIES, also when there is nothing new: `head` is the newest seq that the relay has. While
 * `more` is true the relay sends the next page by itself; after the last it sends what is stored from then on, to the author too.
 * A page says what the log was up to where it begins and up to where it ends, each as one hash over all that was ever stored before:
 * a device remembers the one and is told the other, so a log that was restored from a backup and has grown again shows.
 * A second SUB for a doc replaces the first. `from` in ROSTER_GET and ROSTER means "after this seq": 0 asks for all.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter, type Reader, type Writer } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import {
  authorIdFromBytes,
  docIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  type AuthorId,
  type DocId,
  type VaultId,
  vaultIdFromBytes,
} from "#crypto/ids.ts";
import { liveTextSealedBytes } from "#crypto/limits.ts";
import {
  announcementBytesMax,
  frameBytesMax,
  mailboxesOpenedMax,
  mailboxMessageBytesMax,
  rosterEntryBytesMax,
} from "./limits.ts";

export const protocolVersion = 3;
const KEY_BYTES = 32;
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LIVE_TAG_BYTES = 4;
const [LIVE_SHORT_BYTES, LIVE_LONG_BYTES] = liveTextSealedBytes;

/**
 * What a LIVE frame names its lane by: 32 random bits tell the lanes apart that a relay or a device has open. Where two are alike, words go to
 * followers of another doc as well, or instead, whose key does not open them: those come with their envelopes.
 */
export function liveTagOf(lane: AuthorId): string {
  return lane.slice(0, LIVE_TAG_BYTES * 2);
}

/** How a connection stands to the roster. A stranger may only claim an unclaimed host. */
export type Standing = "stranger" | "device" | "host";
const STANDINGS: readonly Standing[] = ["stranger", "device", "host"];

/** Why an APPEND or a ROSTER_CAS was refused. `conflict`: not the next in its chain; the answer says what is. */
export type NackCode = "malformed" | "not-allowed" | "conflict" | "too-large" | "full" | "busy";
const NACK_CODES: readonly NackCode[] = ["malformed", "not-allowed", "conflict", "too-large", "full", "busy"];

/** Why a relay closes a link. `not-a-member`: the host belongs to another vault. */
export type LinkErrorCode = "version" | "not-a-member" | "malformed" | "too-fast" | "removed" | "draining";
const LINK_ERROR_CODES: readonly LinkErrorCode[] = [
  "version",
  "not-a-member",
  "malformed",
  "too-fast",
  "removed",
  "draining",
];

export interface LogEntry {
  readonly seq: number;
  readonly envelope: Uint8Array;
}

/** What a log was up to a seq, as one hash over all that was ever stored in it (log.ts). */
export interface LogMark {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** `null`: the relay does not know it, as for a seq in a stream that a FINAL has replaced. */
export interface PageMarks {
  readonly from: LogMark | null;
  readonly to: LogMark | null;
}

export type Frame =
  | { type: "hello"; version: number; vault: VaultId | null; publicKey: Uint8Array; nonce: Uint8Array }
  | { type: "welcome"; version: number; relayKey: Uint8Array; nonce: Uint8Array; signature: Uint8Array }
  | { type: "auth"; signature: Uint8Array }
  | {
      type: "ok";
      vault: VaultId | null;
      rosterSeq: number;
      rosterHead: Uint8Array;
      standing: Standing;
      claimable: boolean;
    }
  | { type: "rosterGet"; from: number }
  | { type: "roster"; vault: VaultId; from: number; entries: readonly Uint8Array[]; claim: Uint8Array | null }
  | { type: "rosterCas"; request: number; prevSeq: number; entry: Uint8Array; claim: Uint8Array | null }
  | { type: "rosterAck"; request: number; seq: number }
  | { type: "sub"; doc: DocId; cursor: number }
  | { type: "entries"; doc: DocId; entries: readonly LogEntry[]; head: number; more: boolean; marks: PageMarks }
  | { type: "leave"; doc: DocId }
  | { type: "append"; request: number; envelope: Uint8Array }
  | { type: "ack"; request: number; seq: number }
  | { type: "nack"; request: number; code: NackCode; expected: number }
  | { type: "ephemeral"; envelope: Uint8Array }
  /** `lane`: the first 8 digits of its id. */
  | { type: "live"; lane: string; counter: number; sealed: Uint8Array }
  | { type: "announce"; announcement: Uint8Array }
  | { type: "host"; host: AuthorId; announcement: Uint8Array | null }
  | { type: "offer"; doc: DocId; seq: number; envelope: Uint8Array }
  | { type: "ping" }
  | { type: "pong" }
  | { type: "mailboxOpen"; request: number; mailboxes: readonly Uint8Array[] }
  | { type: "mailboxClose"; mailboxes: readonly Uint8Array[] }
  | { type: "mailboxPut"; request: number; mailbox: Uint8Array; message: Uint8Array }
  | { type: "mailboxTake"; request: number; mailbox: Uint8Array }
  | { type: "mailbox"; mailbox: Uint8Array; message: Uint8Array | null }
  | { type: "error"; code: LinkErrorCode; says: string };

interface FrameForm<F extends Frame> {
  readonly id: number;
  readonly write: (writer: Writer, frame: F) => void;
  readonly read: (reader: Reader) => Omit<F, "type">;
}

type FrameForms = { readonly [T in Frame["type"]]: FrameForm<Extract<Frame, { type: T }>> };

const FORMS: FrameForms = {
  hello: {
    id: 1,
    write: (writer, frame) => {
      writer.u8(frame.version);
      writeVault(writer, frame.vault);
      writer.fixed(frame.publicKey).fixed(frame.nonce);
    },
    read: (reader) => ({
      version: reader.u8(),
      vault: readVault(reader),
      publicKey: reader.fixed(KEY_BYTES),
      nonce: reader.fixed(NONCE_BYTES),
    }),
  },
  welcome: {
    id: 2,
    write: (writer, frame) => writer.u8(frame.version).fixed(frame.relayKey).fixed(frame.nonce).fixed(frame.signature),
    read: (reader) => ({
      version: reader.u8(),
      relayKey: reader.fixed(KEY_BYTES),
      nonce: reader.fixed(NONCE_BYTES),
      signature: reader.fixed(SIGNATURE_BYTES),
    }),
  },
  auth: {
    id: 3,
    write: (writer, frame) => writer.fixed(frame.signature),
    read: (reader) => ({ signature: reader.fixed(SIGNATURE_BYTES) }),
  },
  ok: {
    id: 4,
    write: (writer, frame) => {
      writeVault(writer, frame.vault);
      writer.u32(frame.rosterSeq).fixed(frame.rosterHead);
      writer.u8(STANDINGS.indexOf(frame.standing)).u8(frame.claimable ? 1 : 0);
    },
    read: (reader) => ({
      vault: readVault(reader),
      rosterSeq: reader.u32(),
      rosterHead: reader.fixed(HASH_BYTES),
      standing: readOneOf(reader, STANDINGS),
      claimable: readFlag(reader),
    }),
  },
  rosterGet: {
    id: 5,
    write: (writer, frame) => writer.u32(frame.from),
    read: (reader) => ({ from: reader.u32() }),
  },
  roster: {
    id: 6,
    write: (writer, frame) => {
      writer.fixed(idToBytes(frame.vault)).u32(frame.from).u16(frame.entries.length);
      for (const entry of frame.entries) writer.long(entry);
      writeOptional(writer, frame.claim);
    },
    read: (reader) => ({
      vault: vaultIdFromBytes(reader.fixed(HASH_BYTES)),
      from: reader.u32(),
      entries: readList(reader.u16(), () => reader.long(rosterEntryBytesMax)),
      claim: readOptional(reader, SIGNATURE_BYTES),
    }),
  },
  rosterCas: {
    id: 7,
    write: (writer, frame) => {
      writer.u32(frame.request).u32(frame.prevSeq).long(frame.entry);
      writeOptional(writer, frame.claim);
    },
    read: (reader) => ({
      request: reader.u32(),
      prevSeq: reader.u32(),
      entry: reader.long(rosterEntryBytesMax),
      claim: readOptional(reader, SIGNATURE_BYTES),
    }),
  },
  rosterAck: {
    id: 8,
    write: (writer, frame) => writer.u32(frame.request).u32(frame.seq),
    read: (reader) => ({ request: reader.u32(), seq: reader.u32() }),
  },
  sub: {
    id: 9,
    write: (writer, frame) => writer.fixed(idToBytes(frame.doc)).u64(frame.cursor),
    read: (reader) => ({ doc: readDoc(reader), cursor: reader.u64() }),
  },
  entries: {
    id: 10,
    write: (writer, frame) => {
      writer
        .fixed(idToBytes(frame.doc))
        .u64(frame.head)
        .u8(frame.more ? 1 : 0)
        .u16(frame.entries.length);
      for (const entry of frame.entries) writer.u64(entry.seq).long(entry.envelope);
      writeMark(writer, frame.marks.from);
      writeMark(writer, frame.marks.to);
    },
    read: (reader) => ({
      doc: readDoc(reader),
      head: reader.u64(),
      more: readFlag(reader),
      entries: readList(reader.u16(), () => ({ seq: reader.u64(), envelope: reader.long(frameBytesMax) })),
      marks: { from: readMark(reader), to: readMark(reader) },
    }),
  },
  leave: {
    id: 11,
    write: (writer, frame) => writer.fixed(idToBytes(frame.doc)),
    read: (reader) => ({ doc: readDoc(reader) }),
  },
  append: {
    id: 12,
    write: (writer, frame) => writer.u32(frame.request).long(frame.envelope),
    read: (reader) => ({ request: reader.u32(), envelope: reader.long(frameBytesMax) }),
  },
  ack: {
    id: 13,
    write: (writer, frame) => writer.u32(frame.request).u64(frame.seq),
    read: (reader) => ({ request: reader.u32(), seq: reader.u64() }),
  },
  nack: {
    id: 14,
    write: (writer, frame) => writer.u32(frame.request).u8(NACK_CODES.indexOf(frame.code)).u64(frame.expected),
    read: (reader) => ({ request: reader.u32(), code: readOneOf(reader, NACK_CODES), expected: reader.u64() }),
  },
  ephemeral: {
    id: 15,
    write: (writer, frame) => writer.long(frame.envelope),
    read: (reader) => ({ envelope: reader.long(frameBytesMax) }),
  },
  announce: {
    id: 16,
    write: (writer, frame) => writer.long(frame.announcement),
    read: (reader) => ({ announcement: reader.long(announcementBytesMax) }),
  },
  host: {
    id: 17,
    write: (writer, frame) => {
      writer.fixed(idToBytes(frame.host)).u8(frame.announcement === null ? 0 : 1);
      if (frame.announcement !== null) writer.long(frame.announcement);
    },
    read: (reader) => ({
      host: authorIdFromBytes(reader.fixed(ID_BYTES)),
      announcement: readFlag(reader) ? reader.long(announcementBytesMax) : null,
    }),
  },
  offer: {
    id: 18,
    write: (writer, frame) => writer.fixed(idToBytes(frame.doc)).u64(frame.seq).long(frame.envelope),
    read: (reader) => ({ doc: readDoc(reader), seq: reader.u64(), envelope: reader.long(frameBytesMax) }),
  },
  ping: { id: 19, write: () => {}, read: () => ({}) },
  pong: { id: 20, write: () => {}, read: () => ({}) },
  live: {
    id: 22,
    write: (writer, frame) =>
      writer
        .fixed(hexToBytes(frame.lane) ?? new Uint8Array(0))
        .u8((frame.counter >>> 16) | (frame.sealed.length === LIVE_LONG_BYTES ? 0x80 : 0))
        .u16(frame.counter & 0xffff)
        .fixed(frame.sealed),
    read: (reader) => {
      const lane = bytesToHex(reader.fixed(LIVE_TAG_BYTES));
      const head = reader.u8();
      const counter = (head & 0x7f) * 0x1_0000 + reader.u16();
      return { lane, counter, sealed: reader.fixed(head < 0x80 ? LIVE_SHORT_BYTES : LIVE_LONG_BYTES) };
    },
  },
  error: {
    id: 21,
    write: (writer, frame) => writer.u8(LINK_ERROR_CODES.indexOf(frame.code)).text(frame.says),
    read: (reader) => ({ code: readOneOf(reader, LINK_ERROR_CODES), says: reader.text(500) }),
  },
  mailboxOpen: {
    id: 23,
    write: (writer, frame) => writeMailboxes(writer.u32(frame.request), frame.mailboxes),
    read: (reader) => ({ request: reader.u32(), mailboxes: readMailboxes(reader) }),
  },
  mailboxClose: {
    id: 24,
    write: (writer, frame) => writeMailboxes(writer, frame.mailboxes),
    read: (reader) => ({ mailboxes: readMailboxes(reader) }),
  },
  mailboxPut: {
    id: 25,
    write: (writer, frame) => writer.u32(frame.request).fixed(frame.mailbox).long(frame.message),
    read: (reader) => ({
      request: reader.u32(),
      mailbox: reader.fixed(ID_BYTES),
      message: reader.long(mailboxMessageBytesMax),
    }),
  },
  mailboxTake: {
    id: 26,
    write: (writer, frame) => writer.u32(frame.request).fixed(frame.mailbox),
    read: (reader) => ({ request: reader.u32(), mailbox: reader.fixed(ID_BYTES) }),
  },
  mailbox: {
    id: 27,
    write: (writer, frame) => {
      writer.fixed(frame.mailbox).u8(frame.message === null ? 0 : 1);
      if (frame.message !== null) writer.long(frame.message);
    },
    read: (reader) => ({
      mailbox: reader.fixed(ID_BYTES),
      message: readFlag(reader) ? reader.long(mailboxMessageBytesMax) : null,
    }),
  },
};

const FORM_BY_ID = new Map(Object.entries(FORMS).map(([type, form]) => [form.id, { type, form }]));

export function encodeFrame(frame: Frame): Uint8Array {
  const form = FORMS[frame.type] as FrameForm<Frame>;
  const writer = createWriter().u8(form.id);
  form.write(writer, frame);
  return writer.finish();
}

/** Throws `CryptoError("malformed")`. Byte strings in the result are views of `bytes`. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > frameBytesMax) throw new CryptoError("malformed", `frame of ${bytes.length} bytes`);
  const reader = createReader(bytes);
  const found = FORM_BY_ID.get(reader.u8());
  if (found === undefined) throw new CryptoError("malformed", "unknown frame");
  const frame = { type: found.type, ...found.form.read(reader) } as Frame;
  reader.end();
  return frame;
}

const NO_VAULT = new Uint8Array(HASH_BYTES);

function writeVault(writer: Writer, vault: VaultId | null): void {
  writer.fixed(vault === null ? NO_VAULT : idToBytes(vault));
}

function readVault(reader: Reader): VaultId | null {
  const bytes = reader.fixed(HASH_BYTES);
  return bytes.every((byte) => byte === 0) ? null : vaultIdFromBytes(bytes);
}

function writeMailboxes(writer: Writer, mailboxes: readonly Uint8Array[]): void {
  writer.u8(mailboxes.length);
  for (const mailbox of mailboxes) writer.fixed(mailbox);
}

function readMailboxes(reader: Reader): Uint8Array[] {
  const count = reader.u8();
  if (count > mailboxesOpenedMax) throw new CryptoError("malformed", `${count} mailboxes`);
  return readList(count, () => reader.fixed(ID_BYTES));
}

function readDoc(reader: Reader): DocId {
  return docIdFromBytes(reader.fixed(ID_BYTES));
}

function writeMark(writer: Writer, mark: LogMark | null): void {
  writer.u8(mark === null ? 0 : 1);
  if (mark !== null) writer.u64(mark.seq).fixed(mark.hash);
}

function readMark(reader: Reader): LogMark | null {
  return readFlag(reader) ? { seq: reader.u64(), hash: reader.fixed(ID_BYTES) } : null;
}

function readFlag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new CryptoError("malformed", "flag");
  return value === 1;
}

function readOneOf<T>(reader: Reader, values: readonly T[]): T {
  const value = values[reader.u8()];
  if (value === undefined) throw new CryptoError("malformed", "value outside its list");
  return value;
}

function readList<T>(length: number, readItem: () => T): T[] {
  const items: T[] = [];
  for (let index = 0; index < length; index++) items.push(readItem());
  return items;
}

function writeOptional(writer: Writer, bytes: Uint8Array | null): void {
  writer.u8(bytes === null ? 0 : 1);
  if (bytes !== null) writer.fixed(bytes);
}

function readOptional(reader: Reader, length: number): Uint8Array | null {
  return readFlag(reader) ? reader.fixed(length) : null;
}
