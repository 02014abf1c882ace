/** What frames are made of: how each sort of field is written and read. Throws `CryptoError("malformed")`. */
import type { Reader, Writer } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import {
  authorIdFromBytes,
  docIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  vaultIdFromBytes,
  type AuthorId,
  type DocId,
  type VaultId,
} from "#crypto/ids.ts";
import type { LogMark } from "./frame.ts";
import { destroyDocsMax, directAuthorsMax, mailboxesOpenedMax } from "./limits.ts";

const NO_VAULT = new Uint8Array(HASH_BYTES);

/** Of a lane's id, in a LIVE frame. */
export const LIVE_TAG_BYTES = 4;

export function writeVault(writer: Writer, vault: VaultId | null): void {
  writer.fixed(vault === null ? NO_VAULT : idToBytes(vault));
}

export function readVault(reader: Reader): VaultId | null {
  const bytes = reader.fixed(HASH_BYTES);
  return bytes.every((byte) => byte === 0) ? null : vaultIdFromBytes(bytes);
}

export function writeMailboxes(writer: Writer, mailboxes: readonly Uint8Array[]): void {
  writer.u8(mailboxes.length);
  for (const mailbox of mailboxes) writer.fixed(mailbox);
}

export function readMailboxes(reader: Reader): Uint8Array[] {
  const count = reader.u8();
  if (count > mailboxesOpenedMax) throw new CryptoError("malformed", `${count} mailboxes`);
  return readList(count, () => reader.fixed(ID_BYTES));
}

export function readHeld(reader: Reader): (readonly [AuthorId, number])[] {
  const count = reader.u16();
  if (count > directAuthorsMax) throw new CryptoError("malformed", `${count} chains`);
  return readList(count, () => [authorIdFromBytes(reader.fixed(ID_BYTES)), reader.u64()] as const);
}

export function readDoc(reader: Reader): DocId {
  return docIdFromBytes(reader.fixed(ID_BYTES));
}

export function writeDocs(writer: Writer, docs: readonly DocId[]): void {
  writer.u16(docs.length);
  for (const doc of docs) writer.fixed(idToBytes(doc));
}

export function readDocs(reader: Reader): readonly DocId[] {
  const count = reader.u16();
  if (count > destroyDocsMax) throw new CryptoError("malformed", `${count} docs`);
  return readList(count, () => readDoc(reader));
}

export function writeMark(writer: Writer, mark: LogMark | null): void {
  writer.u8(mark === null ? 0 : 1);
  if (mark !== null) writer.u64(mark.seq).fixed(mark.hash);
}

export function readMark(reader: Reader): LogMark | null {
  return readFlag(reader) ? { seq: reader.u64(), hash: reader.fixed(ID_BYTES) } : null;
}

export function readFlag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new CryptoError("malformed", "flag");
  return value === 1;
}

export function readOneOf<T>(reader: Reader, values: readonly T[]): T {
  const value = values[reader.u8()];
  if (value === undefined) throw new CryptoError("malformed", "value outside its list");
  return value;
}

export function readList<T>(length: number, readItem: () => T): T[] {
  const items: T[] = [];
  for (let index = 0; index < length; index++) items.push(readItem());
  return items;
}

export function writeOptional(writer: Writer, bytes: Uint8Array | null): void {
  writer.u8(bytes === null ? 0 : 1);
  if (bytes !== null) writer.fixed(bytes);
}

export function readOptional(reader: Reader, length: number): Uint8Array | null {
  return readFlag(reader) ? reader.fixed(length) : null;
}
