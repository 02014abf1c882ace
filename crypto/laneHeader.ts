/**
 * What everybody reads of a lane, the key with which a host writes one run's answer and nothing else. The clear part of the
 * run's ACCEPT envelope certifies it:
 *
 *    0  16  run
 *   16  32  lane key      names the lane: author of the ACCEPT and of all that follows
 *   48  16  host
 *   64  16  boot
 *   80  64  signature     host's, over "sovereign/lane/v1" ‖ run ‖ doc ‖ lane key ‖ boot
 *
 * The clear part of its FINAL: first counter 8 ‖ last counter 8, of its own envelopes that the FINAL replaces.
 */
import { createReader, createWriter } from "./codec.ts";
import { authorIdOf } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash256 } from "./hash.ts";
import {
  authorIdFromBytes,
  bootIdFromBytes,
  ID_BYTES,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
  type BootId,
  type DocId,
  type RunId,
} from "./ids.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export const LANE_LABEL = "sovereign/lane/v1";

export interface Accept {
  readonly run: RunId;
  readonly laneKey: Uint8Array;
  readonly lane: AuthorId;
  readonly host: AuthorId;
  readonly boot: BootId;
  readonly signature: Uint8Array;
}

export function encodeAccept(accept: Omit<Accept, "lane">): Uint8Array {
  return createWriter()
    .fixed(idToBytes(accept.run))
    .fixed(accept.laneKey)
    .fixed(idToBytes(accept.host))
    .fixed(idToBytes(accept.boot))
    .fixed(accept.signature)
    .finish();
}

export function parseAccept(clear: Uint8Array): Accept {
  const reader = createReader(clear);
  const run = runIdFromBytes(reader.fixed(ID_BYTES));
  const laneKey = reader.fixed(KEY_BYTES);
  const host = authorIdFromBytes(reader.fixed(ID_BYTES));
  const boot = bootIdFromBytes(reader.fixed(ID_BYTES));
  const signature = reader.fixed(SIGNATURE_BYTES);
  reader.end();
  return { run, laneKey, lane: authorIdOf(laneKey), host, boot, signature };
}

/** `doc` is the envelope's; the key is the roster's for `accept.host`. The caller also checks that the author is the lane. */
export function verifyAccept(accept: Accept, doc: DocId, hostSignKey: Uint8Array): boolean {
  if (hostSignKey.length !== KEY_BYTES || authorIdOf(hostSignKey) !== accept.host) return false;
  const message = laneMessage(accept.run, doc, accept.laneKey, accept.boot);
  return verifySignature(LANE_LABEL, message, accept.signature, hostSignKey);
}

/** Fixed before the first token, so that a receiver knows which Yjs client may write in the run's place. 32 bits. */
export function laneClientId(run: RunId, lane: AuthorId): number {
  return createReader(hash256("sovereign/lane-client/v1", idToBytes(run), idToBytes(lane))).u32();
}

export function finalClear(first: number, last: number): Uint8Array {
  checkRange(first, last);
  return createWriter().u64(first).u64(last).finish();
}

export function parseFinalClear(clear: Uint8Array): { readonly first: number; readonly last: number } {
  const reader = createReader(clear);
  const range = { first: reader.u64(), last: reader.u64() };
  reader.end();
  checkRange(range.first, range.last);
  return range;
}

/** The ACCEPT, counter 1, is never replaced; an empty range (last = first - 1) is a run that streamed nothing. */
function checkRange(first: number, last: number): void {
  if (first < 2 || last < first - 1) throw new CryptoError("malformed", `final replaces ${first} to ${last}`);
}

/** What the host signs. */
export function laneMessage(run: RunId, doc: DocId, laneKey: Uint8Array, boot: BootId): Uint8Array {
  return createWriter().fixed(idToBytes(run)).fixed(idToBytes(doc)).fixed(laneKey).fixed(idToBytes(boot)).finish();
}
