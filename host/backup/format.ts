/**
 * The backup as a file.
 *
 *    0  16  "sovereign backup"
 *   16   1  version = 2; of version 1 there are no docs' keys behind the body
 *   17   4  length of the head
 *   21   …  head: JSON in the clear (when, what wrote it, its ways in)
 *    …   …  pieces: u32 length ‖ sealed piece (crypto/backupSeal.ts), of these bytes in a row:
 *           each file: u16 path length ‖ path ‖ u64 size ‖ bytes ‖ SHA-256 32
 *           the end:   u16 0 ‖ u32 length ‖ manifest: JSON
 *    …   4  0, as no piece is that long
 *    …   4  how many docs' keys
 *    …  64  each: tag 16 ‖ sealed key 48, or zeros in place of one that was taken out (docKeys.ts)
 *
 * What a reader needs to refuse a backup stands in the head; what a thief of the file learns from it is when it was made, and how large
 * it is. Both ends stream: a log of 50 GB needs no more memory than an empty one.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import type { PieceOpener, PieceSealer } from "#crypto/backupSeal.ts";
import { base64UrlToBytes, bytesToBase64Url, bytesToHex, bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import { createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { HostError, systemCode } from "../errors.ts";
import { whyNot } from "../makeFolder.ts";
import { headBytesMax, pathBytesMax, pieceBytes, sealedPieceBytesMax } from "./limits.ts";

export const backupFormat = 2;
/** Without docs' keys. */
const formatBeforeKeys = 1;
const TAG_BYTES = 16;
const ENTRY_BYTES = 64;
const MAGIC = utf8ToBytes("sovereign backup");

export interface BackupHead {
  readonly madeMs: number;
  /** Of the program that made it. */
  readonly program: string;
  /** Version of the log's tables (relayHome.ts): a newer one cannot be read here. */
  readonly log: number;
  /** The data key, boxed to the words of the vault; `null` when it has none. */
  readonly words: Uint8Array | null;
  readonly passphrase: {
    readonly salt: Uint8Array;
    readonly wrap: Uint8Array;
    readonly memoryKiB: number;
    readonly passes: number;
  } | null;
}

export function encodeHead({ words, passphrase, ...rest }: BackupHead): Uint8Array {
  const wrapped = passphrase && {
    ...passphrase,
    salt: bytesToBase64Url(passphrase.salt),
    wrap: bytesToBase64Url(passphrase.wrap),
  };
  return utf8ToBytes(JSON.stringify({ ...rest, words: words && bytesToBase64Url(words), passphrase: wrapped }));
}

