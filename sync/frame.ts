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
 *   DESTROY →    these docs were destroyed (destroying.ts): their logs are dropped for good, answered by ACK or NACK
 *   APPEND →     one envelope                               ACK ←      stored and fsynced, at this seq · NACK ← why not
 *   EPHEMERAL ⇄  an envelope for whoever is there now, never stored
 *   LIVE ⇄       words of a lane before their document has them (crypto/liveText.ts): tag 4 ‖ is long 1 bit, counter 23 bits ‖ sealed 36 or 100, never stored
 *   ANNOUNCE →   an agent's signed announcement             HOST ←     the same for devices, or that the agent is away
 *   OFFER ←      to an agent: a GRANT envelope for it
 *   MAILBOX_OPEN → a member lets strangers use these        MAILBOX_CLOSE → and no more
 *   MAILBOX_PUT →  one message, once                        MAILBOX_TAKE → and who waits for it, answered by ACK or NACK
 *   MAILBOX ←      the message, or that a second one came
 *   HAVE ⇄       between devices alone (direct/directLinks.ts): how far each author's chain of a doc is held; ENTRIES bring what lies beyond
 *   RECORD_PUT →   an agent's record of what a tool said (crypto/record.ts), sealed to the devices
 *   RECORD ←       one that waits, to a device              RECORD_TAKEN → it is filed, or is not for this device: the next, please
 *   PUSH_ASK →     may this device be told while it is away?   PUSH_KEY ←  by what key a push service knows this host, and what it holds for this device
 *   PUSH_PUT →     tell this device there; or no more       ANSWERED →  an agent: an answer in that doc is whole
 *   LEDGER_ASK →   entries of a host's ledger after a place, by its agent (the relay says who asks)     LEDGER_PART ⇄  they, sealed to the devices, and how many there are
 *   PING → PONG ←                                           ERROR ←    the last frame before the relay closes
 *
 * A SUB is answered by at least one ENTRIES, also when there is nothing new: `head` is the newest seq that the relay has. While
 * `more` is true the relay sends the next page by itself; after the last it sends what is stored from then on, to the author too.
 * A page says what the log was up to where it begins and up to where it ends, each as one hash over all that was ever stored before:
 * a device remembers the one and is told the other, so a log that was restored from a backup and has grown again shows.
 * A second SUB for a doc replaces the first. `from` in ROSTER_GET and ROSTER means "after this seq": 0 asks for all.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import { liveTextSealedBytes } from "#crypto/limits.ts";
import { LIVE_TAG_BYTES } from "./frameFields.ts";
import { FORMS, type FrameForm } from "./frameForms.ts";
import { frameBytesMax } from "./limits.ts";

/** Raised also when an envelope has a new form inside, which the relay cannot see: who does not know it is told at the link, before a doc is set aside for it. */
export const protocolVersion = 5;

/**
 * What a LIVE frame names its lane by: 32 random bits tell the lanes apart that a relay or a device has open. Where two are alike, words go to
 * followers of another doc as well, or instead, whose key does not open them: those come with their envelopes.
 */
export function liveTagOf(lane: AuthorId): string {
  return lane.slice(0, LIVE_TAG_BYTES * 2);
}

/** How a connection stands to the roster. A stranger may only claim an unclaimed host. */
export type Standing = "stranger" | "device" | "host";

/** Why an APPEND or a ROSTER_CAS was refused. `conflict`: not the next in its chain; the answer says what is. */
export type NackCode = "malformed" | "not-allowed" | "conflict" | "too-large" | "full" | "busy";

/** Why a relay closes a link. `not-a-member`: the host belongs to another vault. `duplicate`: another agent has this identity. */
export type LinkErrorCode =
  | "version"
  | "not-a-member"
  | "malformed"
  | "too-fast"
  | "removed"
  | "draining"
  | "duplicate";

/** Where a browser's push service takes messages for it, and what they are sealed for (RFC 8291). */
export interface PushSubscription {
  readonly endpoint: string;
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
}

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
  | { type: "destroy"; request: number; docs: readonly DocId[] }
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
  | { type: "have"; doc: DocId; held: readonly (readonly [AuthorId, number])[] }
  | { type: "recordPut"; request: number; id: Uint8Array; record: Uint8Array }
  | { type: "record"; seq: number; record: Uint8Array }
  /** `isFiled`: it stands in a chat that the relay has acknowledged, and may be forgotten. */
  | { type: "recordTaken"; seq: number; id: Uint8Array; isFiled: boolean }
  | { type: "pushAsk" }
  /** `key`: `null` where this host tells nobody of this vault. `endpoint`: what it has for this device. */
  | { type: "pushKey"; key: Uint8Array | null; endpoint: string | null }
  /** `null`: no more. */
  | { type: "pushPut"; request: number; subscription: PushSubscription | null }
  | { type: "answered"; doc: DocId }
  /** Moments at which this vault's devices that are away are to be told, and nothing of what for; all that were said before go. */
  | { type: "alarmsPut"; request: number; times: readonly number[] }
  /** `asker` is the relay's to say; so is `host` in what comes back. */
  | { type: "ledgerAsk"; host: AuthorId; asker: AuthorId; from: number }
  | {
      type: "ledgerPart";
      host: AuthorId;
      asker: AuthorId;
      from: number;
      total: number;
      entries: readonly Uint8Array[];
    }
  | { type: "error"; code: LinkErrorCode; says: string };

/** A LIVE frame's bit that says which of its two lengths it has, behind the type and the tag; and those lengths. */
const LIVE_HEAD_AT = 1 + LIVE_TAG_BYTES;
const liveFrameBytes = [LIVE_HEAD_AT + 3 + liveTextSealedBytes[0], LIVE_HEAD_AT + 3 + liveTextSealedBytes[1]] as const;

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

/** The tag of a LIVE frame, without reading what else it has; `null` where it is another frame, or none. Whoever passes words on needs no more of them. */
export function liveTagIn(bytes: Uint8Array): string | null {
  if (bytes[0] !== FORMS.live.id) return null;
  const isLong = (bytes[LIVE_HEAD_AT] ?? 0) >= 0x80;
  return bytes.length === liveFrameBytes[isLong ? 1 : 0] ? bytesToHex(bytes.subarray(1, LIVE_HEAD_AT)) : null;
}
