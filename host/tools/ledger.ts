/**
 * What tools did at this host, for one vault: a file that only grows, `<u32 length> <entry>` one after the other (crypto/ledger.ts). An
 * entry is on stable storage before what it tells of happens. Half an entry at its end is what a crash cut off: nothing followed it, and
 * it is taken away. A file that is damaged otherwise is left as it is, and nothing acts any more.
 */
import { closeSync, constants, fsync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { bytesToHex, concatBytes, isEqualBytes } from "#crypto/bytes.ts";
import { createWriter } from "#crypto/codec.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { VaultId } from "#crypto/ids.ts";
import {
  ledgerEntryLength,
  LEDGER_START,
  ledgerHash,
  openLedgerEntry,
  parseLedgerEntry,
  sealLedgerEntry,
} from "#crypto/ledger.ts";
import { ledgerEntryBytesMax } from "#crypto/limits.ts";
import type { Recipient } from "#crypto/record.ts";
import type { LedgerPlace } from "#sync/docs/toolSteps.ts";
import { judgeLedgerEntry, type LedgerFault, type LedgerKeys } from "#sync/ledgerChain.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { prepareFolder, readFileIfThere } from "../home.ts";
import type { JsonObject } from "./tool.ts";

export interface Ledger {
  /** Stored when it returns. Throws when it cannot be: then nothing may be done. */
  append(what: JsonObject): LedgerPlace;
  /** For who has something else to wait for meanwhile: written when it returns. Throws as `append` does. */
  begin(what: JsonObject): WrittenEntry;
}

export interface WrittenEntry {
  readonly place: LedgerPlace;
  /** Resolves when it is on stable storage: not before may happen what it tells of. Rejects when it never will be. */
  readonly stored: Promise<void>;
}

export interface LedgerOptions {
  readonly file: string;
  readonly vault: VaultId;
  readonly keys: DeviceKeys;
  /** The owner's devices now. */
  readonly to: () => readonly Recipient[];
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}

export function openLedger({ file, vault, keys, to, clock, random }: LedgerOptions): Ledger {
  let tail: { n: number; hash: Uint8Array } | null = null;

  /** What of it lies there is looked at anew. */
  function failed(cause: unknown): never {
    tail = null;
    throw cause;
  }

  /** Adds it and leaves the file to `flush`, which closes it. */
  function add<T>(
    what: JsonObject,
    flush: (handle: number) => T,
  ): { readonly place: LedgerPlace; readonly flushed: T } {
    if (tail === null) {
      // Once: it writes a file to see that it can, which costs as much as an entry.
      prepareFolder(dirname(file));
      tail = findTail(file);
    }
    const head = { vault, n: tail.n + 1, prev: tail.hash, at: clock.now() };
    const entry = sealLedgerEntry({ head, text: JSON.stringify(what), to: to(), keys, random });
    const next = { n: head.n, hash: ledgerHash(entry) };
    try {
      const flushed = flush(write(file, concatBytes(createWriter().u32(entry.length).finish(), entry)));
      tail = next;
      return { place: { host: keys.id, n: next.n, hash: bytesToHex(next.hash) }, flushed };
    } catch (cause) {
      return failed(cause);
    }
  }

  return {
    append: (what) => add(what, flushNow).place,
    begin: (what) => {
      const { place, flushed } = add(what, flushSoon);
      const stored = flushed.catch(failed);
      stored.catch(() => {
        // reason: whoever waits for it hears of it.
      });
      return { place, stored };
    },
  };
}

/** Where the file ends, once half an entry is taken away. Throws when it is no ledger. */
function findTail(file: string): { n: number; hash: Uint8Array } {
  const bytes = readFileIfThere(file);
  if (bytes === null) return { n: 0, hash: LEDGER_START };
  const { entries, wholeBytes } = splitLedger(bytes);
  let prev = LEDGER_START;
  for (const [index, entry] of entries.entries()) {
    const head = parseLedgerEntry(entry);
    if (head.n !== index + 1 || !isEqualBytes(head.prev, prev))
      throw new CryptoError("malformed", `ledger is broken at entry ${index + 1}`);
    prev = ledgerHash(entry);
  }
  if (wholeBytes < bytes.length) {
    // One that is all there and does not say so was changed, and others may follow it: nothing of that is thrown away.
    const rest = bytes.subarray(wholeBytes + 4);
    const length = ledgerEntryLength(rest);
    if (length !== null && rest.length >= length)
      throw new CryptoError("malformed", `ledger is broken at entry ${entries.length + 1}`);
    const handle = openSync(file, "r+");
    try {
      ftruncateSync(handle, wholeBytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
  return { n: entries.length, hash: prev };
}

/** The open file, to be flushed and closed. */
function write(file: string, bytes: Uint8Array): number {
  const handle = openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    return handle;
  } catch (cause) {
    closeSync(handle);
    throw cause;
  }
}

function flushNow(handle: number): void {
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** While others work: who waits for it waits for the relay as well (dispatch.ts). */
function flushSoon(handle: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(handle, (error) => {
      closeSync(handle);
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** `wholeBytes`: up to the end of the last whole entry. */
export function splitLedger(bytes: Uint8Array): { entries: Uint8Array[]; wholeBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = view.getUint32(at);
    if (length > ledgerEntryBytesMax + 64 || at + 4 + length > bytes.length) break;
    entries.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { entries, wholeBytes: at };
}

export type LedgerVerdict =
  | { readonly kind: "whole"; readonly entries: number; readonly hash: string }
  /** `at`: the first entry that is not as it was written. */
  | { readonly kind: "broken"; readonly at: number; readonly why: string };

const faultSays: Readonly<Record<LedgerFault, string>> = {
  "no-entry": "no entry at all",
  "other-vault": "of another vault",
  "out-of-place": "it does not follow the one before",
  unsigned: "not signed by a host of this vault",
  cut: "half an entry",
  gone: "entries are gone from its end",
  replaced: "another entry than your devices were told of",
};

/** `known`: places that devices were told of; what is missing at the end shows by them. */
export function verifyLedger(
  bytes: Uint8Array,
  options: LedgerKeys & { readonly known: readonly LedgerPlace[] },
): LedgerVerdict {
  const { entries, wholeBytes } = splitLedger(bytes);
  const hashes: string[] = [];
  let prev = LEDGER_START;
  for (const [index, entry] of entries.entries()) {
    const at = index + 1;
    const fault = judgeLedgerEntry(entry, at, prev, options);
    if (fault !== null) return { kind: "broken", at, why: faultSays[fault] };
    prev = ledgerHash(entry);
    hashes.push(bytesToHex(prev));
  }
  if (wholeBytes < bytes.length) return { kind: "broken", at: entries.length + 1, why: faultSays.cut };
  for (const place of options.known) {
    if (place.n > hashes.length)
      return { kind: "broken", at: hashes.length + 1, why: `entries up to ${place.n} are gone from its end` };
    if (place.n > 0 && hashes[place.n - 1] !== place.hash)
      return { kind: "broken", at: place.n, why: faultSays.replaced };
  }
  return { kind: "whole", entries: hashes.length, hash: bytesToHex(prev) };
}

/** What a device can read of it; `null` in the place of what is not for it. */
export function readLedger(bytes: Uint8Array, device: DeviceKeys): readonly (string | null)[] {
  return splitLedger(bytes).entries.map((entry) => openLedgerEntry(entry, device));
}
