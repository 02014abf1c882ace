/**
 * What a SNAPSHOT carries inside: the doc as one Yjs update, the lanes that are over, and a digest of what the update makes, and which
 * keys agents hold. Body:
 *
 *    0   1  version = 1
 *    1  32  digest
 *   33   …  deflated: lanes [4: lane 16, run 16, host 16, boot 16, state 1] ‖ Yjs V1 update (4-byte length)
 *           ‖ lent epoch 4 ‖ open grants [4: run 16, epoch 4, not after 8]
 *
 * The digest is of the document, not of its encoding, which differs between two replicas of the same: which operations are known,
 * which of them are deleted, and what is there to read.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { concatBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { hash256 } from "#crypto/hash.ts";
import {
  authorIdFromBytes,
  bootIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
  type RunId,
} from "#crypto/ids.ts";
import { snapshotStateBytesMax } from "./limits.ts";
import type { GrantState, OpenGrant } from "./rekey.ts";
import type { Lane } from "./roomState.ts";

export interface SnapshotContent {
  readonly digest: Uint8Array;
  /** Those that write no more: nothing of them is heard again. */
  readonly lanes: ReadonlyMap<AuthorId, Lane>;
  readonly update: Uint8Array;
  /** Which keys are out, or were: the GRANTs and GRANT_ENDs are covered like all else. Absent: none ever. */
  readonly grants?: GrantState;
}

const NO_GRANTS: GrantState = { openGrants: new Map(), lentEpoch: 0 };
const VERSION = 1;
const CLOSED_STATES: readonly Lane["state"][] = ["final", "refused"];
/** Nobody signs with the key of a lane that is over. */
const NO_KEY = new Uint8Array(32);

export async function packSnapshot({
  digest,
  lanes,
  update,
  grants = NO_GRANTS,
}: SnapshotContent): Promise<Uint8Array> {
  const closed = [...lanes].filter(([, { state }]) => CLOSED_STATES.includes(state));
  const writer = createWriter().u32(closed.length);
  for (const [author, lane] of closed) {
    writer.fixed(idToBytes(author)).fixed(idToBytes(lane.run)).fixed(idToBytes(lane.host)).fixed(idToBytes(lane.boot));
    writer.u8(CLOSED_STATES.indexOf(lane.state));
  }
  writer.long(update).u32(grants.lentEpoch).u32(grants.openGrants.size);
  for (const [run, { epoch, notAfter }] of grants.openGrants) writer.fixed(idToBytes(run)).u32(epoch).u64(notAfter);
  const plain = writer.finish();
  const deflated = await pass(plain, new CompressionStream("deflate-raw"), Infinity);
  return concatBytes(Uint8Array.of(VERSION), digest, deflated);
}

/** What `packSnapshot` promised, before anything is inflated. Throws `CryptoError`. */
export function readDigest(body: Uint8Array): Uint8Array {
  const reader = createReader(body);
  const version = reader.u8();
  if (version !== VERSION) throw new CryptoError("version", `snapshot version ${version}`);
  return reader.fixed(HASH_BYTES);
}

/** Throws `CryptoError`. The update is only checked by what it makes: see `digestOf`. */
export async function unpackSnapshot(body: Uint8Array): Promise<SnapshotContent> {
  const digest = readDigest(body).slice();
  const deflated = body.slice(1 + HASH_BYTES);
  const reader = createReader(await pass(deflated, new DecompressionStream("deflate-raw"), snapshotStateBytesMax));
  const lanes = new Map<AuthorId, Lane>();
  for (let left = reader.u32(); left > 0; left--) {
    const author = authorIdFromBytes(reader.fixed(ID_BYTES));
    const run = runIdFromBytes(reader.fixed(ID_BYTES));
    const host = authorIdFromBytes(reader.fixed(ID_BYTES));
    const boot = bootIdFromBytes(reader.fixed(ID_BYTES));
    const state = CLOSED_STATES[reader.u8()];
    if (state === undefined) throw new CryptoError("malformed", "lane state");
    lanes.set(author, { run, key: NO_KEY, host, boot, state });
  }
  const update = reader.long(snapshotStateBytesMax);
  const lentEpoch = reader.u32();
  const openGrants = new Map<RunId, OpenGrant>();
  for (let left = reader.u32(); left > 0; left--) {
    const run = runIdFromBytes(reader.fixed(ID_BYTES));
    openGrants.set(run, { epoch: reader.u32(), notAfter: reader.u64() });
  }
  reader.end();
  return { digest, lanes, update, grants: { openGrants, lentEpoch } };
}

