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
  return new ByteReader(bytes);
}

/** A class, since each word of an answer is read by one at every hop: a dozen functions made anew for each were half of what reading it took. */
class ByteReader implements Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#integer(1);
  }

  u16(): number {
    return this.#integer(2);
  }

  u32(): number {
    return this.#integer(4);
  }

  u64(): number {
    return this.#integer(8);
  }

  fixed(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  short(bytesMax = 0xffff): Uint8Array {
    return this.#bounded(this.u16(), bytesMax);
  }

  long(bytesMax: number): Uint8Array {
    return this.#bounded(this.u32(), bytesMax);
  }

  text(bytesMax = 0xffff): string {
    return decodeText(this.short(bytesMax));
  }

  longText(bytesMax: number): string {
    return decodeText(this.long(bytesMax));
  }

  end(): void {
    if (this.left !== 0) throw new CryptoError("malformed", `${this.left} bytes too many`);
  }

  /** Where the next `length` bytes begin. */
  #take(length: number): number {
    if (length > this.left) throw new CryptoError("malformed", "ends too early");
    const from = this.#at;
    this.#at += length;
    return from;
  }

  #integer(size: number): number {
    let value = 0;
    for (let at = this.#take(size); at < this.#at; at++) value = value * 256 + (this.#bytes[at] ?? 0);
    if (!Number.isSafeInteger(value)) throw new CryptoError("malformed", "integer too large");
    return value;
  }

  #bounded(length: number, bytesMax: number): Uint8Array {
    if (length > bytesMax) throw new CryptoError("malformed", `${length} bytes where ${bytesMax} are allowed`);
    return this.fixed(length);
  }
}

function decodeText(encoded: Uint8Array): string {
  try {
    return bytesToUtf8(encoded);
  } catch (cause) {
    throw new CryptoError("malformed", "text is not UTF-8", { cause });
  }
}
