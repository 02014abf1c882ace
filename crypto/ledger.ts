/**
 * An entry of a host's ledger: what a tool was about to do, or came to. Each names the one before by its hash and is signed by the host that
 * acted; it is sealed to the owner's devices, and the host that wrote it can open it no more.
 *
 *   sealed   version 1 ‖ vault 32 ‖ n 8 ‖ prev 32 ‖ at 8 ‖ host 16 ‖ count 1 ‖ count × (device 16 ‖ box 80) ‖ nonce 24
 *            ‖ XChaCha20-Poly1305(entry key, padded text, data = "sovereign/ledger-text/v1" ‖ everything before) (u32 length)
 *   entry    sealed ‖ signature 64      host's, over "sovereign/ledger-entry/v1" ‖ sealed
 *   hash     BLAKE2b-256("sovereign/ledger-hash/v1" ‖ entry); n counts from 1, and the first one's prev is zeros
 */
import { bytesToUtf8, concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import { sign, type BoxKey, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash256 } from "./hash.ts";
import {
  authorIdFromBytes,
  HASH_BYTES,
  ID_BYTES,
  idToBytes,
  vaultIdFromBytes,
  type AuthorId,
  type VaultId,
} from "./ids.ts";
import { ledgerEntryBytesMax, membersMax } from "./limits.ts";
import { padBody, unpadBody } from "./padding.ts";
import type { Random } from "./random.ts";
import type { Recipient } from "./record.ts";
import { aeadOpen, aeadSeal, boxOpen, boxSeal, KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export interface LedgerHead {
  readonly vault: VaultId;
  readonly n: number;
  readonly prev: Uint8Array;
  /** ms since 1970, by the host's clock. */
  readonly at: number;
  readonly host: AuthorId;
}

const VERSION = 1;
const BOX_BYTES = 80;
const TEXT_LABEL = utf8ToBytes("sovereign/ledger-text/v1");

export const LEDGER_START: Uint8Array = new Uint8Array(HASH_BYTES);

export function sealLedgerEntry(options: {
  readonly head: Omit<LedgerHead, "host">;
  readonly text: string;
  readonly to: readonly Recipient[];
  readonly keys: DeviceKeys;
  readonly random: Random;
}): Uint8Array {
  const { head, text, to, keys, random } = options;
  const key = random(KEY_BYTES);
  const writer = createWriter().u8(VERSION).fixed(idToBytes(head.vault)).u64(head.n).fixed(head.prev).u64(head.at);
  writer.fixed(idToBytes(keys.id)).u8(to.length);
  for (const { id, boxKey } of to) writer.fixed(idToBytes(id)).fixed(boxSeal(key, boxKey));
  const nonce = random(NONCE_BYTES);
  const before = writer.fixed(nonce).finish();
  const body = aeadSeal(padBody(utf8ToBytes(text)), concatBytes(TEXT_LABEL, before), nonce, key);
  key.fill(0);
  const sealed = concatBytes(before, createWriter().long(body).finish());
  if (sealed.length > ledgerEntryBytesMax) throw new CryptoError("malformed", `ledger entry of ${sealed.length} bytes`);
  return concatBytes(sealed, sign("sovereign/ledger-entry/v1", sealed, keys.sign));
}

export function ledgerHash(entry: Uint8Array): Uint8Array {
  return hash256("sovereign/ledger-hash/v1", entry);
}

/** What it says of itself, before anything is believed. Throws `CryptoError`. */
export function parseLedgerEntry(entry: Uint8Array): LedgerHead {
  return takeApart(entry).head;
}

export function isLedgerEntrySigned(entry: Uint8Array, hostSignKey: Uint8Array): boolean {
  const end = entry.length - SIGNATURE_BYTES;
  if (end < 0) return false;
  return verifySignature("sovereign/ledger-entry/v1", entry.subarray(0, end), entry.subarray(end), hostSignKey);
}

/** `null`: it is not for this device. Throws `CryptoError` for what does not open. */
export function openLedgerEntry(
  entry: Uint8Array,
  device: { readonly id: AuthorId; readonly box: BoxKey },
): string | null {
  const { boxes, before, nonce, body } = takeApart(entry);
  const box = boxes.find(({ id }) => id === device.id)?.box ?? null;
  if (box === null) return null;
  const key = boxOpen(box, device.box);
  const plain = key === null ? null : aeadOpen(body, concatBytes(TEXT_LABEL, before), nonce, key);
  if (plain === null) throw new CryptoError("key", "ledger entry does not open");
  return textOf(unpadBody(plain));
}

/** Its host may have been made to seal anything. */
function textOf(bytes: Uint8Array): string {
  try {
    return bytesToUtf8(bytes);
  } catch (cause) {
    throw new CryptoError("malformed", "ledger entry is no text", { cause });
  }
}

/** How long an entry is by what stands in it, however much of it there is; `null`: it is cut off before it says so. */
export function ledgerEntryLength(begun: Uint8Array): number | null {
  const view = new DataView(begun.buffer, begun.byteOffset, begun.byteLength);
  const countAt = 1 + HASH_BYTES + 8 + HASH_BYTES + 8 + ID_BYTES;
  if (begun.length <= countAt) return null;
  const bodyAt = countAt + 1 + view.getUint8(countAt) * (ID_BYTES + BOX_BYTES) + NONCE_BYTES;
  if (begun.length < bodyAt + 4) return null;
  return bodyAt + 4 + view.getUint32(bodyAt) + SIGNATURE_BYTES;
}

function takeApart(entry: Uint8Array) {
  if (entry.length > ledgerEntryBytesMax + SIGNATURE_BYTES) throw new CryptoError("malformed", "ledger entry too long");
  const reader = createReader(entry);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "ledger entry");
  const head: LedgerHead = {
    vault: vaultIdFromBytes(reader.fixed(HASH_BYTES)),
    n: reader.u64(),
    prev: reader.fixed(HASH_BYTES).slice(),
    at: reader.u64(),
    host: authorIdFromBytes(reader.fixed(ID_BYTES)),
  };
  const count = reader.u8();
  if (count > membersMax) throw new CryptoError("malformed", `ledger entry to ${count} devices`);
  const boxes = Array.from({ length: count }, () => ({
    id: authorIdFromBytes(reader.fixed(ID_BYTES)),
    box: reader.fixed(BOX_BYTES),
  }));
  const nonce = reader.fixed(NONCE_BYTES);
  const before = entry.subarray(0, entry.length - reader.left);
  const body = reader.long(ledgerEntryBytesMax);
  reader.fixed(SIGNATURE_BYTES);
  reader.end();
  return { head, boxes, before, nonce, body };
}