async function pass(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
  bytesMax: number,
): Promise<Uint8Array> {
  const reader = through.readable.getReader();
  const writer = through.writable.getWriter();
  // What goes wrong here shows at the reader, too.
  writer.write(bytes.slice()).catch(() => {});
  writer.close().catch(() => {});
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.length;
      // A few bytes can inflate to any number: the stream is left as soon as it is too long.
      if (length > bytesMax) throw new CryptoError("malformed", "inflates to more than a snapshot holds");
      parts.push(read.value);
    }
  } catch (cause) {
    void reader.cancel().catch(() => {});
    throw cause instanceof CryptoError ? cause : new CryptoError("malformed", "does not inflate", { cause });
  }
  return concatBytes(...parts);
}

/** Lanes that are not compared, by the clientID and the run that each has for itself. */
export interface LeftOut {
  readonly clients: ReadonlySet<number>;
  readonly runs: ReadonlySet<string>;
}

const NOBODY: LeftOut = { clients: new Set(), runs: new Set() };

/** The same for every replica of the same operations, however they arrived. */
export function digestOf(doc: Y.Doc, { clients, runs }: LeftOut = NOBODY): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const [client, clock] of sorted(Y.decodeStateVector(Y.encodeStateVector(doc)))) {
    if (clients.has(client)) continue;
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
  }
  encoding.writeVarString(encoder, "deleted");
  for (const [client, ranges] of sorted(Y.createDeleteSetFromStructStore(doc.store).clients)) {
    if (clients.has(client)) continue;
    encoding.writeVarUint(encoder, client);
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarUint(encoder, len);
    }
  }
  encoding.writeVarString(encoder, "roots");
  for (const [name, type] of sorted(doc.share)) {
    if (runs.has(name.slice(name.indexOf("/") + 1))) continue;
    const content = encoding.createEncoder();
    writeType(content, type);
    // A root that somebody only asked for is no part of the document.
    if (encoding.length(content) === EMPTY_TYPE_BYTES) continue;
    encoding.writeVarString(encoder, name);
    encoding.writeVarUint8Array(encoder, encoding.toUint8Array(content));
  }
  return hash256("sovereign/doc-digest/v1", encoding.toUint8Array(encoder));
}

const [TEXT, VALUE, BINARY, TYPE, FORMAT, OTHER, KEY, END] = [1, 2, 3, 4, 5, 6, 7, 8];
const EMPTY_TYPE_BYTES = 1;

function sorted<K extends string | number, V>(map: ReadonlyMap<K, V>): [K, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

type AnyType = Pick<Y.AbstractType<Y.YEvent<never>>, "_start" | "_map">;

/** Sequence, then keys. How its items are cut into pieces does not show. */
function writeType(encoder: encoding.Encoder, type: AnyType): void {
  let text = "";
  const endText = (): void => {
    if (text === "") return;
    encoding.writeUint8(encoder, TEXT);
    encoding.writeVarString(encoder, text);
    text = "";
  };
  for (let item = type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof Y.ContentString) text += item.content.str;
    else {
      endText();
      writeContent(encoder, item.content);
    }
  }
  endText();
  for (const [key, item] of sorted(type._map)) {
    if (item.deleted) continue;
    encoding.writeUint8(encoder, KEY);
    encoding.writeVarString(encoder, key);
    if (item.content instanceof Y.ContentString) encoding.writeVarString(encoder, item.content.str);
    else writeContent(encoder, item.content);
  }
  encoding.writeUint8(encoder, END);
}

function writeContent(encoder: encoding.Encoder, content: Y.Item["content"]): void {
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) {
    for (const value of content.arr) {
      encoding.writeUint8(encoder, VALUE);
      encoding.writeAny(encoder, value);
    }
  } else if (content instanceof Y.ContentType) {
    encoding.writeUint8(encoder, TYPE);
    writeType(encoder, content.type);
  } else if (content instanceof Y.ContentBinary) {
    encoding.writeUint8(encoder, BINARY);
    encoding.writeVarUint8Array(encoder, content.content);
  } else if (content instanceof Y.ContentFormat) {
    encoding.writeUint8(encoder, FORMAT);
    encoding.writeVarString(encoder, content.key);
    encoding.writeVarString(encoder, JSON.stringify(content.value));
  } else {
    encoding.writeUint8(encoder, OTHER);
    encoding.writeVarUint(encoder, content.getRef());
  }
}
