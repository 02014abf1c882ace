/**
 * Names for things, as lower-case hex so that they work as map keys. They are public: an id gives no access to anything.
 * `…FromBytes` and `parse…` are the only makers.
 */
import { bytesToHex, hexToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";

/** 32 bytes: the hash of a roster's genesis entry. Names a vault. */
export type VaultId = string & { readonly brand: "VaultId" };
/** 16 random bytes: names a doc, and says nothing about it. */
export type DocId = string & { readonly brand: "DocId" };
/** 16 bytes, a hash of a public key: names a device, a host, or one run's lane. */
export type AuthorId = string & { readonly brand: "AuthorId" };
/** 16 random bytes, chosen by the device that asks: names one request and its answer. */
export type RunId = string & { readonly brand: "RunId" };
/** 16 random bytes: names one life of an agent process. */
export type BootId = string & { readonly brand: "BootId" };

export const ID_BYTES = 16;
export const HASH_BYTES = 32;

export const docIdFromBytes = (bytes: Uint8Array): DocId => toId(bytes, ID_BYTES) as DocId;
export const authorIdFromBytes = (bytes: Uint8Array): AuthorId => toId(bytes, ID_BYTES) as AuthorId;
export const runIdFromBytes = (bytes: Uint8Array): RunId => toId(bytes, ID_BYTES) as RunId;
export const bootIdFromBytes = (bytes: Uint8Array): BootId => toId(bytes, ID_BYTES) as BootId;
export const vaultIdFromBytes = (bytes: Uint8Array): VaultId => toId(bytes, HASH_BYTES) as VaultId;

export const parseDocId = (text: string): DocId | null => parseId(text, ID_BYTES) as DocId | null;
export const parseRunId = (text: string): RunId | null => parseId(text, ID_BYTES) as RunId | null;
export const parseAuthorId = (text: string): AuthorId | null => parseId(text, ID_BYTES) as AuthorId | null;

/** "tempchat": with this an id begins that names a temporary doc. Of other ids, which are random, one in 2^64 does. */
const TEMPORARY_MARK = "74656d7063686174";
const TEMPORARY_RANDOM_BYTES = ID_BYTES - TEMPORARY_MARK.length / 2;

/** A doc that is on no disk (sync/PROTOCOL.md, TM rules): every relay and device sees by the id alone that it is one. */
export const isTemporaryDoc = (doc: DocId): boolean => doc.startsWith(TEMPORARY_MARK);

export const createTemporaryDocId = (random: (bytes: number) => Uint8Array): DocId =>
  (TEMPORARY_MARK + bytesToHex(random(TEMPORARY_RANDOM_BYTES))) as DocId;

export function idToBytes(id: DocId | AuthorId | RunId | BootId | VaultId): Uint8Array {
  const bytes = hexToBytes(id);
  if (bytes === null) throw new CryptoError("malformed", "id is not hex");
  return bytes;
}

function toId(bytes: Uint8Array, length: number): string {
  if (bytes.length !== length) throw new CryptoError("malformed", `id of ${bytes.length} bytes`);
  return bytesToHex(bytes);
}

function parseId(text: string, length: number): string | null {
  return text.length === length * 2 && hexToBytes(text) !== null ? text : null;
}
