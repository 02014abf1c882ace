/**
 * An envelope's outside: all that a relay reads, and all that can be checked without a content key.
 *
 *    0   1  version = 1     fixes every algorithm; nothing about algorithms is ever read from a message
 *    1   1  kind            1 update 2 snapshot 3 rekey 4 grant 5 grantEnd 6 ephemeral 7 chunk 8 beacon 9 final 10 accept
 *    2  16  doc
 *   18   4  epoch           which doc key; from 1
 *   22  16  author          BLAKE2b-128("sovereign/author/v1" ‖ public key): a device, or a run's lane
 *   38   8  counter         exactly +1 per (doc, author), from 1
 *   46  32  prev            hash of the author's previous envelope in this doc; zeros exactly when counter is 1
 *   78   4  roster seq      the newest roster entry the author knew …
 *   82   8  roster head     … and the first 8 bytes of its hash
 *   90  24  nonce           random
 *  114   2  clear length m
 *  116   m  clear part      what a relay must see, by kind
 *    …   n+16  ciphertext   XChaCha20-Poly1305 of the padded plaintext; n is a padded length (padding.ts)
 *    …  64  signature       Ed25519 over "sovereign/sig/env/v1" ‖ everything before it
 *
 * Ephemeral envelopes are in no chain: their counter is any number and their prev is not looked at.
 */
import { createReader, createWriter, type Writer } from "./codec.ts";
import { authorIdOf } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash256 } from "./hash.ts";
import {
  authorIdFromBytes,
  docIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  type AuthorId,
  type DocId,
} from "./ids.ts";
import { envelopeBytesMax } from "./limits.ts";
import { isPaddedLength } from "./padding.ts";
import { NONCE_BYTES, SIGNATURE_BYTES, TAG_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export type EnvelopeKind =
  | "update"
  | "snapshot"
  | "rekey"
  | "grant"
  | "grantEnd"
  | "ephemeral"
  | "chunk"
  | "beacon"
  | "final"
  | "accept";

/** Position + 1 is the number on the wire, and the number of the kind's sub-key. */
const KINDS: readonly EnvelopeKind[] = [
  "update",
  "snapshot",
  "rekey",
  "grant",
  "grantEnd",
  "ephemeral",
  "chunk",
  "beacon",
  "final",
  "accept",
];

export interface EnvelopeHeader {
  readonly kind: EnvelopeKind;
  readonly doc: DocId;
  readonly epoch: number;
  readonly author: AuthorId;
  readonly counter: number;
  /** 32 bytes. */
  readonly prev: Uint8Array;
  readonly rosterSeq: number;
  /** 8 bytes: the beginning of the roster's head. */
  readonly rosterHead: Uint8Array;
  readonly clear: Uint8Array;
}

/** Byte strings are views of `bytes`, which must not be changed afterwards. */
export interface ParsedEnvelope extends EnvelopeHeader {
  readonly bytes: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** Header and clear part: what the seal authenticates beside the ciphertext. */
  readonly head: Uint8Array;
  readonly signature: Uint8Array;
}

export const ENVELOPE_VERSION = 1;
export const ROSTER_HEAD_BYTES = 8;
export const NO_PREV: Uint8Array = new Uint8Array(HASH_BYTES);
/** Header, length of the clear part, tag and signature: what an envelope costs beyond its content. */
export const ENVELOPE_OVERHEAD_BYTES = 196;
export const ENVELOPE_SIGNATURE_LABEL = "sovereign/sig/env/v1";

export function kindNumber(kind: EnvelopeKind): number {
  return KINDS.indexOf(kind) + 1;
}

/** Checks form and size only: neither who signed it nor what is inside. Throws `CryptoError`. */
export function parseEnvelope(bytes: Uint8Array): ParsedEnvelope {
  if (bytes.length > envelopeBytesMax) throw new CryptoError("malformed", `envelope of ${bytes.length} bytes`);
  const reader = createReader(bytes);
  const version = reader.u8();
  if (version !== ENVELOPE_VERSION) throw new CryptoError("version", `envelope version ${version}`);
  const kind = KINDS[reader.u8() - 1];
  if (kind === undefined) throw new CryptoError("malformed", "unknown kind of envelope");
  const header = {
    kind,
    doc: docIdFromBytes(reader.fixed(ID_BYTES)),
    epoch: reader.u32(),
    author: authorIdFromBytes(reader.fixed(ID_BYTES)),
    counter: reader.u64(),
    prev: reader.fixed(HASH_BYTES),
    rosterSeq: reader.u32(),
    rosterHead: reader.fixed(ROSTER_HEAD_BYTES),
  };
  const nonce = reader.fixed(NONCE_BYTES);
  const clear = reader.short();
  const head = bytes.subarray(0, bytes.length - reader.left);
  const paddedLength = reader.left - TAG_BYTES - SIGNATURE_BYTES;
  if (!isPaddedLength(paddedLength)) throw new CryptoError("malformed", `ciphertext of ${paddedLength} bytes`);
  const ciphertext = reader.fixed(paddedLength + TAG_BYTES);
  const signature = reader.fixed(SIGNATURE_BYTES);
  reader.end();
  const parsed = { ...header, clear, bytes, nonce, ciphertext, head, signature };
  checkPlace(parsed);
  return parsed;
}

/** By its second byte, without parsing it. */
export function isSnapshot(bytes: Uint8Array): boolean {
  return bytes[1] === kindNumber("snapshot");
}

/** Header and clear part as they stand in front of the ciphertext. */
export function encodeEnvelopeHead(header: EnvelopeHeader, nonce: Uint8Array): Uint8Array {
  checkPlace(header);
  const writer: Writer = createWriter()
    .u8(ENVELOPE_VERSION)
    .u8(kindNumber(header.kind))
    .fixed(idToBytes(header.doc))
    .u32(header.epoch)
    .fixed(idToBytes(header.author))
    .u64(header.counter)
    .fixed(exactly(HASH_BYTES, header.prev))
    .u32(header.rosterSeq)
    .fixed(exactly(ROSTER_HEAD_BYTES, header.rosterHead))
    .fixed(exactly(NONCE_BYTES, nonce))
    .short(header.clear);
  return writer.finish();
}

/** What the author's next envelope in this doc must carry as `prev`. */
export function envelopeHash(bytes: Uint8Array): Uint8Array {
  return hash256("sovereign/envelope/v1", bytes);
}

/** Signed by this key, and named by it: a good signature of another key under a borrowed author is `false`. */
export function verifyEnvelope(parsed: ParsedEnvelope, publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32 || authorIdOf(publicKey) !== parsed.author) return false;
  const signed = parsed.bytes.subarray(0, parsed.bytes.length - SIGNATURE_BYTES);
  return verifySignature(ENVELOPE_SIGNATURE_LABEL, signed, parsed.signature, publicKey);
}

/** Epochs count from 1; a chain begins at counter 1 with nothing before it, and only there. */
function checkPlace(header: EnvelopeHeader): void {
  if (header.epoch === 0) throw new CryptoError("malformed", "epoch 0");
  if (header.kind === "ephemeral") return;
  if (header.counter === 0) throw new CryptoError("malformed", "counter 0");
  const isFirst = header.prev.every((byte) => byte === 0);
  if (isFirst !== (header.counter === 1)) throw new CryptoError("malformed", "counter and prev disagree");
}

function exactly(length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== length) throw new CryptoError("malformed", `${bytes.length} bytes where ${length} belong`);
  return bytes;
}
