/**
 * Zip archives: as much as exports need. Read by the directory at their end, piece by piece and never whole; written without
 * compression, since what is in them is either small or compressed already.
 *
 *   local file    50 4B 03 04 · 2 version · 2 flags · 2 method · 4 time · 4 crc · 4 packed · 4 size · 2 name · 2 extra · name · extra · bytes
 *   directory     50 4B 01 02 · 2 made by · … the same … · 2 comment · 2 disk · 2 · 4 · 4 offset · name · extra · comment
 *   end           50 4B 05 06 · 2 disk · 2 disk · 2 entries · 2 entries · 4 directory's size · 4 its offset · 2 comment
 *   zip64         50 4B 06 06 (its end) and 50 4B 06 07 (where that is): the same with 8 bytes, where 4 do not do
 */
import { zipDirectoryBytesMax, zipEntriesMax, zipRatioMax } from "./limits.ts";

export interface ZipEntry {
  readonly name: string;
  /** As the archive says; what comes out is held to it. */
  readonly size: number;
  /** Fails with `ZipError` where the bytes are not what the directory says. */
  open(): Promise<ReadableStream<Uint8Array>>;
}

/** The archive is damaged, or not one that is read here. */
export class ZipError extends Error {
  override readonly name = "ZipError";
}

const endBytes = 22;
const commentBytesMax = 0xffff;
const sentinel = 0xffff_ffff;

/** `false` also for an empty file. */
export async function isZip(file: Blob): Promise<boolean> {
  const head = await viewOf(file.slice(0, 4));
  return head.byteLength === 4 && [0x04034b50, 0x06054b50].includes(head.getUint32(0, true));
}

/** Throws `ZipError`. */
export async function readZip(file: Blob): Promise<readonly ZipEntry[]> {
  const { offset, size, entries } = await readEnd(file);
  if (entries > zipEntriesMax || size > zipDirectoryBytesMax) throw new ZipError("too many files");
  if (offset + size > file.size) throw new ZipError("cut off");
  const directory = await viewOf(file.slice(offset, offset + size));
  const found: ZipEntry[] = [];
  for (let at = 0, index = 0; index < entries; index++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50) throw new ZipError("directory");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) =>
      directory.getUint16(at + place, true),
    ) as [number, number, number];
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > directory.byteLength) throw new ZipError("directory");
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, nameBytes));
    const sizes = readSizes(directory, at, at + 46 + nameBytes, extraBytes);
    const head = { flags: directory.getUint16(at + 8, true), method: directory.getUint16(at + 10, true) };
    const crc = directory.getUint32(at + 16, true);
    if (!name.endsWith("/"))
      found.push({ name, size: sizes.size, open: () => openEntry(file, { ...head, ...sizes, crc }) });
    at = end;
  }
  return found;
}

async function readEnd(file: Blob): Promise<{ offset: number; size: number; entries: number }> {
  const start = Math.max(0, file.size - endBytes - commentBytesMax);
  const tail = await viewOf(file.slice(start));
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    const [entries, size, offset] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ];
    if (offset !== sentinel && size !== sentinel && entries !== 0xffff) return { entries, size, offset };
    // Its place stands right before this end.
    const locator = await viewOf(file.slice(Math.max(0, start + at - 20), start + at));
    if (locator.byteLength < 20 || locator.getUint32(0, true) !== 0x07064b50) return { entries, size, offset };
    const place = readLong(locator, 8);
    const wide = await viewOf(file.slice(place, place + 56));
    if (wide.byteLength < 56 || wide.getUint32(0, true) !== 0x06064b50) throw new ZipError("zip64");
    return { entries: readLong(wide, 32), size: readLong(wide, 40), offset: readLong(wide, 48) };
  }
  throw new ZipError("no end");
}

