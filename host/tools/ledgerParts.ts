/**
 * A ledger for whoever reads it page by page: where each entry begins is remembered, so that a page is read from where it lies, and the file's beginnings are gone through once. It
 * only grows; one that is another file, or shorter than it was, is gone through anew.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ledgerEntryBytesMax } from "#crypto/limits.ts";
import { systemCode } from "../errors.ts";
import { scanBytes } from "./limits.ts";

export interface LedgerParts {
  /** Entries after the first `from`, as many as come to `bytesMax` with their lengths, and how many there are in all. */
  read(from: number, bytesMax: number): { readonly total: number; readonly entries: readonly Uint8Array[] };
}

export function createLedgerParts(file: string): LedgerParts {
  /** Where each begins, and where the last whole one ends. */
  let starts: number[] = [0];
  let inode = 0;

  function lookOn(handle: number): void {
    const { ino, size } = fstatSync(handle);
    if (ino !== inode || size < endOf(starts)) [starts, inode] = [[0], ino];
    if (endOf(starts) + 4 > size) return;
    const chunk = Buffer.alloc(scanBytes);
    for (let at = endOf(starts); at + 4 <= size;) {
      const read = readSync(handle, chunk, 0, chunk.length, at);
      let next = at;
      while (next + 4 <= at + read) {
        const length = chunk.readUInt32BE(next - at);
        if (length > ledgerEntryBytesMax + 64 || next + 4 + length > size) return;
        next += 4 + length;
        starts.push(next);
      }
      // The last bytes of a file that was shortened meanwhile.
      if (next === at) return;
      at = next;
    }
  }

  function readFrom(handle: number, from: number, bytesMax: number): readonly Uint8Array[] {
    const begin = starts[from];
    if (begin === undefined) return [];
    let end = from;
    while (end + 1 < starts.length && (starts[end + 1] ?? 0) - begin <= bytesMax) end += 1;
    const bytes = new Uint8Array((starts[end] ?? begin) - begin);
    const read = readSync(handle, bytes, 0, bytes.length, begin);
    if (read < bytes.length) return [];
    return starts.slice(from, end).map((start, index) => {
      const next = starts[from + index + 1] ?? start;
      return bytes.subarray(start - begin + 4, next - begin);
    });
  }

  return {
    read: (from, bytesMax) => {
      const handle = openIfThere(file);
      if (handle === null) return { total: 0, entries: [] };
      try {
        lookOn(handle);
        return { total: starts.length - 1, entries: readFrom(handle, from, bytesMax) };
      } finally {
        closeSync(handle);
      }
    },
  };
}

const endOf = (starts: readonly number[]): number => starts.at(-1) ?? 0;

/** `null`: no tool has done anything yet. */
function openIfThere(file: string): number | null {
  try {
    return openSync(file, "r");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return null;
    throw cause;
  }
}
