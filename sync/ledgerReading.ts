/**
 * What tools did at a host, as one of the owner's devices reads it: the host's agent hands over its sealed entries, and this device checks each
 * (by whom, after which, sealed as it was) and opens those that are for it. How far a ledger went when a device looked last stands in the
 * catalog (docs/knownLedgers.ts); how far it has come since, with the end of each call in the chats: a ledger that was cut off,
 * or written anew, shows.
 * Fetched when somebody looks.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { ledgerHash, LEDGER_START, openLedgerEntry, parseLedgerEntry } from "#crypto/ledger.ts";
import type { Roster } from "#crypto/roster.ts";
import type { Doc } from "yjs";
import type { Connection } from "./connection.ts";
import type { LedgerPart } from "./ledgerAsks.ts";
import { knownLedgerPlace, noteLedgerPlace } from "./docs/knownLedgers.ts";
import type { LedgerPlace } from "./docs/toolSteps.ts";
import { VaultError } from "./errors.ts";
import { judgeLedgerEntry, type LedgerFault } from "./ledgerChain.ts";
import { ledgerAnswerMs, ledgerEntriesMax } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface LedgerEntry {
  readonly n: number;
  /** ms since 1970, by the host's clock. */
  readonly at: number;
  /** `null`: it was written before this device belonged to the vault. */
  readonly text: string | null;
}

export interface LedgerReading {
  /** Those that are as they were written, oldest first. */
  readonly entries: readonly LedgerEntry[];
  /** The first that is not, and what is wrong; `null`: all of it is whole. */
  readonly fault: { readonly at: number; readonly why: LedgerFault } | null;
  /** How many of its first entries were known to the owner's devices before. */
  readonly known: number;
}

export interface LedgerReadingOptions {
  readonly clock: Clock;
  readonly keys: DeviceKeys;
  readonly vault: VaultId;
  readonly roster: () => Roster;
  readonly connection: () => Pick<Connection, "askLedger">;
  /** The catalog's. */
  readonly doc: Doc;
}

/** Rejects with `VaultError("no-host")` when that host does not answer. */
export async function readHostLedger(
  options: LedgerReadingOptions,
  host: AuthorId,
  onProgress: (read: number, total: number) => void = () => {},
  /** Entries that chats were told of, all before this is asked: a call may end meanwhile. */
  told: readonly LedgerPlace[] = [],
): Promise<LedgerReading> {
  const { vault, keys, doc } = options;
  const signKeyOf = (author: AuthorId): Uint8Array | null =>
    author === host ? (options.roster().members.get(host)?.signKey ?? null) : null;
  const known = knownLedgerPlace(doc, host);
  const expected = new Map<number, Set<string>>();
  const places = told.filter((place) => place.host === host && place.n > 0);
  for (const { n, hash } of [...(known === null ? [] : [known]), ...places])
    expected.set(n, (expected.get(n) ?? new Set()).add(hash));
  const furthest = Math.max(0, ...expected.keys());
  const entries: LedgerEntry[] = [];
  let fault: LedgerReading["fault"] = null;
  let prev = LEDGER_START;
  for (let total = 1; entries.length < total && entries.length < ledgerEntriesMax && fault === null;) {
    const part = await askFor(options, host, entries.length);
    total = part.total;
    if (part.entries.length === 0 && entries.length < total)
      throw new VaultError("no-host", "a ledger without its entries");
    for (const entry of part.entries) {
      const at = entries.length + 1;
      const why = judgeLedgerEntry(entry, at, prev, { vault, signKeyOf });
      const opened = why === null ? open(entry, keys) : why;
      if (typeof opened === "string") {
        fault = { at, why: opened };
        break;
      }
      prev = ledgerHash(entry);
      const here = expected.get(at);
      if (here !== undefined && (here.size > 1 || !here.has(bytesToHex(prev)))) {
        fault = { at, why: "replaced" };
        break;
      }
      entries.push(opened);
    }
    onProgress(entries.length, total);
  }
  const isAll = entries.length < ledgerEntriesMax;
  if (fault === null && isAll && furthest > entries.length) fault = { at: entries.length + 1, why: "gone" };
  if (fault === null && entries.length > (known?.n ?? 0))
    noteLedgerPlace(doc, { host, n: entries.length, hash: bytesToHex(prev) });
  return { entries, fault, known: known?.n ?? 0 };
}

function open(entry: Uint8Array, keys: DeviceKeys): LedgerEntry | LedgerFault {
  try {
    const { n, at } = parseLedgerEntry(entry);
    return { n, at, text: openLedgerEntry(entry, keys) };
  } catch (error) {
    // Signed, and sealed to this device as something that does not open.
    if (error instanceof CryptoError) return "no-entry";
    throw error;
  }
}

async function askFor(options: LedgerReadingOptions, host: AuthorId, from: number): Promise<LedgerPart> {
  const late = Promise.withResolvers<null>();
  const cancel = options.clock.after(ledgerAnswerMs, () => late.resolve(null));
  try {
    const part = await Promise.race([options.connection().askLedger(host, from), late.promise]);
    if (part === null) throw new VaultError("no-host", "no ledger in time");
    return part;
  } finally {
    cancel();
  }
}
