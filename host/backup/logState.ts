/**
 * The relay's log as a backup sees it: copied while the relay writes, and read as facts that can be compared. The relay's own code is
 * not used here: what is to be proved about its file should not be proved by it.
 */
import { createHash } from "node:crypto";
import { DatabaseSync, backup, type SQLOutputValue } from "node:sqlite";
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { HostError } from "../errors.ts";

export interface LogState {
  readonly docs: number;
  readonly envelopes: number;
  /** Sealed. */
  readonly bytes: number;
  readonly vaults: number;
  /** SHA-256 over every row of every table. */
  readonly digest: string;
}

/** All there can be: a log of 2^31 pages does not exist. */
const pagesAtOnce = 2_147_483_647;

/**
 * One consistent state, whatever is written meanwhile: all pages in one step, under one reading of the log. The relay goes on
 * writing beside it.
 */
export async function copyLog(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    await backup(source, to, { rate: pagesAtOnce });
  } catch (cause) {
    throw new HostError(
      "backup",
      `${from} could not be copied (${String(cause)}). Check that the disk has room, then try again.`,
      { cause },
    );
  } finally {
    source.close();
  }
}

export function logVersion(file: string): number {
  return withLog(file, (log) => Number(log.prepare("PRAGMA user_version").get()?.["user_version"]));
}

/** Roster entries by vault, and the claims that their hosts were opened with. */
export function readRosters(
  file: string,
): readonly { readonly entries: readonly Uint8Array[]; readonly claim: Uint8Array | null }[] {
  return withLog(file, (log) => {
    const vaults = new Map<string, { entries: Uint8Array[]; claim: Uint8Array | null }>();
    for (const { vault, entry, claim } of log
      .prepare("SELECT vault, entry, claim FROM roster ORDER BY vault, seq")
      .iterate()) {
      const key = vault instanceof Uint8Array ? bytesToHex(vault) : "";
      const known = vaults.get(key) ?? { entries: [], claim: null };
      if (entry instanceof Uint8Array) known.entries.push(Uint8Array.from(entry));
      if (claim instanceof Uint8Array) known.claim = Uint8Array.from(claim);
      vaults.set(key, known);
    }
    return [...vaults.values()];
  });
}

export function readLogState(file: string): LogState {
  return withLog(file, (log) => {
    const hash = createHash("sha256");
    const tables = log.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    for (const { name, sql } of tables) {
      hash.update(`${String(name)}\n${String(sql)}\n`);
      const rows = log.prepare(`SELECT * FROM "${String(name).replaceAll('"', '""')}"`);
      for (const row of rows.iterate()) for (const value of Object.values(row)) addValue(hash, value);
    }
    const counted = (sql: string): number => Number(Object.values(log.prepare(sql).get() ?? {})[0] ?? 0);
    return {
      docs: counted("SELECT COUNT(*) FROM doc"),
      envelopes: counted("SELECT COUNT(*) FROM envelope WHERE LENGTH(envelope) > 0"),
      bytes: counted("SELECT COALESCE(SUM(LENGTH(envelope)), 0) FROM envelope"),
      vaults: counted("SELECT COUNT(DISTINCT vault) FROM roster"),
      digest: hash.digest("hex"),
    };
  });
}

/**
 * Follows every author's chain through every doc: each envelope is the one whose hash stands beside it, names the one before, and the
 * newest is the one the relay goes on from. How many were followed; throws at the first that does not fit.
 */
export function followChains(file: string): number {
  return withLog(file, (log) => {
    if (log.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"] !== "ok")
      throw unfit("its pages do not hold together");
    const tips = new Map<string, { readonly counter: number; readonly hash: Uint8Array }>();
    const place = (doc: unknown, author: unknown): string => `${String(doc)} ${bytesToHex(toBytes(author))}`;
    for (const { doc, author, counter, hash } of log.prepare("SELECT doc, author, counter, hash FROM tip").iterate())
      tips.set(place(doc, author), { counter: Number(counter), hash: toBytes(hash) });
    let followed = 0;
    let before: { readonly at: string; readonly counter: number; readonly hash: Uint8Array } | null = null;
    const all = log.prepare(
      "SELECT e.doc, d.doc AS id, e.author, e.counter, e.hash, e.envelope FROM envelope e LEFT JOIN doc d ON d.id = e.doc ORDER BY e.doc, e.author, e.counter",
    );
    for (const row of all.iterate()) {
      const [author, hash, bytes] = [toBytes(row["author"]), toBytes(row["hash"]), toBytes(row["envelope"])];
      const [at, counter] = [place(row["doc"], author), Number(row["counter"])];
      // What a snapshot stands for is not there any more; its place and hash are.
      if (bytes.length > 0) {
        checkEnvelope(bytes, { id: row["id"], author, counter, hash }, before?.at === at ? before : null);
        followed += 1;
      }
      const tip = tips.get(at);
      if (tip === undefined || counter > tip.counter || (counter === tip.counter && !isEqualBytes(hash, tip.hash)))
        throw unfit("a chain has another end than the relay knows");
      before = { at, counter, hash: Uint8Array.from(hash) };
    }
    return followed;
  });
}

function checkEnvelope(
  bytes: Uint8Array,
  known: { readonly id: unknown; readonly author: Uint8Array; readonly counter: number; readonly hash: Uint8Array },
  before: { readonly counter: number; readonly hash: Uint8Array } | null,
): void {
  try {
    const { doc, author, counter, prev } = parseEnvelope(bytes);
    const isInPlace =
      doc === bytesToHex(toBytes(known.id)) && author === bytesToHex(known.author) && counter === known.counter;
    if (!isInPlace || !isEqualBytes(envelopeHash(bytes), known.hash))
      throw unfit("an envelope is not the one that was stored");
    if (before?.counter === counter - 1 && !isEqualBytes(prev, before.hash)) throw unfit("a chain is broken");
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw unfit("an envelope is none", cause);
  }
}

function unfit(what: string, cause?: unknown): HostError {
  return new HostError("corrupt", `The log does not hold together: ${what}.`, { cause });
}

function withLog<T>(file: string, read: (log: DatabaseSync) => T): T {
  const log = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return read(log);
  } finally {
    log.close();
  }
}

function addValue(hash: ReturnType<typeof createHash>, value: SQLOutputValue): void {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
  hash.update(`${value === null ? "null" : typeof value} ${bytes.length} `).update(bytes);
}

function toBytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
