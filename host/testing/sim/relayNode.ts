/** The real relay (relay.ts, its SQLite file and all) as a node that can crash, lose what was not flushed, meet a failing disk, and be restored from a backup. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorIdOf, type DeviceKeys, type SigningKey } from "#crypto/device.ts";
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { HANDSHAKE_NONCE_BYTES, signWelcome } from "#crypto/handshake.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { openDatabase, type Database, type Flusher } from "../../relay/database.ts";
import { checkEveryMs } from "../../relay/limits.ts";
import { createRelay, type Relay } from "../../relay/relay.ts";
import { createPlaces, OWN_PLACE } from "../../relay/places.ts";
import { createRosterStore, type RosterStore } from "../../relay/rosterStore.ts";
import type { ServerLink, ServerLinkEvents } from "../../relay/server.ts";
import { createSqliteLogStore } from "../../relay/sqliteLogStore.ts";
import { createRecordStore } from "../../relay/records.ts";
import { bootOf } from "../../relay/startRelay.ts";
import { createSubscriptions } from "../../relay/subscriptions.ts";
import { createWaitingGrants } from "../../relay/waitingGrants.ts";
import { sha256, type Place } from "./wire.ts";
import type { SimNode, World } from "./world.ts";

/** In memory where the machine has such a folder: a power cut is played by ending a transaction, not by pulling a plug. */
const folder = join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), `sovereign-sim-${process.pid}`);

/** At the end of the process; a listener for it would go with those of the pages that crashed. */
export function removeRelayFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface RelayNode {
  readonly node: SimNode;
  accept(link: ServerLink): ServerLinkEvents | null;
  start(): void;
  /** What is not committed is lost. */
  crash(): void;
  /** The file of its log, once everything written so far is in it. */
  image(): Uint8Array;
  load(image: Uint8Array): void;
  backUp(): void;
  /** Starts from the last backup, if there is one. */
  restore(): boolean;
  /** The next flushes fail: `full` until it is taken back, `broken` once, after which the relay ends itself. */
  disk: "good" | "full" | "broken";
  /** SHA-256 of every envelope on the disk now. */
  storedEnvelopes(): ReadonlySet<string>;
  /** A snapshot of the log stands for it. */
  isCovered(place: Place): boolean;
  /** The roster entry by which it knows; `null`: it does not. */
  removedSeqOf(member: AuthorId): number | null;
  /** What it serves now, by doc, in order. */
  logs(): ReadonlyMap<DocId, readonly ParsedEnvelope[]>;
  /** All bytes of its files. */
  contains(bytes: Buffer): boolean;
  end(): void;
}

export interface RelayNodeOptions {
  readonly world: World;
  readonly relayKey: SigningKey;
  readonly host: DeviceKeys;
  readonly claimKey: Uint8Array;
  /** It ended itself, and is started again by its supervisor. */
  readonly onBroken: () => void;
}

