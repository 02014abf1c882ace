/**
 * A chat as an agent reads it: the doc's log, checked like on a device (roster, signature, chain, seal, scope), under keys that
 * were lent. The newest key opens the older ones by the backward links in the log. Nothing is written to disk, and all of it is let
 * go when the last run of the chat ends.
 */
import { Doc } from "yjs";
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import { checkRekeyCommitment, openRekeyKeys, type DocKey } from "#crypto/docKeys.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseGrantEndClear } from "#crypto/grantHeader.ts";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import { laneClientId, parseAccept, verifyAccept } from "#crypto/laneHeader.ts";
import type { Roster } from "#crypto/roster.ts";
import { parseSnapshotClear } from "#crypto/snapshotHeader.ts";
import { extendChain, placeOf, type Chain } from "#sync/chain.ts";
import type { Connection } from "#sync/connection.ts";
import { applyUpdate } from "#sync/docs/applyUpdate.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import type { LogEntry } from "#sync/frame.ts";
import { bodyBytesMax, parkedEnvelopesMax, runBytesMax } from "#sync/limits.ts";
import { createScope, type Scope } from "#sync/scope.ts";
import { digestOf, unpackSnapshot, type SnapshotContent } from "#sync/snapshot.ts";
import { createTips, type Tips } from "#sync/tips.ts";
import { rekeysAheadMax } from "./limits.ts";

export interface ChatReader {
  readonly chat: Chat;
  /** Runs that a lane has taken, ours or another's. */
  readonly acceptedRuns: ReadonlySet<RunId>;
  /** Resolves when the log is read up to this seq. Rejects when the reader is closed before. */
  readUntil(seq: number): Promise<void>;
  /** A grant's key. The reader keeps a copy. */
  lend(epoch: number, docKey: DocKey): void;
  /** What waited for a newer roster is looked at again. */
  rosterGrew(): void;
  close(): void;
}

export interface ChatReaderOptions {
  readonly doc: DocId;
  readonly connection: Connection;
  /** Asked each time: it grows. */
  readonly roster: () => Roster;
  /** A device says that what was lent for this run is to be forgotten. */
  readonly onGrantEnd?: (run: RunId) => void;
}

interface KnownLane {
  readonly key: Uint8Array;
  readonly scope: Scope;
}

