/**
 * A room's state as the journal keeps it, sealed for this device alone (crypto/localSeal.ts):
 *
 *   base    version 3 ‖ cursor 8 ‖ acked 8 ‖ writing key [2: epoch 4, key 32] ‖ chains [4: author 16, counter 8, hashes [1: 32]]
 *           ‖ lanes [4: author 16, run 16, key 32, host 16, boot 16, state 1] ‖ snapshots ‖ the doc as one Yjs update (4-byte length)
 *           ‖ keys and grants (4-byte length, below) ‖ roster seq 4 ‖ receipts [2: device 16, counter 8] ‖ mark 0, or 1 ‖ seq 8 ‖ hash 16
 *           snapshots: logged 8 ‖ envelopes since 4 ‖ bytes since 8 ‖ newest 0, or 1 ‖ seq 8 ‖ hash 32 ‖ digest 32 ‖ author 16 ‖ confirmed 1
 *                      ‖ unlogged [2: author 16, counter 8]
 *   place   version 3 ‖ cursor 8 ‖ acked 8 ‖ roster seq 4 ‖ receipts [2] ‖ mark ‖ logged 8      written more often; the larger of the two counts
 *   keys    [2: epoch 4, generation 4, REKEY's hash 32, key 32, carried 1] ‖ lent epoch 4 ‖ grants [2: run 16, epoch 4, not after 8]
 *           ‖ ends [2: author 16, counter 8, hash 32], left out when there are none
 *
 * Version 2 had no snapshots in its base, and no marks. Version 1 neither: it ended a base at the update, and a place at `acked`; docs then had
 * one epoch, of generation 1.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter, type Reader, type Writer } from "#crypto/codec.ts";
import type { DocKey } from "#crypto/docKeys.ts";
import { CryptoError } from "#crypto/errors.ts";
import {
  authorIdFromBytes,
  bootIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
} from "#crypto/ids.ts";
import type { Chain } from "./chain.ts";
import type { LogMark } from "./frame.ts";
import { journalBaseBytesMax } from "./limits.ts";
import { createOutbox } from "./outbox.ts";
import { NO_REKEY_HASH, writingKey } from "./rekey.ts";
import { noCompaction, type CompactionState } from "./roomSnapshot.ts";
import { createRoomState, durableCursor, type Lane, type RoomBeginning, type RoomState } from "./roomState.ts";

const VERSION = 3;
const NO_SNAPSHOTS_VERSION = 2;
const FIRST_VERSION = 1;
const FIRST_GENERATION = 1;
const KEY_BYTES = 32;
const NO_HASH = new Uint8Array(HASH_BYTES);
const LANE_STATES: readonly Lane["state"][] = ["open", "final", "refused"];

export interface Place {
  readonly cursor: number;
  readonly acked: number;
  readonly readRosterSeq: number;
  readonly receipts: ReadonlyMap<AuthorId, number>;
  readonly mark: LogMark | null;
  readonly logged: number;
}

type Seen = Pick<Place, "readRosterSeq" | "receipts" | "mark">;

const NOTHING_SEEN: Seen = { readRosterSeq: 0, receipts: new Map(), mark: null };

export function placeInLog(state: RoomState): Place {
  const { readRosterSeq, receipts, mark, outbox, compaction } = state;
  const cursor = durableCursor(state);
  // RB3: what lies behind that place is not known to be there when it is read the next time.
  const logged = cursor === state.cursor ? compaction.logged : 0;
  return { cursor, acked: outbox.acked, readRosterSeq, receipts, mark, logged };
}

export function encodePlace(place: Place): Uint8Array {
  const writer = createWriter().u8(VERSION).u64(place.cursor).u64(place.acked);
  writeSeen(writer, place);
  return writer.u64(place.logged).finish();
}

export function decodePlace(bytes: Uint8Array): Place {
  const reader = createReader(bytes);
  const version = readVersion(reader);
  const known = { cursor: reader.u64(), acked: reader.u64() };
  const seen = version === FIRST_VERSION ? NOTHING_SEEN : readSeen(reader, version);
  const place = { ...known, ...seen, logged: version > NO_SNAPSHOTS_VERSION ? reader.u64() : 0 };
  reader.end();
  return place;
}

export function encodeBase(state: RoomState, update: Uint8Array): Uint8Array {
  const { cursor, acked, logged } = placeInLog(state);
  // All keys stand further on; an app of before looks for one here before it writes.
  const key = writingKey(state);
  const writer = createWriter().u8(VERSION).u64(cursor).u64(acked);
  writer.u16(key === null ? 0 : 1);
  if (key !== null) writer.u32(key.epoch).fixed(key.docKey);
  writer.u32(state.chains.size);
  for (const [author, chain] of state.chains) {
    // A device's hashes can still meet a repeat; of the many lanes, the last is enough to go on from.
    const hashes = state.lanes.has(author) ? chain.hashes.slice(-1) : chain.hashes;
    writer.fixed(idToBytes(author)).u64(chain.counter).u8(hashes.length);
    for (const hash of hashes) writer.fixed(hexToBytes(hash) ?? new Uint8Array(HASH_BYTES));
  }
  writer.u32(state.lanes.size);
  for (const [author, lane] of state.lanes) {
    writer.fixed(idToBytes(author)).fixed(idToBytes(lane.run)).fixed(lane.key).fixed(idToBytes(lane.host));
    writer.fixed(idToBytes(lane.boot)).u8(LANE_STATES.indexOf(lane.state));
  }
  writeCompaction(writer, { ...state.compaction, logged });
  writer.long(update).long(encodeKeys(state));
  writeSeen(writer, state);
  return writer.finish();
}

/** Throws `CryptoError("malformed")` or `("version")`. */
export function decodeBase(
  bytes: Uint8Array,
  beginning: RoomBeginning,
): { readonly state: RoomState; readonly update: Uint8Array } {
  const reader = createReader(bytes);
  const version = readVersion(reader);
  const cursor = reader.u64();
  const acked = reader.u64();
  const docKeys = new Map(readList(reader.u16(), () => [reader.u32(), reader.fixed(KEY_BYTES).slice()] as const));
  const chains = new Map<AuthorId, Chain>(
    readList(reader.u32(), () => {
      const author = authorIdFromBytes(reader.fixed(ID_BYTES));
      const counter = reader.u64();
      return [author, { counter, hashes: readList(reader.u8(), () => bytesToHex(reader.fixed(HASH_BYTES))) }] as const;
    }),
  );
  const lanes = new Map<AuthorId, Lane>(
    readList(reader.u32(), () => {
      const author = authorIdFromBytes(reader.fixed(ID_BYTES));
      const run = runIdFromBytes(reader.fixed(ID_BYTES));
      const key = reader.fixed(KEY_BYTES).slice();
      const host = authorIdFromBytes(reader.fixed(ID_BYTES));
      const boot = bootIdFromBytes(reader.fixed(ID_BYTES));
      const state = LANE_STATES[reader.u8()];
      if (state === undefined) throw new CryptoError("malformed", "lane state");
      return [author, { run, key, host, boot, state }] as const;
    }),
  );
  const compaction = version <= NO_SNAPSHOTS_VERSION ? noCompaction : readCompaction(reader);
  const update = reader.long(journalBaseBytesMax);
  const keys = version === FIRST_VERSION ? keysOfFirst(docKeys) : decodeKeys(reader.long(journalBaseBytesMax));
  const seen = version === FIRST_VERSION ? NOTHING_SEEN : readSeen(reader, version);
  reader.end();
  const outbox = createOutbox(chains.get(beginning.device)?.counter ?? 0, acked);
  const state = { ...createRoomState(beginning), cursor, chains, lanes, outbox, compaction, ...keys, ...seen };
  return { state, update };
}

