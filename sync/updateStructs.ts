/**
 * The bytes of a Yjs update (V1), read without making operations of them: how long each struct is, and what it stands on.
 *
 *   update    clients [varuint: structs varuint, client varuint, clock varuint, struct …] ‖ deletions
 *   struct    info 1 ‖ origin id if 0x80 ‖ right origin id if 0x40 ‖ (neither: parent 1 name | 0 id ‖ key if 0x20) ‖ content by info & 31
 *   deletions clients [varuint: client varuint, ranges varuint [clock varuint, length varuint]]
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { concatBytes } from "#crypto/bytes.ts";

const HAS_ORIGIN = 0x80;
const HAS_RIGHT_ORIGIN = 0x40;
const HAS_KEY = 0x20;
const REF = 0x1f;
const GC = 0;
const SKIP = 10;
const TEXT = 4;

/** A part of a struct that was too long. */
export interface Part {
  readonly clock: number;
  readonly struct: Uint8Array;
}

/** Of one client, in an update that has nothing else in front of its deletions. */
export function encodeCounts(...counts: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const count of counts) encoding.writeVarUint(encoder, count);
  return encoding.toUint8Array(encoder);
}

/**
 * One text as several, each of at most so many bytes of UTF-8, as Yjs itself cuts one: what follows stands on the last character before it. `null`: it is
 * no text. Between characters, never within one.
 */
export function cutText(
  struct: Uint8Array,
  client: number,
  clock: number,
  textBytesMax: number,
): readonly Part[] | null {
  const decoder = decoding.createDecoder(struct);
  const info = struct[0] ?? 0;
  if ((info & REF) !== TEXT) return null;
  let rightOrigin = new Uint8Array(0);
  readFront(decoder, (isRight, from) => {
    if (isRight) rightOrigin = struct.slice(from, decoder.pos);
  });
  const front = struct.subarray(0, decoder.pos);
  const text = decoding.readVarUint8Array(decoder);
  const parts: Part[] = [];
  let at = clock;
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + textBytesMax);
    while (to < text.length && to > from + 1 && isInside(text[to])) to -= 1;
    while (to < text.length && isInside(text[to])) to += 1;
    const words = text.subarray(from, to);
    const origin = (): Uint8Array =>
      concatBytes(
        Uint8Array.of(TEXT | HAS_ORIGIN | (info & HAS_RIGHT_ORIGIN)),
        encodeCounts(client, at - 1),
        rightOrigin,
      );
    parts.push({ clock: at, struct: concatBytes(from === 0 ? front : origin(), encodeCounts(words.length), words) });
    at += unitsOf(words);
    from = to;
  }
  return parts;
}

/** Deletions as several, each a whole update of at most so many bytes, as long as one range fits. */
export function cutDeletions(deletions: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  const decoder = decoding.createDecoder(deletions);
  const pieces: Uint8Array[] = [];
  for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
    const client = decoding.readVarUint(decoder);
    let ranges: Uint8Array[] = [];
    let bytes = 0;
    const end = (): void => {
      if (ranges.length > 0) pieces.push(concatBytes(encodeCounts(0, 1, client, ranges.length), ...ranges));
      ranges = [];
      bytes = 0;
    };
    for (let left = decoding.readVarUint(decoder); left > 0; left--) {
      const range = encodeCounts(decoding.readVarUint(decoder), decoding.readVarUint(decoder));
      if (bytes + range.length + deletionHeadBytesMax > bytesMax) end();
      ranges.push(range);
      bytes += range.length;
    }
    end();
  }
  return pieces;
}

/** A zero, a one, a client and how many ranges. */
const deletionHeadBytesMax = 20;

/** Goes over one struct; `onNeeds` hears the ids it stands on. How many clocks it takes. */
export function readStruct(
  decoder: decoding.Decoder,
  onNeeds: ((client: number, clock: number) => void) | null,
): number {
  const info = decoding.peekUint8(decoder);
  const ref = info & REF;
  if (ref === GC || info === SKIP) {
    decoder.pos += 1;
    return decoding.readVarUint(decoder);
  }
  readFront(decoder, (_isRight, _from, client, clock) => onNeeds?.(client, clock));
  return onNeeds === null ? readContent(decoder, ref) : 0;
}

/** Up to its content. */
function readFront(
  decoder: decoding.Decoder,
  onId: (isRightOrigin: boolean, from: number, client: number, clock: number) => void,
): void {
  const info = decoding.readUint8(decoder);
  const readId = (isRightOrigin: boolean): void => {
    const from = decoder.pos;
    const client = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    onId(isRightOrigin, from, client, clock);
  };
  if ((info & HAS_ORIGIN) !== 0) readId(false);
  if ((info & HAS_RIGHT_ORIGIN) !== 0) readId(true);
  if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) !== 0) return;
  if (decoding.readVarUint(decoder) === 1) skipBytes(decoder);
  else readId(false);
  if ((info & HAS_KEY) !== 0) skipBytes(decoder);
}

/** Yjs' kinds of content, by their numbers. */
function readContent(decoder: decoding.Decoder, ref: number): number {
  switch (ref) {
    case 1: // deleted
      return decoding.readVarUint(decoder);
    case 2: {
      // JSON, as strings
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipBytes(decoder);
      return length;
    }
    case 3: // bytes
    case 5: // an embed
      skipBytes(decoder);
      return 1;
    case TEXT:
      return readStringLength(decoder);
    case 6: // a format: its key and its value
      skipBytes(decoder);
      skipBytes(decoder);
      return 1;
    case 7: {
      // a type; two kinds of XML have a name
      const type = decoding.readVarUint(decoder);
      if (type === 3 || type === 5) skipBytes(decoder);
      return 1;
    }
    case 8: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) decoding.readAny(decoder);
      return length;
    }
    case 9: // a doc inside: its name and its options
      skipBytes(decoder);
      decoding.readAny(decoder);
      return 1;
    default:
      throw new Error(`a struct of kind ${ref}`);
  }
}

function skipBytes(decoder: decoding.Decoder): void {
  const length = decoding.readVarUint(decoder);
  decoder.pos += length;
  if (decoder.pos > decoder.arr.length) throw new Error("an update that is cut off");
}

/** In UTF-16 units, as Yjs counts. */
function readStringLength(decoder: decoding.Decoder): number {
  const bytes = decoding.readVarUint(decoder);
  const end = decoder.pos + bytes;
  if (end > decoder.arr.length) throw new Error("an update that is cut off");
  const units = unitsOf(decoder.arr.subarray(decoder.pos, end));
  decoder.pos = end;
  return units;
}

/** One for each character's first byte, and one more where that takes four. */
function unitsOf(text: Uint8Array): number {
  let units = 0;
  for (const byte of text) if (!isInside(byte)) units += byte >= 0xf0 ? 2 : 1;
  return units;
}

/** Not the first byte of a character. */
function isInside(byte: number | undefined): boolean {
  return ((byte ?? 0) & 0xc0) === 0x80;
}
