/** Each frame's number, and its fields in the order in which they travel. What they mean: frame.ts. */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import type { Reader, Writer } from "#crypto/codec.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { liveTextSealedBytes, recordBytesMax } from "#crypto/limits.ts";
import type { Frame, LinkErrorCode, NackCode, Standing } from "./frame.ts";
import {
  LIVE_TAG_BYTES,
  writeVault,
  readVault,
  writeMailboxes,
  readMailboxes,
  readDoc,
  readDocs,
  writeDocs,
  readHeld,
  writeMark,
  readMark,
  readFlag,
  readOneOf,
  readList,
  writeOptional,
  readOptional,
} from "./frameFields.ts";
import { LEDGER_FORMS } from "./ledgerForms.ts";
import { announcementBytesMax, frameBytesMax, mailboxMessageBytesMax, rosterEntryBytesMax } from "./limits.ts";
import { PUSH_FORMS } from "./pushForms.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 64;
const [LIVE_SHORT_BYTES, LIVE_LONG_BYTES] = liveTextSealedBytes;
/** Sealed, with the host's name and signature behind it. */
const recordFrameBytesMax = recordBytesMax + ID_BYTES + SIGNATURE_BYTES;
const STANDINGS: readonly Standing[] = ["stranger", "device", "host"];
const NACK_CODES: readonly NackCode[] = ["malformed", "not-allowed", "conflict", "too-large", "full", "busy"];
const LINK_ERROR_CODES: readonly LinkErrorCode[] = [
  "version",
  "not-a-member",
  "malformed",
  "too-fast",
  "removed",
  "draining",
  "duplicate",
];

export interface FrameForm<F extends Frame> {
  readonly id: number;
  readonly write: (writer: Writer, frame: F) => void;
  readonly read: (reader: Reader) => Omit<F, "type">;
}

export type FrameForms = { readonly [T in Frame["type"]]: FrameForm<Extract<Frame, { type: T }>> };

export const FORMS: FrameForms = {
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
  destroy: {
    id: 28,
    write: (writer, frame) => writeDocs(writer.u32(frame.request), frame.docs),
    read: (reader) => ({ request: reader.u32(), docs: readDocs(reader) }),
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
  have: {
    id: 60,
    write: (writer, frame) => {
      writer.fixed(idToBytes(frame.doc)).u16(frame.held.length);
      for (const [author, counter] of frame.held) writer.fixed(idToBytes(author)).u64(counter);
    },
    read: (reader) => ({ doc: readDoc(reader), held: readHeld(reader) }),
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
  recordPut: {
    id: 40,
    write: (writer, frame) => writer.u32(frame.request).fixed(frame.id).long(frame.record),
    read: (reader) => ({ request: reader.u32(), id: reader.fixed(ID_BYTES), record: reader.long(recordFrameBytesMax) }),
  },
  record: {
    id: 41,
    write: (writer, frame) => writer.u64(frame.seq).long(frame.record),
    read: (reader) => ({ seq: reader.u64(), record: reader.long(recordFrameBytesMax) }),
  },
  ...PUSH_FORMS,
  ...LEDGER_FORMS,
  recordTaken: {
    id: 42,
    write: (writer, frame) =>
      writer
        .u64(frame.seq)
        .fixed(frame.id)
        .u8(frame.isFiled ? 1 : 0),
    read: (reader) => ({ seq: reader.u64(), id: reader.fixed(ID_BYTES), isFiled: readFlag(reader) }),
  },
};
