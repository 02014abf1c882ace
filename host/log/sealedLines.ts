/**
 * A file of sealed lines, written line by line and readable up to the last whole one.
 *
 *   file    "SOVLOG1\n" ‖ salt (32) ‖ record …
 *   record  length of what follows (4, big-endian) ‖ AES-256-GCM(key, nonce, line) ‖ tag (16)
 *   key     HKDF-SHA256(the home's log key, salt, "sovereign log lines")         nonce   the record's number in the file (12, big-endian)
 *
 * Each file has a salt of its own and is written by one process once, so no pair of key and nonce comes twice. The number in the nonce makes a record that was moved,
 * repeated or taken out of the middle unreadable; that the end was cut off cannot be seen.
 *
 * Not an envelope, and not libsodium: the supervisor writes this, has no keys of a vault and loads as little as it can, and Node has this cipher already.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { logLineBytesMax } from "./limits.ts";

const MAGIC = Buffer.from("SOVLOG1\n");
const saltBytes = 32;
const tagBytes = 16;
const lengthBytes = 4;
export const headBytes = MAGIC.length + saltBytes;

export interface LineWriter {
  readonly bytes: number;
  /** Throws what the system says. After that the file's end is unknown, and it is not written any more. */
  append(line: string): void;
  close(): void;
}

/** Throws EEXIST where the file is there already: none is ever written twice. */
export function createLineFile(path: string, homeKey: Uint8Array): LineWriter {
  const salt = randomBytes(saltBytes);
  const key = fileKey(homeKey, salt);
  const handle = openSync(path, "wx", 0o600);
  let bytes = 0;
  let records = 0;
  const write = (chunk: Uint8Array): void => {
    const written = writeSync(handle, chunk);
    bytes += written;
    if (written !== chunk.length) throw new Error("The disk took only a part of the line.");
  };
  write(Buffer.concat([MAGIC, salt]));
  return {
    get bytes() {
      return bytes;
    },
    append: (line) => {
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(records), { authTagLength: tagBytes });
      records += 1;
      const sealed = Buffer.concat([cipher.update(line, "utf8"), cipher.final(), cipher.getAuthTag()]);
      const length = Buffer.alloc(lengthBytes);
      length.writeUInt32BE(sealed.length);
      write(Buffer.concat([length, sealed]));
    },
    close: () => closeSync(handle),
  };
}

export interface ReadLines {
  readonly lines: readonly string[];
  /** Where the next record begins, and its number: to read on from there. */
  readonly end: Place;
  /** What follows is no record of this file, or was changed. A record that is only half there is none yet. */
  readonly isDamaged: boolean;
}

export interface Place {
  readonly offset: number;
  readonly records: number;
}

const START: Place = { offset: headBytes, records: 0 };

/** `bytes`: the whole file, as far as it is written. */
export function readLineFile(bytes: Uint8Array, homeKey: Uint8Array, from: Place = START): ReadLines {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  let { offset, records } = from;
  const result = (isDamaged: boolean): ReadLines => ({ lines, end: { offset, records }, isDamaged });
  if (!file.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, file.length))) return result(true);
  if (file.length < headBytes) return result(false);
  const key = fileKey(homeKey, file.subarray(MAGIC.length, headBytes));
  while (file.length - offset >= lengthBytes) {
    const length = file.readUInt32BE(offset);
    if (length < tagBytes || length > logLineBytesMax + tagBytes) return result(true);
    const sealed = file.subarray(offset + lengthBytes, offset + lengthBytes + length);
    if (sealed.length < length) break;
    const line = open(sealed, key, records);
    if (line === null) return result(true);
    lines.push(line);
    offset += lengthBytes + length;
    records += 1;
  }
  return result(false);
}

function open(sealed: Buffer, key: Uint8Array, record: number): string | null {
  const cipher = createDecipheriv("aes-256-gcm", key, nonceOf(record), { authTagLength: tagBytes });
  cipher.setAuthTag(sealed.subarray(-tagBytes));
  const line = cipher.update(sealed.subarray(0, -tagBytes));
  try {
    return Buffer.concat([line, cipher.final()]).toString("utf8");
  } catch {
    // reason: a wrong tag is an expected outcome, and the only one that throws here.
    return null;
  }
}

function fileKey(homeKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", homeKey, salt, "sovereign log lines", 32));
}

function nonceOf(record: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(record, 8);
  return nonce;
}
