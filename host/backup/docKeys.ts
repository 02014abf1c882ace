/**
 * Docs' keys in a backup. What opens a doc lies in the REKEYs of its log, wrapped under the vault's keys, and in GRANTs that wait for a host: so in a backup's copy of the log each of those envelopes is sealed once
 * more, under a key that the backup has for that doc alone. These keys stand behind the body, each in an entry of its own, so that a host which cannot open the backup can take one out when its doc was destroyed
 * (sync/destroying.ts): it writes zeros over it, and what the body holds of that doc opens for nobody any more, who has the 24 words among them.
 *
 *   row          0 ‖ AEAD(doc's key, envelope, nonce = zeros 15 ‖ u64 seq ‖ table, AAD = label)
 *   entry        tag 16: hash of head and doc, so that a file names no doc ‖ AEAD(data key's sub-key 2, doc's key; AAD = label ‖ hash of the head ‖ tag) 48, or zeros
 */
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { openBackupDocKey, openBackupRow, sealBackupDocKey, sealBackupRow, backupDocTag } from "#crypto/backupSeal.ts";
import { bytesToHex } from "#crypto/bytes.ts";
import { kindNumber } from "#crypto/envelopeHeader.ts";
import { docIdFromBytes, idToBytes, type DocId } from "#crypto/ids.ts";
import { HostError } from "../errors.ts";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { findEntries } from "./format.ts";

/** By doc, of one backup. */
export type BackupDocKeys = ReadonlyMap<DocId, Uint8Array>;

/** Number in a nonce, and how its rows are named. A log from before one of them has none. */
const TABLES = [
  {
    name: "envelope",
    select: `SELECT e.rowid AS row, d.doc AS doc, e.seq, e.envelope FROM envelope e JOIN doc d ON d.id = e.doc`,
    update: "UPDATE envelope SET envelope = ? WHERE rowid = ?",
  },
  {
    name: "waiting_grant",
    select: "SELECT run AS row, doc, seq, envelope FROM waiting_grant",
    update: "UPDATE waiting_grant SET envelope = ? WHERE run = ?",
  },
] as const;
const isKeys = `substr(envelope, 2, 1) IN (x'${hexOf("rekey")}', x'${hexOf("grant")}')`;
const SEALED = 0;

/** In a copy of the log, which has no other reader. The keys that open it again. */
export function sealDocKeys(copy: string): BackupDocKeys {
  const keys = new Map<DocId, Uint8Array>();
  change(copy, (log) => {
    eachRow(log, isKeys, (doc, seq, envelope, table) => {
      const key = keys.get(doc) ?? Uint8Array.from(randomBytes(32));
      keys.set(doc, key);
      return Uint8Array.from([SEALED, ...sealBackupRow(envelope, seq, table, key)]);
    });
  });
  return keys;
}

/** The entries behind a body. */
export function encodeDocKeys(keys: BackupDocKeys, dataKey: Uint8Array, head: Uint8Array): readonly Uint8Array[] {
  return [...keys].map(([doc, key]) => sealBackupDocKey(key, backupDocTag(head, doc), dataKey, head));
}

/** Of the docs in that log; one whose entry is zeros has no key, and neither has one that is not there. */
export function decodeDocKeys(
  entries: ReadonlyMap<string, Uint8Array>,
  docs: Iterable<DocId>,
  dataKey: Uint8Array,
  head: Uint8Array,
): BackupDocKeys {
  const keys = new Map<DocId, Uint8Array>();
  for (const doc of docs) {
    const tag = backupDocTag(head, doc);
    const entry = entries.get(bytesToHex(tag));
    if (entry === undefined || isTakenOut(entry)) continue;
    const key = openBackupDocKey(entry, tag, dataKey, head);
    if (key === null)
      throw new HostError("corrupt", "The keys in this backup are damaged. Nothing was restored; take another backup.");
    keys.set(doc, key);
  }
  return keys;
}