export function createChatReader({ doc, connection, roster, onGrantEnd }: ChatReaderOptions): ChatReader {
  const yDoc = new Doc();
  const chat = createChat(yDoc);
  /** By epoch: devices that did not see each other may have begun the same one. */
  const keys = new Map<number, DocKey[]>();
  /** Also those in front of whose counter something is missing: a log that begins with a snapshot still has them. */
  const rekeys = new Set<ParsedEnvelope>();
  const chains = new Map<AuthorId, Chain>();
  const lanes = new Map<AuthorId, KnownLane>();
  const acceptedRuns = new Set<RunId>();
  const waiters = new Set<{ readonly seq: number; resolve(): void; reject(error: Error): void }>();
  /** REKEYs ahead of their chain: there is one for each answer, in front of the snapshot that stands for what was between them. */
  let early: ParsedEnvelope[] = [];
  /** In the order of the log: not yet in their chain, and in it but not yet opened. */
  let unplaced: ParsedEnvelope[] = [];
  let unopened: ParsedEnvelope[] = [];
  let tips: Tips = createTips([]);
  let cursor = 0;
  let isCaughtUp = false;
  /** A snapshot is being inflated: what comes meanwhile is opened after it. */
  let isInflating = false;
  let isClosed = false;

  const subscription = connection.subscribe(doc, {
    cursor: () => cursor,
    onEntries: (entries, head, more) => {
      takeEntries(entries);
      cursor = Math.max(cursor, more ? 0 : head);
      // Only a log read to its end has its keys: the newest may come last.
      isCaughtUp ||= !more;
      if (isCaughtUp) openAll();
    },
  });

  function takeEntries(entries: readonly LogEntry[]): void {
    const page = entries.map(({ seq, envelope }) => ({ seq, parsed: orNull(() => parseEnvelope(envelope.slice())) }));
    tips = createTips(page.flatMap(({ parsed }) => parsed ?? []));
    for (const { seq, parsed } of page) {
      cursor = Math.max(cursor, seq);
      if (parsed !== null && parsed.doc === doc && unplaced.length < parkedEnvelopesMax) unplaced.push(parsed);
      placeAll();
    }
    // Once a page: a snapshot in it may have brought their chains up to them, or past them.
    unplaced = [...early, ...unplaced];
    early = [];
    placeAll();
  }

  /** What still waits for one before it is tried again with each that comes. */
  function placeAll(): void {
    for (let isMoved = true; isMoved;) {
      const waiting = unplaced;
      unplaced = waiting.filter((parsed) => place(parsed) === "waits");
      isMoved = unplaced.length > 0 && unplaced.length < waiting.length;
    }
  }

  /** ROSTER → SIGNATURE → CHAIN. */
  function place(parsed: ParsedEnvelope): "done" | "waits" {
    const hash = tips.hashOf(parsed);
    const where = orNull(() => placeOf(chains.get(parsed.author), parsed, hash));
    if (where === null || where === "repeated" || where === "fork") return "done";
    if (parsed.rosterSeq > roster().seq) return "waits";
    const isAhead = where === "ahead";
    if (isAhead && parsed.kind !== "snapshot" && parsed.kind !== "rekey") return "waits";
    const key = writerKey(parsed);
    if (key === null || !tips.isSigned(parsed, key)) return "done";
    if (isAhead && parsed.kind === "rekey") {
      rekeys.add(parsed);
      if (early.length < rekeysAheadMax) early.push(parsed);
      return "done";
    }
    const isNeeded = parsed.kind !== "snapshot" || adopt(parsed);
    chains.set(parsed.author, extendChain(chains.get(parsed.author), parsed.counter, hash));
    if (isNeeded) unopened.push(parsed);
    if (parsed.kind === "rekey") rekeys.add(parsed);
    if (parsed.kind === "grantEnd" && roster().members.has(parsed.author)) endGrant(parsed);
    return "done";
  }

  /** Chains go on from what a snapshot covers. `false`: all of that has been read. */
  function adopt(parsed: ParsedEnvelope): boolean {
    const clear = orNull(() => parseSnapshotClear(parsed));
    let isNeeded = false;
    for (const { author, counter, hash } of clear?.coverage ?? []) {
      if ((chains.get(author)?.counter ?? 0) >= counter) continue;
      chains.set(author, { counter, hashes: [bytesToHex(hash)] });
      isNeeded = true;
    }
    return isNeeded;
  }

  function writerKey(parsed: ParsedEnvelope): Uint8Array | null {
    const member = roster().members.get(parsed.author);
    if (member !== undefined) {
      const wasActive = member.removedSeq === null || parsed.rosterSeq < member.removedSeq;
      return member.role === "device" && wasActive ? member.signKey : null;
    }
    const lane = lanes.get(parsed.author) ?? (parsed.kind === "accept" ? takeLane(parsed) : null);
    return lane?.key ?? null;
  }

  function takeLane(parsed: ParsedEnvelope): KnownLane | null {
    const accept = orNull(() => parseAccept(parsed.clear));
    const host = accept === null ? undefined : roster().members.get(accept.host);
    if (accept === null || host?.role !== "host" || accept.lane !== parsed.author) return null;
    if (!verifyAccept(accept, doc, host.signKey) || acceptedRuns.has(accept.run)) return null;
    const clientId = laneClientId(accept.run, accept.lane);
    const lane = {
      key: accept.laneKey.slice(),
      scope: createScope({ run: accept.run, clientId, bytesMax: runBytesMax }),
    };
    lanes.set(accept.lane, lane);
    acceptedRuns.add(accept.run);
    return lane;
  }

  function endGrant(parsed: ParsedEnvelope): void {
    const run = orNull(() => parseGrantEndClear(parsed.clear));
    if (run !== null) onGrantEnd?.(run);
  }

  function openAll(): void {
    if (isInflating || isClosed) return;
    findOlderKeys();
    const snapshots: Uint8Array[] = [];
    unopened = unopened.filter((parsed) => {
      const body = parsed.kind === "snapshot" ? openWithAny(parsed) : null;
      if (body !== null) snapshots.push(body);
      return body === null;
    });
    if (snapshots.length > 0) {
      isInflating = true;
      void Promise.all(snapshots.map(inflate)).then((contents) => {
        isInflating = false;
        if (isClosed) return;
        for (const content of contents) if (content !== null) takeSnapshot(content);
        openAll();
      });
      return;
    }
    const waiting = unopened;
    unopened = [];
    yDoc.transact(() => {
      for (const parsed of waiting) if (!open(parsed)) unopened.push(parsed);
    });
    for (const waiter of waiters) {
      if (cursor < waiter.seq) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** `null`: it is not what it says. The devices raise the alarm; the answer goes on with the rest. */
  async function inflate(body: Uint8Array): Promise<SnapshotContent | null> {
    const made = new Doc();
    try {
      const content = await unpackSnapshot(body);
      applyUpdate(made, content.update);
      return isEqualBytes(digestOf(made), content.digest) ? content : null;
    } catch {
      // reason: as above.
      return null;
    } finally {
      made.destroy();
    }
  }

  function takeSnapshot({ lanes: closed, update }: SnapshotContent): void {
    for (const { run } of closed.values()) acceptedRuns.add(run);
    applyUpdate(yDoc, update);
  }

  /** From the newest epoch down, by the keys that each REKEY carries of those before. */
  function findOlderKeys(): void {
    for (const rekey of [...rekeys].toSorted((a, b) => b.epoch - a.epoch)) {
      for (const key of keys.get(rekey.epoch) ?? []) {
        const isItsKey = orNull(() => checkRekeyCommitment(rekey, key)) === true;
        const older = isItsKey ? orNull(() => openRekeyKeys(rekey, key)) : null;
        for (const { epoch, docKey } of older ?? []) addKey(epoch, docKey);
      }
    }
  }

  function addKey(epoch: number, docKey: DocKey): void {
    const there = keys.get(epoch) ?? [];
    if (!there.some((key) => isEqualBytes(key, docKey))) keys.set(epoch, [...there, docKey]);
  }

  /** `null`: none of the keys of its epoch that are known (yet) opens it. */
  function openWithAny(parsed: ParsedEnvelope): Uint8Array | null {
    for (const key of keys.get(parsed.epoch) ?? []) {
      const body = orNull(() => openEnvelope(parsed, key));
      if (body !== null) return body;
    }
    return null;
  }

  /** `false`: its key is not known (yet). */
  function open(parsed: ParsedEnvelope): boolean {
    if (parsed.kind !== "update" && parsed.kind !== "final" && parsed.kind !== "snapshot") return true;
    const body = openWithAny(parsed);
    // Another key of its epoch may still be lent.
    if (body === null) return false;
    if (body.length > bodyBytesMax) return true;
    const scope = lanes.get(parsed.author)?.scope;
    const violation = parsed.kind === "final" ? scope?.checkFinal(body) : scope?.check(body);
    if (scope !== undefined && violation !== null) return true;
    try {
      applyUpdate(yDoc, body);
    } catch {
      // reason: a member wrote what is no update; devices say so in their status, the answer goes on with the rest.
    }
    return true;
  }

  return {
    chat,
    acceptedRuns,
    readUntil: (seq) =>
      new Promise((resolve, reject) => {
        if (isCaughtUp && !isInflating && cursor >= seq) resolve();
        else waiters.add({ seq, resolve, reject });
      }),
    lend: (epoch, docKey) => {
      addKey(epoch, docKey.slice());
      if (isCaughtUp) openAll();
    },
    rosterGrew: () => {
      placeAll();
      if (isCaughtUp) openAll();
    },
    close: () => {
      isClosed = true;
      subscription.leave();
      for (const waiter of waiters) waiter.reject(new Error("The reader was closed."));
      waiters.clear();
      // JavaScript may have made copies that nobody can reach; this clears the ones we know.
      for (const key of [...keys.values()].flat()) key.fill(0);
      keys.clear();
      yDoc.destroy();
    },
  };
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
