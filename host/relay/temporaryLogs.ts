/**
 * The logs of temporary docs (TM rules of PROTOCOL.md): in this process's memory alone, by the same rules as all others, and gone with
 * the device that began them. The rest goes to the store on the disk. A doc's id says which it is.
 */
import { DatabaseSync } from "node:sqlite";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import { idToBytes, isTemporaryDoc, type AuthorId, type DocId } from "#crypto/ids.ts";
import { HostError } from "../errors.ts";
import type { Database } from "./database.ts";
import { prepareSchema } from "./logSchema.ts";
import { temporaryBytesMax, temporaryDocsMax, temporaryKeepMs } from "./limits.ts";
import { createSqliteLogStore, type SqliteLogStore } from "./sqliteLogStore.ts";

export interface RelayLogs extends SqliteLogStore {
  /** The device that began it closed it, or follows it no more. */
  leave(device: AuthorId, doc: DocId): void;
  /** Lets go of those whose device has had no link for a while. */
  check(isHere: (device: AuthorId) => boolean): void;
}

interface TemporaryLog {
  readonly device: AuthorId;
  bytes: number;
  hereMs: number;
}

const tables = ["tip", "envelope", "snapshot", "coverage", "mark"] as const;

export function createRelayLogs(durable: SqliteLogStore, nowMs: () => number): RelayLogs {
  const { database, noteTaken } = openMemory();
  const memory = createSqliteLogStore(database);
  const logs = new Map<DocId, TemporaryLog>();
  const storeOf = (doc: DocId): SqliteLogStore => (isTemporaryDoc(doc) ? memory : durable);

  function forget(doc: DocId): void {
    logs.delete(doc);
    const row = database.writer.prepare("SELECT id FROM doc WHERE doc = ?").get(idToBytes(doc));
    if (row === undefined) return;
    const id = Number(row["id"]);
    noteTaken();
    for (const table of tables) database.writer.prepare(`DELETE FROM ${table} WHERE doc = ?`).run(id);
    database.writer.prepare("DELETE FROM doc WHERE id = ?").run(id);
    // Pages of what is gone are not kept for what may come.
    database.writer.exec(logs.size === 0 ? "DELETE FROM accepted; DELETE FROM usage; VACUUM" : "PRAGMA shrink_memory");
  }

  return {
    append: async (record) => {
      if (!isTemporaryDoc(record.doc)) return durable.append(record);
      const { length } = record.envelope;
      const total = [...logs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      const log = logs.get(record.doc);
      if (total + length > temporaryBytesMax || (log === undefined && logs.size >= temporaryDocsMax))
        throw new HostError("full", "Too much is open in temporary chats. Close one of them.");
      // Only a device begins one: what a host still writes into one that was closed has nowhere to go.
      if (log === undefined && parseEnvelope(record.envelope).kind !== "rekey") return { kind: "refused" };
      const outcome = await memory.append(record);
      if (outcome.kind !== "stored") return outcome;
      const known = logs.get(record.doc) ?? { device: record.author, bytes: 0, hereMs: nowMs() };
      known.bytes += length;
      logs.set(record.doc, known);
      return outcome;
    },
    read: (vault, doc, ...rest) => storeOf(doc).read(vault, doc, ...rest),
    head: (vault, doc) => storeOf(doc).head(vault, doc),
    mark: (vault, doc, seq) => storeOf(doc).mark(vault, doc, seq),
    envelopeOf: (vault, doc, author, counter) => storeOf(doc).envelopeOf(vault, doc, author, counter),
    rekeysOf: (vault, doc) => storeOf(doc).rekeysOf(vault, doc),
    usageOf: durable.usageOf,
    destroyed: durable.destroyed,
    close: durable.close,
    leave: (device, doc) => {
      if (logs.get(doc)?.device === device) forget(doc);
    },
    check: (isHere) => {
      const now = nowMs();
      for (const [doc, log] of logs) {
        if (isHere(log.device)) log.hereMs = now;
        else if (now - log.hereMs > temporaryKeepMs) forget(doc);
      }
    },
  };
}

/** One connection, which reads what it wrote: nothing has to reach a disk before it is there. */
function openMemory(): { readonly database: Database; noteTaken(): void } {
  const database = new DatabaseSync(":memory:", { allowExtension: false });
  database.exec("PRAGMA journal_mode = OFF; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF");
  prepareSchema(database, "temporary logs");
  let takenBack = 0;
  return {
    database: {
      writer: database,
      queue: { waiting: 0, done: 0 },
      reader: database,
      get takenBack() {
        return takenBack;
      },
      write: (change) => Promise.resolve().then(change),
      tidy: () => {},
      emptyWal: () => {},
      checkpoint: () => true,
      close: () => {
        database.close();
        return Promise.resolve();
      },
    },
    noteTaken: () => {
      takenBack += 1;
    },
  };
}
