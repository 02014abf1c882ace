/**
 * Records that can be made again from their numbers alone, one doc an author: nothing about them needs to be remembered
 * over a kill.
 */
import { createHash } from "node:crypto";
import { authorIdFromBytes, docIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import type { LogRecord } from "#sync/log.ts";

export function testRecord(author: number, counter: number): LogRecord {
  return {
    vault: vaultIdFromBytes(bytesOf("vault", 32)),
    doc: docIdFromBytes(bytesOf(`doc ${author}`, 16)),
    author: authorIdFromBytes(bytesOf(`author ${author}`, 16)),
    counter,
    prev: counter === 1 ? new Uint8Array(32) : hashOf(author, counter - 1),
    hash: hashOf(author, counter),
    envelope: bytesOf(`envelope ${author} ${counter}`, 32),
    accepts: null,
    replacesOwn: false,
  };
}

function hashOf(author: number, counter: number): Uint8Array {
  return bytesOf(`hash ${author} ${counter}`, 32);
}

function bytesOf(text: string, length: number): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(text).digest().subarray(0, length));
}