interface Sizes {
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** What does not fit into four bytes stands in the extra field 1, in this order. */
function readSizes(view: DataView, at: number, extraAt: number, extraBytes: number): Sizes {
  const sizes = {
    size: view.getUint32(at + 24, true),
    packed: view.getUint32(at + 20, true),
    offset: view.getUint32(at + 42, true),
  };
  for (let next = extraAt; next + 4 <= extraAt + extraBytes;) {
    const [id, length] = [view.getUint16(next, true), view.getUint16(next + 2, true)];
    let place = next + 4;
    const end = place + length;
    if (end > extraAt + extraBytes) break;
    if (id === 1)
      for (const key of ["size", "packed", "offset"] as const) {
        if (sizes[key] !== sentinel || place + 8 > end) continue;
        sizes[key] = readLong(view, place);
        place += 8;
      }
    next = end;
  }
  return sizes;
}

async function openEntry(
  file: Blob,
  entry: Sizes & { readonly flags: number; readonly method: number; readonly crc: number },
): Promise<ReadableStream<Uint8Array>> {
  if ((entry.flags & 1) !== 0) throw new ZipError("encrypted");
  if (entry.method !== 0 && entry.method !== 8) throw new ZipError("method");
  const head = await viewOf(file.slice(entry.offset, entry.offset + 30));
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw new ZipError("entry");
  const start = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  if (start + entry.packed > file.size) throw new ZipError("cut off");
  if (entry.size > entry.packed * zipRatioMax + 1_000_000) throw new ZipError("too dense");
  const packed = file.slice(start, start + entry.packed).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
  const plain = entry.method === 0 ? packed : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  let [bytes, crc] = [0, crcStart];
  return plain.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        bytes += piece.length;
        // More than it said would fill memory before anybody looks at its end.
        if (bytes > entry.size) throw new ZipError("longer than it says");
        crc = crcOf(piece, crc);
        controller.enqueue(piece);
      },
      flush: () => {
        if (bytes !== entry.size || (crc ^ crcStart) >>> 0 !== entry.crc) throw new ZipError("damaged");
      },
    }),
  );
}

export interface ZipWriter {
  /** `false`: it would not fit any more. Names are UTF-8, and given once. */
  add(name: string, bytes: Uint8Array<ArrayBuffer>): boolean;
  finish(): Blob;
}

export function createZipWriter(at: Date): ZipWriter {
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let [offset, directoryBytes, count] = [0, 0, 0];
  return {
    add: (name, bytes) => {
      if (offset + bytes.length > writtenBytesMax || count === writtenEntriesMax) return false;
      const encoded = new TextEncoder().encode(name);
      const fields = new DataView(new ArrayBuffer(26));
      const [version, utf8Flag] = [20, 0x0800];
      fields.setUint16(0, version, true);
      fields.setUint16(2, utf8Flag, true);
      fields.setUint16(6, dosTime(at), true);
      fields.setUint16(8, dosDate(at), true);
      fields.setUint32(10, (crcOf(bytes, crcStart) ^ crcStart) >>> 0, true);
      fields.setUint32(14, bytes.length, true);
      fields.setUint32(18, bytes.length, true);
      fields.setUint16(22, encoded.length, true);
      const rest = new DataView(new ArrayBuffer(14));
      rest.setUint32(10, offset, true);
      // A blob, so that the browser may put it on its disk and need not hold all of them.
      parts.push(new Blob([tag(0x04034b50), fields.buffer, encoded, bytes]));
      directory.push(tag(0x02014b50), Uint8Array.of(version, 0), fields.buffer, rest.buffer, encoded);
      offset += 30 + encoded.length + bytes.length;
      directoryBytes += 46 + encoded.length;
      count += 1;
      return true;
    },
    finish: () => {
      const end = new DataView(new ArrayBuffer(18));
      end.setUint16(4, count, true);
      end.setUint16(6, count, true);
      end.setUint32(8, directoryBytes, true);
      end.setUint32(12, offset, true);
      return new Blob([...parts, ...directory, tag(0x06054b50), end.buffer], { type: "application/zip" });
    },
  };
}

/** What the four bytes of an offset reach, less room for the directory. */
const writtenBytesMax = 4_000_000_000;
const writtenEntriesMax = 0xfffe;

function tag(number: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, number, true);
  return view.buffer;
}

const dosTime = (at: Date): number => (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1);
const dosDate = (at: Date): number =>
  (Math.max(0, at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate();

const crcStart = 0xffff_ffff;
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? 0xedb8_8320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as zip has it, still to be inverted. */
function crcOf(bytes: Uint8Array, before: number): number {
  let crc = before;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return crc;
}

async function viewOf(blob: Blob): Promise<DataView> {
  return new DataView(await blob.arrayBuffer());
}

function readLong(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipError("size");
  return Number(value);
}
