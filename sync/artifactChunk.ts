/**
 * An artifact's chunks on their way to other devices. What automerge-repo saves as one chunk travels as one or more envelopes of
 * kind "chunk" in the artifact's log; parts follow each other in their author's chain. The body of each:
 *
 *   version 1 ‖ sort 1 (1 snapshot, 2 increment) ‖ address 32 ‖ part 2 ‖ parts 2 ‖ bytes
 *   address   BLAKE2b-256("sovereign/artifact-chunk/v1" ‖ sort ‖ the whole chunk's bytes)
 *
 * The address says what is in it: parts of two chunks cannot be mixed, and a device that has the chunk knows it by its first part.
 * It stands inside the seal: a relay must not see that two devices hold the same.
 */
import { bytesToHex, concatBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { openEnvelope, sealEnvelope, type EnvelopeToSeal } from "#crypto/envelope.ts";
import { envelopeHash, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { hash256 } from "#crypto/hash.ts";
import { HASH_BYTES } from "#crypto/ids.ts";
import { bodyBytesMax, chunkBytesMax } from "./limits.ts";

export interface ArtifactChunk {
  readonly sort: "snapshot" | "increment";
  readonly bytes: Uint8Array;
}

export interface ChunkPart {
  readonly sort: ArtifactChunk["sort"];
  /** Hex: names the whole chunk. */
  readonly address: string;
  readonly part: number;
  readonly parts: number;
  readonly bytes: Uint8Array;
}

/** Puts one author's parts together again. */
export interface ChunkGatherer {
  /**
   * The whole chunk with its last part, else `null`. Throws `CryptoError("malformed")` for a part that is not the next one, and
   * for a whole that is not what its address says; the next first part begins anew.
   */
  add(part: ChunkPart): ArtifactChunk | null;
}

const VERSION = 1;
const SORTS: readonly ArtifactChunk["sort"][] = ["snapshot", "increment"];
const PART_HEAD_BYTES = 2 + HASH_BYTES + 4;
const partBytesMax = bodyBytesMax - PART_HEAD_BYTES;
const partsMax = Math.ceil(chunkBytesMax / partBytesMax);

export function chunkAddress({ sort, bytes }: ArtifactChunk): string {
  return bytesToHex(addressOf(sort, bytes));
}

/**
 * The chunk's envelopes, in the order in which they must be stored. `place` is that of the first; the chain goes on from the
 * last one's counter and hash.
 */
export function sealChunk(chunk: ArtifactChunk, place: Omit<EnvelopeToSeal, "kind" | "body">): readonly Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  let { counter, prev } = place;
  for (const body of splitChunk(chunk)) {
    const envelope = sealEnvelope({ ...place, kind: "chunk", counter, prev, body });
    envelopes.push(envelope);
    counter += 1;
    prev = envelopeHash(envelope);
  }
  return envelopes;
}

/** Throws `CryptoError`. Who wrote it, and its place in the chain, were checked before, as with every envelope. */
export function openChunk(parsed: ParsedEnvelope, docKey: Uint8Array): ChunkPart {
  if (parsed.kind !== "chunk") throw new CryptoError("malformed", `${parsed.kind} is not a chunk`);
  return decodePart(openEnvelope(parsed, docKey));
}

export function createChunkGatherer(): ChunkGatherer {
  let held: ChunkPart[] = [];
  return {
    add: (part) => {
      if (part.part === 0) held = [];
      const [first] = held;
      const isNext = part.part === held.length && (first === undefined || isSameChunk(first, part));
      if (!isNext) {
        held = [];
        throw new CryptoError("malformed", `part ${part.part} of a chunk does not come next`);
      }
      held.push(part);
      if (held.length < part.parts) return null;
      const chunk = { sort: part.sort, bytes: concatBytes(...held.map(({ bytes }) => bytes)) };
      held = [];
      if (chunkAddress(chunk) !== part.address)
        throw new CryptoError("malformed", "a chunk is not what its address says");
      return chunk;
    },
  };
}

function splitChunk({ sort, bytes }: ArtifactChunk): readonly Uint8Array[] {
  if (bytes.length > chunkBytesMax) throw new CryptoError("malformed", `chunk of ${bytes.length} bytes`);
  const address = addressOf(sort, bytes);
  const parts = Math.max(1, Math.ceil(bytes.length / partBytesMax));
  return Array.from({ length: parts }, (_, part) => {
    const writer = createWriter().u8(VERSION).u8(numberOf(sort)).fixed(address).u16(part).u16(parts);
    return writer.fixed(bytes.subarray(part * partBytesMax, (part + 1) * partBytesMax)).finish();
  });
}

function decodePart(body: Uint8Array): ChunkPart {
  if (body.length > bodyBytesMax) throw new CryptoError("malformed", `chunk part of ${body.length} bytes`);
  const reader = createReader(body);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "chunk");
  const sort = SORTS[reader.u8() - 1];
  const address = bytesToHex(reader.fixed(HASH_BYTES));
  const [part, parts] = [reader.u16(), reader.u16()];
  if (sort === undefined || part >= parts || parts > partsMax) throw new CryptoError("malformed", "chunk part");
  return { sort, address, part, parts, bytes: reader.fixed(reader.left) };
}

function addressOf(sort: ArtifactChunk["sort"], bytes: Uint8Array): Uint8Array {
  return hash256("sovereign/artifact-chunk/v1", Uint8Array.of(numberOf(sort)), bytes);
}

const numberOf = (sort: ArtifactChunk["sort"]): number => SORTS.indexOf(sort) + 1;

const isSameChunk = (a: ChunkPart, b: ChunkPart): boolean =>
  a.address === b.address && a.parts === b.parts && a.sort === b.sort;
