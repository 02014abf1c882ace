/**
 * A file that belongs to a message. It is a log of its own: a REKEY, then one CHUNK envelope for each piece, so that sealing,
 * admission, order and going on after a broken link are those of every log. The message carries its key and what it must hash to;
 * who can read the message can read the file, a host that was lent the chat too, and a relay that changes a byte is found out.
 *
 *   seq 1        REKEY: the file's key, wrapped for the vault
 *   seq 2 …      CHUNK, body: version 1 ‖ index 2 ‖ count 2 ‖ bytes
 *   content      BLAKE2b-256("sovereign/attachment/v1" ‖ for each chunk: BLAKE2b-256("sovereign/attachment-chunk/v1" ‖ bytes))
 */
import { bytesToHex, concatBytes, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, ROSTER_HEAD_BYTES } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { hash256 } from "#crypto/hash.ts";
import { docIdFromBytes, ID_BYTES, type DocId } from "#crypto/ids.ts";
import type { Random } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import { VaultError } from "../errors.ts";
import {
  attachmentBytesMax,
  attachmentChunkBytesMax,
  attachmentNameCharsMax,
  attachmentTypeCharsMax,
} from "../limits.ts";

/** What a message says of a file; all of it is sealed with the message. */
export interface Attachment {
  readonly id: DocId;
  readonly name: string;
  /** A media type as the device named it; nothing trusts it. */
  readonly type: string;
  readonly bytes: number;
  /** Hex. */
  readonly key: string;
  readonly content: string;
  /** What it says, taken out of it by the device that attached it, so that nobody else has to. Left out: nobody has read it. */
  readonly reading?: Reading;
}

/** "itself": the file is UTF-8 text. Else a log of its own: UTF-8, with a form feed between two pages. */
export type Reading = "itself" | (Pick<Attachment, "id" | "bytes" | "key" | "content"> & { readonly isPaged: boolean });

/** Where to read what a file says; `null`: nobody has taken it out. */
export function readingOf(file: Attachment): Attachment | null {
  const { reading } = file;
  if (reading === undefined) return null;
  if (reading === "itself") return file;
  const { id, bytes, key, content } = reading;
  return { id, bytes, key, content, name: file.name, type: "text/plain" };
}

export interface AttachmentAuthor {
  readonly keys: DeviceKeys;
  readonly random: Random;
  readonly roster: Roster;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
}

export interface FileToAttach {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

const VERSION = 1;
const HEAD_BYTES = 5;
const pieceBytesMax = attachmentChunkBytesMax - HEAD_BYTES;
const EPOCH = 1;

/** Chunks of a file of so many bytes; an empty file has one, which is empty. */
export function chunkCount(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / pieceBytesMax));
}

/** Envelopes in its log, the REKEY among them. */
export function envelopeCount({ bytes }: Pick<Attachment, "bytes">): number {
  return 1 + chunkCount(bytes);
}

/**
 * Seals piece by piece: the caller stores each before it asks for the next, so that a page stays alive meanwhile. What the file is
 * called and hashes to is known once the last one was taken. Throws `VaultError("too-large")`.
 */
export function createAttachmentSealer(file: FileToAttach, { keys, random, roster, vaultKeys }: AttachmentAuthor) {
  if (file.bytes.length > attachmentBytesMax) throw new VaultError("too-large", `${file.bytes.length} bytes`);
  const vaultKey = vaultKeys.get(roster.generation);
  if (vaultKey === undefined) throw new VaultError("locked", "no vault key of the roster's generation");
  const id = docIdFromBytes(random(ID_BYTES));
  const docKey = createDocKey(random);
  const count = chunkCount(file.bytes.length);
  const hashes: Uint8Array[] = [];
  const header = {
    doc: id,
    epoch: EPOCH,
    author: keys.id,
    rosterSeq: roster.seq,
    rosterHead: roster.head.slice(0, ROSTER_HEAD_BYTES),
    docKey,
    signingKey: keys.sign,
    random,
  };

  function* envelopes(): Generator<Uint8Array, void> {
    const { generation } = roster;
    const rekey = sealRekey({
      ...header,
      counter: 1,
      prev: NO_PREV,
      generation,
      vaultKey: vaultKey as VaultKey,
      previousDocKey: null,
    });
    let prev = envelopeHash(rekey);
    yield rekey;
    for (let index = 0; index < count; index++) {
      const piece = file.bytes.subarray(index * pieceBytesMax, (index + 1) * pieceBytesMax);
      hashes.push(pieceHash(piece));
      const body = createWriter().u8(VERSION).u16(index).u16(count).fixed(piece).finish();
      const chunk = sealEnvelope({ ...header, kind: "chunk", counter: index + 2, prev, body });
      prev = envelopeHash(chunk);
      yield chunk;
    }
  }

  return {
    id,
    envelopes: envelopes(),
    /** After the last envelope. */
    describe: (): Attachment => ({
      id,
      name: file.name.slice(0, attachmentNameCharsMax),
      type: file.type.slice(0, attachmentTypeCharsMax),
      bytes: file.bytes.length,
      key: bytesToHex(docKey),
      content: contentOf(hashes),
    }),
  };
}

/** Puts a file together from the envelopes of its log, in any order and with any others between them. */
export interface AttachmentGatherer {
  /** `false`: not a piece of this file. */
  add(envelope: Uint8Array): boolean;
  readonly held: number;
  readonly count: number;
  /** The file. Throws `CryptoError("malformed")` when it is not what the message says: somebody changed it. */
  finish(): Uint8Array;
}

export function createAttachmentGatherer(attachment: Attachment): AttachmentGatherer {
  const docKey = hexToBytes(attachment.key) ?? new Uint8Array(0);
  const count = chunkCount(attachment.bytes);
  const pieces = new Map<number, Uint8Array>();
  return {
    add: (envelope) => {
      const piece = openPiece(envelope, attachment.id, docKey);
      if (piece === null || piece.count !== count || pieces.has(piece.index)) return false;
      pieces.set(piece.index, piece.bytes);
      return true;
    },
    get held() {
      return pieces.size;
    },
    count,
    finish: () => {
      const ordered = Array.from({ length: count }, (_, index) => pieces.get(index) ?? new Uint8Array(0));
      const bytes = concatBytes(...ordered);
      const isWhole = bytes.length === attachment.bytes && contentOf(ordered.map(pieceHash)) === attachment.content;
      if (!isWhole) throw new CryptoError("malformed", "the attachment is not what its message says");
      return bytes;
    },
  };
}

function openPiece(envelope: Uint8Array, id: DocId, docKey: Uint8Array) {
  try {
    const parsed = parseEnvelope(envelope);
    if (parsed.kind !== "chunk" || parsed.doc !== id || parsed.epoch !== EPOCH) return null;
    const reader = createReader(openEnvelope(parsed, docKey));
    if (reader.u8() !== VERSION) return null;
    const [index, count] = [reader.u16(), reader.u16()];
    return index < count ? { index, count, bytes: reader.fixed(reader.left).slice() } : null;
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}

const pieceHash = (piece: Uint8Array): Uint8Array => hash256("sovereign/attachment-chunk/v1", piece);
const contentOf = (hashes: readonly Uint8Array[]): string => bytesToHex(hash256("sovereign/attachment/v1", ...hashes));