function parseHead(bytes: Uint8Array): BackupHead | null {
  try {
    const read = JSON.parse(bytesToUtf8(bytes)) as Record<string, unknown>;
    const text = (value: unknown): Uint8Array | null => (typeof value === "string" ? base64UrlToBytes(value) : null);
    const { madeMs, program, log, words } = read;
    if (!isCount(madeMs) || typeof program !== "string" || !isCount(log)) return null;
    const wrapped = read["passphrase"] as Record<string, unknown> | null;
    const [salt, wrap] = [text(wrapped?.["salt"]), text(wrapped?.["wrap"])];
    const [memoryKiB, passes] = [wrapped?.["memoryKiB"], wrapped?.["passes"]];
    const passphrase =
      salt !== null && wrap !== null && isCount(memoryKiB) && isCount(passes)
        ? { salt, wrap, memoryKiB, passes }
        : null;
    return { madeMs, program, log, words: text(words), passphrase };
  } catch {
    // reason: what is no JSON is no head; the caller says so.
    return null;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Writes the file beside its name and gives it that name when all of it is on the disk. */
export interface BackupWriter {
  write(bytes: Uint8Array): void;
  /** Resolves the file's size and SHA-256. */
  finish(docKeys: readonly Uint8Array[]): { readonly bytes: number; readonly sha256: string };
  /** Takes away what was written of it. */
  abandon(): void;
}

export function createBackupWriter(file: string, head: Uint8Array, sealer: PieceSealer): BackupWriter {
  const part = `${file}.part`;
  const handle = orSay(file, () => openSync(part, "wx", 0o600));
  const whole = createHash("sha256");
  const waiting = new Uint8Array(pieceBytes);
  let filled = 0;
  let written = 0;

  const put = (bytes: Uint8Array): void => {
    whole.update(bytes);
    written += bytes.length;
    orSay(file, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    });
  };
  const seal = (isLast: boolean): void => {
    const sealed = sealer.next(waiting.subarray(0, filled), isLast);
    put(createWriter().u32(sealed.length).finish());
    put(sealed);
    filled = 0;
  };
  put(createWriter().fixed(MAGIC).u8(backupFormat).long(head).finish());
  return {
    write: (bytes) => {
      for (let at = 0; at < bytes.length;) {
        if (filled === pieceBytes) seal(false);
        const taken = Math.min(pieceBytes - filled, bytes.length - at);
        waiting.set(bytes.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
      }
    },
    finish: (docKeys) => {
      seal(true);
      put(createWriter().u32(0).u32(docKeys.length).finish());
      for (const entry of docKeys) put(entry);
      orSay(file, () => fsyncSync(handle));
      closeSync(handle);
      renameSync(part, file);
      return { bytes: written, sha256: whole.digest("hex") };
    },
    abandon: () => {
      closeSync(handle);
      rmSync(part, { force: true });
    },
  };
}

/** The bytes inside, in order; a piece that does not open is a `HostError`. */
export interface BackupReader {
  readonly head: BackupHead;
  /** From here on the body can be read. */
  open(opener: (head: Uint8Array) => PieceOpener): void;
  /** Exactly so many. */
  take(length: number): Uint8Array;
  /** At most so many, at least one. */
  some(lengthMax: number): Uint8Array;
  /** Throws unless all was read and the last piece was the last. What stands behind it, by tag; `null`: a backup from before there were any. */
  end(): ReadonlyMap<string, Uint8Array> | null;
  /** As it stands in the file. */
  readonly headBytes: Uint8Array;
  close(): void;
}

export function openBackupFile(file: string): BackupReader {
  const handle = orSay(file, () => openSync(file, "r"));
  const no = (why: string, code: "corrupt" | "newer" = "corrupt"): HostError => {
    closeSync(handle);
    return new HostError(code, why);
  };
  const begin = readExactly(handle, MAGIC.length + 5);
  if (begin === null || !MAGIC.every((byte, at) => begin[at] === byte)) throw no(`${file} is no backup of Sovereign.`);
  const version = begin[MAGIC.length] ?? 0;
  if (version > backupFormat)
    throw no(
      `${file} was made by a newer version of Sovereign. Update this one, then restore it; nothing was changed.`,
      "newer",
    );
  if (version < formatBeforeKeys) throw no(damaged(file));
  const headLength = toUint32(begin.subarray(MAGIC.length + 1));
  const headBytes = headLength > headBytesMax ? null : readExactly(handle, headLength);
  const head = headBytes === null ? null : parseHead(headBytes);
  if (headBytes === null || head === null) throw no(damaged(file));

  let pieces: PieceOpener | null = null;
  let piece = new Uint8Array(0);
  let at = 0;
  let isLast = false;
  const nextPiece = (): void => {
    const length = isLast || pieces === null ? null : readExactly(handle, 4);
    const sealedLength = length === null ? 0 : toUint32(length);
    const sealed = sealedLength === 0 || sealedLength > sealedPieceBytesMax ? null : readExactly(handle, sealedLength);
    if (sealed === null || pieces === null) throw new HostError("corrupt", damaged(file));
    try {
      const opened = pieces.next(sealed);
      [piece, at, isLast] = [Uint8Array.from(opened.piece), 0, opened.isLast];
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw new HostError("corrupt", damaged(file), { cause });
    }
  };
  const reader: BackupReader = {
    head,
    headBytes,
    open: (opener) => {
      pieces = opener(headBytes);
    },
    some: (lengthMax) => {
      while (at === piece.length) nextPiece();
      const taken = piece.subarray(at, at + lengthMax);
      at += taken.length;
      return taken;
    },
    take: (length) => {
      const whole = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        const part = reader.some(length - filled);
        whole.set(part, filled);
        filled += part.length;
      }
      return whole;
    },
    end: () => {
      // A body that ends where a piece does is followed by an empty last one.
      while (!isLast && at === piece.length) nextPiece();
      if (!isLast || at !== piece.length) throw new HostError("corrupt", damaged(file));
      const entries = version === formatBeforeKeys ? null : readEntries(handle);
      const isWhole = (version === formatBeforeKeys || entries !== null) && readExactly(handle, 1) === null;
      if (!isWhole) throw new HostError("corrupt", damaged(file));
      return entries === null ? null : new Map(entries.map(({ tag, entry }) => [tag, entry]));
    },
    close: () => closeSync(handle),
  };
  return reader;
}

interface DocKeyEntry {
  /** Hex. */
  readonly tag: string;
  readonly entry: Uint8Array;
}

/** From where the last piece ends; `null` when they are not whole. */
function readEntries(handle: number): readonly DocKeyEntry[] | null {
  const begin = readExactly(handle, 8);
  if (begin === null || toUint32(begin) !== 0) return null;
  const count = toUint32(begin.subarray(4));
  const entries: DocKeyEntry[] = [];
  for (let read = 0; read < count; read += 1) {
    const bytes = readExactly(handle, ENTRY_BYTES);
    if (bytes === null) return null;
    entries.push({ tag: bytesToHex(bytes.subarray(0, TAG_BYTES)), entry: bytes.subarray(TAG_BYTES) });
  }
  return entries;
}

/** Where each doc's key stands in the file, without opening any; `null`: a backup from before there were any. */
export function findEntries(
  file: string,
): { readonly head: Uint8Array; readonly entries: readonly (DocKeyEntry & { readonly at: number })[] } | null {
  const { headBytes: head, close } = openBackupFile(file);
  close();
  const handle = orSay(file, () => openSync(file, "r"));
  try {
    if (readExactly(handle, MAGIC.length + 1)?.[MAGIC.length] === formatBeforeKeys) return null;
    let at = MAGIC.length + 5 + head.length;
    const length = new Uint8Array(4);
    for (;;) {
      if (readSync(handle, length, 0, 4, at) !== 4) throw new HostError("corrupt", damaged(file));
      if (toUint32(length) === 0) break;
      at += 4 + toUint32(length);
    }
    const begin = new Uint8Array(4);
    readSync(handle, begin, 0, 4, at + 4);
    const entries = Array.from({ length: toUint32(begin) }, (_, index) => {
      const bytes = new Uint8Array(ENTRY_BYTES);
      const place = at + 8 + index * ENTRY_BYTES;
      if (readSync(handle, bytes, 0, ENTRY_BYTES, place) !== ENTRY_BYTES) throw new HostError("corrupt", damaged(file));
      return { tag: bytesToHex(bytes.subarray(0, TAG_BYTES)), entry: bytes.subarray(TAG_BYTES), at: place + TAG_BYTES };
    });
    return { head, entries };
  } finally {
    closeSync(handle);
  }
}

/** In front of each file's bytes; its checksum follows them. */
export function fileHead(path: string, size: number): Uint8Array {
  return createWriter().text(path).u64(size).finish();
}

/** The list that ends the body. */
export function manifestTail(manifest: Uint8Array): Uint8Array {
  return createWriter().u16(0).long(manifest).finish();
}

/** Path and size of the next file, or the length of the list after the last. */
export function readFileHead(
  reader: BackupReader,
): { readonly kind: "file"; readonly path: string; readonly size: number } | { readonly kind: "end"; length: number } {
  const length = toNumber(reader.take(2));
  if (length === 0) return { kind: "end", length: toNumber(reader.take(4)) };
  if (length > pathBytesMax) throw new HostError("corrupt", "A path in this backup is longer than any of ours.");
  const path = bytesToUtf8(reader.take(length));
  return { kind: "file", path, size: toNumber(reader.take(8)) };
}

function damaged(file: string): string {
  return `${file} is damaged or was cut off: what it holds cannot be trusted, and nothing was restored. Take another backup.`;
}

function toNumber(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

const toUint32 = (bytes: Uint8Array): number => toNumber(bytes.subarray(0, 4));

/** `null` when the file ends before. */
function readExactly(handle: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = readSync(handle, bytes, at, length - at, null);
    if (read === 0) return null;
    at += read;
  }
  return bytes;
}

function orSay<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "EEXIST")
      throw new HostError(
        "backup",
        `${file}.part is there already: another backup is being written, or one was cut off. Delete it if none runs.`,
        { cause },
      );
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new HostError(
        "full",
        `There is no room for ${file}. Make room, or choose another folder; no backup was made.`,
        { cause },
      );
    throw new HostError("backup", `${file} cannot be used: ${whyNot(cause)}. Check the folder and its permissions.`, {
      cause,
    });
  }
}
