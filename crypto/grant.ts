/**
 * A grant lends one chat's key to one life of one host's agent, for one run. It travels in a GRANT envelope: the clear part
 * (grantHeader.ts) holds the box, the ciphertext holds the request.
 *
 * A waiting grant (grantHeader.ts) has the same form.
 *
 *   box content   version 1 ‖ run 16 ‖ host 16 ‖ boot 16 ‖ doc 16 ‖ epoch 4 ‖ doc key 32 ‖ not after 8 ‖ max bytes 8
 *   request       version 1 ‖ run 16 ‖ model (u16 length, UTF-8) ‖ parent message (u16 length, UTF-8) ‖ max bytes 8
 *
 * A box says nothing about who made it: the envelope around it is signed by a device, and the box repeats what the clear part
 * says, so that neither can be put around the other.
 */
import { createReader, createWriter } from "./codec.ts";
import type { BoxKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { grantClear, parseGrantClear } from "./grantHeader.ts";
import {
  authorIdFromBytes,
  bootIdFromBytes,
  docIdFromBytes,
  ID_BYTES,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
  type BootId,
  type DocId,
  type RunId,
} from "./ids.ts";
import { modelNameBytesMax } from "./limits.ts";
import { boxOpen, boxSeal, KEY_BYTES } from "./sodium.ts";

export interface Grant {
  readonly run: RunId;
  readonly doc: DocId;
  readonly epoch: number;
  readonly docKey: Uint8Array;
  /** ms since 1970. */
  readonly notAfter: number;
  /** What the run may write, text and reasoning together. */
  readonly maxBytes: number;
}

export interface Request {
  readonly run: RunId;
  readonly model: string;
  /** Message id of the question. */
  readonly parent: string;
  readonly maxBytes: number;
}

const VERSION = 1;
const messageIdBytesMax = 64;

/** The clear part of a GRANT envelope. A waiting one names `WAITING_BOOT` and is sealed to the host's own box key. */
export function sealGrant(to: {
  readonly grant: Grant;
  readonly host: AuthorId;
  readonly boot: BootId;
  readonly bootBoxKey: Uint8Array;
}): Uint8Array {
  const { grant, host, boot, bootBoxKey } = to;
  if (grant.docKey.length !== KEY_BYTES) throw new CryptoError("key", "doc key");
  const content = createWriter()
    .u8(VERSION)
    .fixed(idToBytes(grant.run))
    .fixed(idToBytes(host))
    .fixed(idToBytes(boot))
    .fixed(idToBytes(grant.doc))
    .u32(grant.epoch)
    .fixed(grant.docKey)
    .u64(grant.notAfter)
    .u64(grant.maxBytes)
    .finish();
  return grantClear({ run: grant.run, host, boot, notAfter: grant.notAfter, box: boxSeal(content, bootBoxKey) });
}

/**
 * `null` when it is not for this key (another host, or a boot that is over). Throws `CryptoError` when it is, but is not
 * what the clear part says. The caller has verified the envelope, and compares `doc` and `epoch` with it.
 */
export function openGrant(clearPart: Uint8Array, bootBox: BoxKey): Grant | null {
  const clear = parseGrantClear(clearPart);
  const content = boxOpen(clear.box, bootBox);
  if (content === null) return null;
  const reader = createReader(content);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "grant");
  const run = runIdFromBytes(reader.fixed(ID_BYTES));
  const host = authorIdFromBytes(reader.fixed(ID_BYTES));
  const boot = bootIdFromBytes(reader.fixed(ID_BYTES));
  const grant: Grant = {
    run,
    doc: docIdFromBytes(reader.fixed(ID_BYTES)),
    epoch: reader.u32(),
    docKey: reader.fixed(KEY_BYTES).slice(),
    notAfter: reader.u64(),
    maxBytes: reader.u64(),
  };
  reader.end();
  if (run !== clear.run || host !== clear.host || boot !== clear.boot || grant.notAfter !== clear.notAfter) {
    throw new CryptoError("malformed", "grant and its clear part disagree");
  }
  return grant;
}

/** The body of a GRANT envelope. */
export function encodeRequest(request: Request): Uint8Array {
  return createWriter()
    .u8(VERSION)
    .fixed(idToBytes(request.run))
    .text(request.model)
    .text(request.parent)
    .u64(request.maxBytes)
    .finish();
}

export function decodeRequest(bytes: Uint8Array): Request {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "request");
  const request = {
    run: runIdFromBytes(reader.fixed(ID_BYTES)),
    model: reader.text(modelNameBytesMax),
    parent: reader.text(messageIdBytesMax),
    maxBytes: reader.u64(),
  };
  reader.end();
  return request;
}
