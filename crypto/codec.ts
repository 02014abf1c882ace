/**
 * Reading and writing the binary forms: big-endian integers, fixed byte strings, and byte strings with a length in front.
 * A reader never allocates from a length it has not checked against what is left.
 */
import { bytesToUtf8, concatBytes, utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";

export interface Writer {
  u8(value: number): Writer;
  u16(value: number): Writer;
  u32(value: number): Writer;
  /** Safe integers only: counters and times stay far below 2^53. */
  u64(value: number): Writer;
  fixed(bytes: Uint8Array): Writer;
  /** u16 length, then the bytes. */
  short(bytes: Uint8Array): Writer;
  /** u32 length, then the bytes. */
  long(bytes: Uint8Array): Writer;
  /** UTF-8, as `short`. */
  text(value: string): Writer;
  finish(): Uint8Array;
}

export function createWriter(): Writer {
  const parts: Uint8Array[] = [];
  const integer = (value: number, size: number): Writer => {
    if (!Number.isSafeInteger(value) || value < 0 || (size < 7 && value >= 2 ** (size * 8))) {
      throw new CryptoError("malformed", `${value} does not fit ${size} bytes`);
    }
    const bytes = new Uint8Array(size);
    for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
    parts.push(bytes);
    return writer;
  };
  const writer: Writer = {
    u8: (value) => integer(value, 1),
    u16: (value) => integer(value, 2),
    u32: (value) => integer(value, 4),
    u64: (value) => integer(value, 8),
    fixed: (bytes) => {
      parts.push(bytes);
      return writer;
    },
    short: (bytes) => integer(bytes.length, 2).fixed(bytes),
    long: (bytes) => integer(bytes.length, 4).fixed(bytes),
    text: (value) => writer.short(utf8ToBytes(value)),
    finish: () => concatBytes(...parts),
  };
  return writer;
}

export interface Reader {
  readonly left: number;
  u8(): number;
  u16(): number;
  u32(): number;
  u64(): number;
  fixed(length: number): Uint8Array;
  short(bytesMax?: number): Uint8Array;
  long(bytesMax: number): Uint8Array;
  text(bytesMax?: number): string;
  /** UTF-8, as `long`. */
  longText(bytesMax: number): string;
  /** Throws when bytes are left over: every form is exact. */
  end(): void;
}

/** The byte strings handed out are views of `bytes`, not copies. */
export function createReader(bytes: Uint8Array): Reader {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new CryptoError("malformed", "ends too early");
    const part = bytes.subarray(at, at + length);
    at += length;
    return part;
  };
  const integer = (size: number): number => {
    let value = 0;
    for (const byte of take(size)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new CryptoError("malformed", "integer too large");
    return value;
  };
  const bounded = (length: number, bytesMax: number): Uint8Array => {
    if (length > bytesMax) throw new CryptoError("malformed", `${length} bytes where ${bytesMax} are allowed`);
    return take(length);
  };
  const reader: Reader = {
    get left() {
      return bytes.length - at;
    },
    u8: () => integer(1),
    u16: () => integer(2),
    u32: () => integer(4),
    u64: () => integer(8),
    fixed: take,
    short: (bytesMax = 0xffff) => bounded(integer(2), bytesMax),
    long: (bytesMax) => bounded(integer(4), bytesMax),
    text: (bytesMax = 0xffff) => decodeText(reader.short(bytesMax)),
    longText: (bytesMax) => decodeText(reader.long(bytesMax)),
    end: () => {
      if (at !== bytes.length) throw new CryptoError("malformed", `${bytes.length - at} bytes too many`);
    },
  };
  return reader;
}

function decodeText(encoded: Uint8Array): string {
  try {
    return bytesToUtf8(encoded);
  } catch (cause) {
    throw new CryptoError("malformed", "text is not UTF-8", { cause });
  }
}