function writeSeen(writer: Writer, { readRosterSeq, receipts, mark }: Seen): void {
  writer.u32(readRosterSeq).u16(receipts.size);
  for (const [device, counter] of receipts) writer.fixed(idToBytes(device)).u64(counter);
  writer.u8(mark === null ? 0 : 1);
  if (mark !== null) writer.u64(mark.seq).fixed(mark.hash);
}

function readSeen(reader: Reader, version: number): Seen {
  const readRosterSeq = reader.u32();
  const receipts = readList(reader.u16(), () => [authorIdFromBytes(reader.fixed(ID_BYTES)), reader.u64()] as const);
  const hasMark = version > NO_SNAPSHOTS_VERSION && reader.u8() === 1;
  const mark = hasMark ? { seq: reader.u64(), hash: reader.fixed(ID_BYTES).slice() } : null;
  return { readRosterSeq, receipts: new Map(receipts), mark };
}

type Keys = Pick<RoomState, "epochKeys" | "lentEpoch" | "openGrants" | "ends">;

function encodeKeys({ epochKeys, lentEpoch, openGrants, ends }: Keys): Uint8Array {
  const writer = createWriter().u16(epochKeys.length);
  for (const { epoch, generation, hash, docKey, isCarried } of epochKeys) {
    writer
      .u32(epoch)
      .u32(generation)
      .fixed(hexToBytes(hash) ?? new Uint8Array(HASH_BYTES));
    writer.fixed(docKey).u8(isCarried ? 1 : 0);
  }
  writer.u32(lentEpoch).u16(openGrants.size);
  for (const [run, { epoch, notAfter }] of openGrants) writer.fixed(idToBytes(run)).u32(epoch).u64(notAfter);
  if (ends.size > 0) writer.u16(ends.size);
  for (const { author, counter, hash } of ends.values()) writer.fixed(idToBytes(author)).u64(counter).fixed(hash);
  return writer.finish();
}