export function createRelayNode({ world, relayKey, host, claimKey, onBroken }: RelayNodeOptions): RelayNode {
  const node = world.createNode("relay");
  const file = join(folder, "log.sqlite");
  const backup = join(folder, "backup.sqlite");
  const beforeRisk = join(folder, "before.sqlite");
  mkdirSync(folder, { recursive: true });
  removeDatabase(file);
  removeDatabase(backup);
  removeDatabase(beforeRisk);
  let database: Database | null = null;
  let relay: Relay | null = null;
  let rosters: RosterStore | null = null;
  /** Since a flush failed; what the file holds after that is gone with the next crash, unless the relay ended itself. */
  let isAtRisk = false;

  /** Of the write-ahead log before the newest commit, which a power cut takes until it is flushed. */
  let walBytes = 0;
  let isFlushing = false;
  const flusher: Flusher = {
    flush: () => {
      isFlushing = true;
      return new Promise((resolve) => {
        world.after(node, node.random.below(4), "flush", () => {
          isFlushing = false;
          resolve();
        });
      });
    },
    bytes: () => sizeOf(`${file}-wal`),
    close: () => Promise.resolve(),
  };

  const start = (): void => {
    node.life += 1;
    node.isUp = true;
    const opened = openDatabase({ file, onBroken, openFlusher: () => flusher });
    database = opened;
    const exec = opened.writer.exec.bind(opened.writer);
    opened.writer.exec = (sql) => {
      if (sql === "COMMIT" && relayNode.disk !== "good") failCommit(() => exec(sql));
      if (sql === "COMMIT") walBytes = sizeOf(`${file}-wal`);
      exec(sql);
    };
    const log = createSqliteLogStore(opened);
    const places = createPlaces(claimKey, () => 0);
    rosters = createRosterStore(opened, places);
    const { random } = node;
    relay = createRelay({
      log,
      rosters,
      waiting: createWaitingGrants(opened),
      records: createRecordStore(opened, () => 0),
      subscriptions: createSubscriptions(opened),
      push: null,
      handshake: {
        relayKey: relayKey.publicKey,
        makeNonce: () => random.bytes(HANDSHAKE_NONCE_BYTES),
        signWelcome: (deviceNonce, relayNonce, deviceKey) =>
          signWelcome({ deviceNonce, relayNonce, deviceKey }, relayKey),
      },
      hostSignKey: host.sign.publicKey,
      hostId: authorIdOf(host.sign.publicKey),
      authorIdOf,
      bootOf,
      places,
      onClaimed: () => {},
      nowMs: () => world.now(),
      wallNowMs: () => world.now(),
    });
    checkSoon();
  };

  const checkSoon = (): void => {
    world.after(node, checkEveryMs, "check", () => {
      relay?.check();
      checkSoon();
    });
  };

  const failCommit = (commit: () => void): void => {
    const isBroken = relayNode.disk === "broken";
    // A flush that failed says nothing about what is on the disk: the file may already hold it, and nothing after is safe.
    if (isBroken && node.random.chance(0.5)) commit();
    if (isBroken) {
      relayNode.disk = "good";
      keepAsIs();
    }
    throw Object.assign(new Error(isBroken ? "disk I/O error" : "database or disk is full"), {
      errcode: isBroken ? 10 : 13,
    });
  };

  const keepAsIs = (): void => {
    isAtRisk = true;
    if (database?.writer.isTransaction) database.writer.exec("ROLLBACK");
    // Both files: a reader that stands still keeps the write-ahead log from being taken in.
    removeDatabase(beforeRisk);
    copyDatabase(file, beforeRisk);
  };

  const close = (): void => {
    const flushed = isFlushing && node.random.chance(0.5) ? readFlushed() : null;
    isFlushing = false;
    database?.reader.close();
    // Node holds on to a database object that has a property of ours, and with it to the whole schedule.
    if (database !== null) Reflect.deleteProperty(database.writer, "exec");
    // Ends the open transaction as a crash does: nothing of it stays.
    database?.writer.close();
    if (isAtRisk && existsSync(beforeRisk)) {
      removeDatabase(file);
      copyDatabase(beforeRisk, file);
    }
    // Closing took the write-ahead log into the file, as no crash does.
    else if (flushed !== null) {
      writeFileSync(file, flushed.file);
      writeFileSync(`${file}-wal`, flushed.wal);
    }
    isAtRisk = false;
    database = null;
    relay = null;
  };

  /** The files as a power cut leaves them at worst. */
  const readFlushed = () => ({
    file: readFileSync(file),
    wal: readFileSync(`${file}-wal`).subarray(0, walBytes),
  });

  const relayNode: RelayNode = {
    node,
    accept: (link) => relay?.accept(link) ?? null,
    start,
    crash: () => {
      node.isUp = false;
      node.life += 1;
      close();
    },
    image: () => {
      database?.checkpoint();
      return readFileSync(file);
    },
    load: (image) => writeFileSync(file, image),
    backUp: () => {
      if (database === null || database.writer.isTransaction) return;
      removeDatabase(backup);
      copyDatabase(file, backup);
    },
    restore: () => {
      if (!existsSync(backup)) return false;
      removeDatabase(file);
      copyDatabase(backup, file);
      return true;
    },
    disk: "good",
    storedEnvelopes: () => {
      const rows = database?.reader.prepare("SELECT envelope FROM envelope").all() ?? [];
      return new Set(rows.map(({ envelope }) => sha256(envelope as Uint8Array)));
    },
    // What a newer snapshot leaves out stays covered by the one before it, whose own list goes when it has done its work: emptied rows remain.
    isCovered: ({ doc, author, counter }) =>
      database?.reader
        .prepare(
          `SELECT 1 FROM doc WHERE doc.doc = ?1 AND (
            EXISTS (SELECT 1 FROM coverage AS c WHERE c.doc = doc.id AND c.author = ?2 AND c.counter >= ?3) OR
            EXISTS (SELECT 1 FROM envelope AS e WHERE e.doc = doc.id AND e.author = ?2 AND e.counter >= ?3 AND length(e.envelope) = 0))`,
        )
        .get(doc, author, counter) !== undefined,
    removedSeqOf: (member) => rosters?.of(OWN_PLACE)?.roster.members.get(member)?.removedSeq ?? null,
    logs: () => {
      const logs = new Map<DocId, ParsedEnvelope[]>();
      for (const { envelope } of database?.reader
        .prepare("SELECT envelope FROM envelope WHERE length(envelope) > 0 ORDER BY seq")
        .all() ?? []) {
        const parsed = parseEnvelope(envelope as Uint8Array);
        logs.set(parsed.doc, [...(logs.get(parsed.doc) ?? []), parsed]);
      }
      return logs;
    },
    contains: (bytes) => {
      const rows = database?.reader.prepare("SELECT envelope FROM envelope").all() ?? [];
      return rows.some(({ envelope }) => Buffer.from(envelope as Uint8Array).includes(bytes));
    },
    end: () => {
      node.isUp = false;
      node.life += 1;
      close();
    },
  };
  return relayNode;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function copyDatabase(from: string, to: string): void {
  copyFileSync(from, to);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}