/** A log out of a backup, as it was but for docs that were destroyed since: of those nothing is left but that they were. How many. */
export function openDocKeys(
  log: string,
  entries: ReadonlyMap<string, Uint8Array>,
  dataKey: Uint8Array,
  head: Uint8Array,
): number {
  let destroyed = 0;
  change(log, (database) => {
    const isSealed = "substr(envelope, 1, 1) = x'00'";
    const docs = new Set<DocId>();
    eachRow(database, isSealed, (doc) => {
      docs.add(doc);
      return null;
    });
    const keys = decodeDocKeys(entries, docs, dataKey, head);
    for (const doc of docs) {
      if (keys.has(doc)) continue;
      drop(database, doc);
      destroyed += 1;
    }
    eachRow(database, isSealed, (doc, seq, row, table) => {
      const key = keys.get(doc);
      const envelope = key === undefined ? null : openBackupRow(row.subarray(1), seq, table, key);
      if (envelope === null)
        throw new HostError(
          "corrupt",
          "A key in this backup does not open. Nothing was restored; take another backup.",
        );
      return envelope;
    });
  });
  return destroyed;
}

/** Docs that were destroyed at this host, by its log. Not one that is another vault's: who names it in their own has no say about that one's backups. */
export function readDestroyed(log: string): readonly DocId[] {
  const database = new DatabaseSync(log, { readOnly: true, timeout: 5_000 });
  try {
    if (!hasTable(database, "destroyed")) return [];
    return database
      .prepare(
        `SELECT DISTINCT doc FROM destroyed
         WHERE NOT EXISTS (SELECT 1 FROM doc WHERE doc.doc = destroyed.doc AND doc.vault <> destroyed.vault)`,
      )
      .all()
      .map(({ doc }) => docIdFromBytes(doc as Uint8Array));
  } finally {
    database.close();
  }
}

/** Takes the keys of these docs out of a backup, for good and without opening it. How many it had. */
export function forgetDocKeys(file: string, docs: readonly DocId[]): number {
  const found = findEntries(file);
  if (found === null) return 0;
  const wanted = new Set(docs.map((doc) => bytesToHex(backupDocTag(found.head, doc))));
  const gone = found.entries.filter(({ tag, entry }) => wanted.has(tag) && !isTakenOut(entry));
  if (gone.length === 0) return 0;
  const handle = openSync(file, "r+");
  try {
    for (const { at, entry } of gone) writeSync(handle, new Uint8Array(entry.length), 0, entry.length, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return gone.length;
}

const isTakenOut = (entry: Uint8Array): boolean => entry.every((byte) => byte === 0);

function change(file: string, work: (log: DatabaseSync) => void): void {
  const log = new DatabaseSync(file);
  try {
    // A copy that nobody else reads: what is cut off is made anew. What stood there before is overwritten.
    log.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; BEGIN");
    work(log);
    log.exec("COMMIT");
  } finally {
    log.close();
  }
}

/** `null` leaves a row as it is. */
function eachRow(
  log: DatabaseSync,
  where: string,
  next: (doc: DocId, seq: number, envelope: Uint8Array, table: number) => Uint8Array | null,
): void {
  for (const [table, { name, select, update }] of TABLES.entries()) {
    if (!hasTable(log, name)) continue;
    const put = log.prepare(update);
    // Read first: rows that change while they are walked through may be met twice.
    for (const row of log.prepare(`${select} WHERE ${where}`).all()) {
      const envelope = row["envelope"] as Uint8Array;
      const changed = next(docIdFromBytes(row["doc"] as Uint8Array), Number(row["seq"]), envelope, table);
      if (changed !== null) put.run(changed, row["row"] ?? null);
    }
  }
}

/** As the relay drops it (relay/destroyedLogs.ts). */
function drop(log: DatabaseSync, doc: DocId): void {
  const id = idToBytes(doc);
  log.exec(
    "CREATE TABLE IF NOT EXISTS destroyed (vault BLOB NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (vault, doc)) STRICT, WITHOUT ROWID",
  );
  log
    .prepare("INSERT INTO destroyed (vault, doc) SELECT vault, doc FROM doc WHERE doc = ? ON CONFLICT DO NOTHING")
    .run(id);
  for (const name of ["tip", "envelope", "snapshot", "coverage", "mark"])
    if (hasTable(log, name)) log.prepare(`DELETE FROM ${name} WHERE doc = (SELECT id FROM doc WHERE doc = ?)`).run(id);
  if (hasTable(log, "waiting_grant")) log.prepare("DELETE FROM waiting_grant WHERE doc = ?").run(id);
  log.prepare("DELETE FROM doc WHERE doc = ?").run(id);
}

function hasTable(log: DatabaseSync, name: string): boolean {
  return log.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

function hexOf(kind: "rekey" | "grant"): string {
  return kindNumber(kind).toString(16).padStart(2, "0");
}