function decodeKeys(bytes: Uint8Array): Keys {
  const reader = createReader(bytes);
  const epochKeys = readList(reader.u16(), () => ({
    epoch: reader.u32(),
    generation: reader.u32(),
    hash: bytesToHex(reader.fixed(HASH_BYTES)),
    docKey: reader.fixed(KEY_BYTES).slice(),
    isCarried: reader.u8() === 1,
  }));
  const lentEpoch = reader.u32();
  const openGrants = new Map(
    readList(reader.u16(), () => {
      const run = runIdFromBytes(reader.fixed(ID_BYTES));
      return [run, { epoch: reader.u32(), notAfter: reader.u64() }] as const;
    }),
  );
  const ends = readList(reader.left === 0 ? 0 : reader.u16(), () => ({
    author: authorIdFromBytes(reader.fixed(ID_BYTES)),
    counter: reader.u64(),
    hash: reader.fixed(HASH_BYTES).slice(),
  }));
  reader.end();
  return { epochKeys, lentEpoch, openGrants, ends: new Map(ends.map((end) => [end.author, end])) };
}

function readVersion(reader: Reader): number {
  const version = reader.u8();
  if (version < FIRST_VERSION || version > VERSION) throw new CryptoError("version", "journal base");
  return version;
}

/** Nobody had written down when a lent key came back: it is taken for one that did. */
function keysOfFirst(docKeys: ReadonlyMap<number, DocKey>): Keys {
  const epochKeys = [...docKeys].map(([epoch, docKey]) => ({
    ...{ epoch, docKey, generation: FIRST_GENERATION },
    ...{ hash: NO_REKEY_HASH, isCarried: false },
  }));
  return { epochKeys, lentEpoch: Math.max(0, ...docKeys.keys()), openGrants: new Map(), ends: new Map() };
}

function writeCompaction(writer: Writer, compaction: CompactionState): void {
  const { logged, envelopes, bytes, newest, unlogged } = compaction;
  writer
    .u64(logged)
    .u32(envelopes)
    .u64(bytes)
    .u8(newest === null ? 0 : 1);
  if (newest !== null) {
    writer
      .u64(newest.seq)
      .fixed(hexToBytes(newest.hash) ?? NO_HASH)
      .fixed(hexToBytes(newest.digest) ?? NO_HASH);
    writer.fixed(idToBytes(newest.author)).u8(newest.isConfirmed ? 1 : 0);
  }
  writer.u16(unlogged.size);
  for (const [author, counter] of unlogged) writer.fixed(idToBytes(author)).u64(counter);
}

function readCompaction(reader: Reader): CompactionState {
  const counts = { logged: reader.u64(), envelopes: reader.u32(), bytes: reader.u64() };
  const hasNewest = reader.u8() === 1;
  const newest = hasNewest
    ? {
        seq: reader.u64(),
        hash: bytesToHex(reader.fixed(HASH_BYTES)),
        digest: bytesToHex(reader.fixed(HASH_BYTES)),
        author: authorIdFromBytes(reader.fixed(ID_BYTES)),
        isConfirmed: reader.u8() === 1,
      }
    : null;
  const unlogged = readList(reader.u16(), () => [authorIdFromBytes(reader.fixed(ID_BYTES)), reader.u64()] as const);
  return { ...noCompaction, ...counts, newest, unlogged: new Map(unlogged) };
}

function readList<T>(length: number, readItem: () => T): T[] {
  const items: T[] = [];
  for (let index = 0; index < length; index++) items.push(readItem());
  return items;
}
