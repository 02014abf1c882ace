/**
 * What seals a host's backup. Each backup has a data key of its own. It is boxed to the recovery's public key, which stands in
 * the vault's roster: so a host can back itself up every night, and only the 24 words on paper open what it wrote. A
 * passphrase is the other way in, for a host whose vault has no words.
 *
 *   data key     32 random bytes
 *   box          crypto_box_seal(recovery's box key, label ‖ data key)
 *   wrap         nonce 24 ‖ AEAD(Argon2id(passphrase, salt), data key, AAD = label)
 *   piece i      AEAD(data key's sub-key 1, piece, nonce = zeros 15 ‖ u64 i ‖ is it the last, AAD = label ‖ hash of the head)
 *   doc's key    AEAD(data key's sub-key 2, 32 random bytes, nonce = its tag ‖ zeros 8, AAD = label ‖ hash of the head ‖ tag): what opens a doc's own keys in this
 *                backup, so that it can be taken out of one that nobody there can open (host/backup/docKeys.ts)
 *   row          AEAD(doc's key, envelope, nonce = zeros 15 ‖ u64 seq ‖ table, AAD = label)
 *
 * The data key seals this one backup, so a counter is a nonce that never comes twice; the last piece says that it is the last, so
 * nothing can be cut off, changed, moved or put in front unnoticed (the STREAM construction, as in age).
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import type { BoxKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash128, hash256 } from "./hash.ts";
import { idToBytes, type DocId } from "./ids.ts";
import { newStretchCost, passphraseFault, passphraseToBytes, STRETCH_SALT_BYTES } from "./passphrase.ts";
import type { Stretch, StretchCost } from "./passphrase.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, boxOpen, boxSeal, deriveSubkey, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";

export interface PassphraseWrap extends StretchCost {
  readonly salt: Uint8Array;
  readonly wrap: Uint8Array;
}

/** Gives each piece of one backup its seal, in order. */
export interface PieceSealer {
  next(piece: Uint8Array, isLast: boolean): Uint8Array;
}

/** Opens them in that order; a piece that is not the next one throws `CryptoError("malformed")`. */
export interface PieceOpener {
  next(sealed: Uint8Array): { readonly piece: Uint8Array; readonly isLast: boolean };
}

const KEY_CONTEXT = "sv/backu";
const BOX_LABEL = utf8ToBytes("sovereign/backup-box/v1");
const WRAP_LABEL = utf8ToBytes("sovereign/backup-wrap/v1");
const DOC_KEY_LABEL = utf8ToBytes("sovereign/backup-doc-key/v1");
const ROW_LABEL = utf8ToBytes("sovereign/backup-row/v1");
const PIECE_LABEL = utf8ToBytes("sovereign/backup-piece/v1");

export function createBackupKey(random: Random): Uint8Array {
  return random(KEY_BYTES);
}

export function boxBackupKey(dataKey: Uint8Array, recoveryBoxKey: Uint8Array): Uint8Array {
  return boxSeal(concatBytes(BOX_LABEL, dataKey), recoveryBoxKey);
}

/** What a backup calls a doc: without its head nobody knows which is meant. */
export function backupDocTag(head: Uint8Array, doc: DocId): Uint8Array {
  return hash128("sovereign/backup-doc-tag/v1", hash256("sovereign/backup-head/v1", head), idToBytes(doc));
}

export function sealBackupDocKey(key: Uint8Array, tag: Uint8Array, dataKey: Uint8Array, head: Uint8Array): Uint8Array {
  const sealed = aeadSeal(key, docKeyData(tag, head), docKeyNonce(tag), deriveSubkey(dataKey, KEY_CONTEXT, 2));
  return concatBytes(tag, sealed);
}

/** `sealed`: without its tag. `null` when it is not this one's. */
export function openBackupDocKey(
  sealed: Uint8Array,
  tag: Uint8Array,
  dataKey: Uint8Array,
  head: Uint8Array,
): Uint8Array | null {
  return aeadOpen(sealed, docKeyData(tag, head), docKeyNonce(tag), deriveSubkey(dataKey, KEY_CONTEXT, 2));
}

/** Each place in a log is sealed once under a doc's key, so it is a nonce that never comes twice. */
export function sealBackupRow(envelope: Uint8Array, seq: number, table: number, key: Uint8Array): Uint8Array {
  return aeadSeal(envelope, ROW_LABEL, rowNonce(seq, table), key);
}

export function openBackupRow(sealed: Uint8Array, seq: number, table: number, key: Uint8Array): Uint8Array | null {
  return aeadOpen(sealed, ROW_LABEL, rowNonce(seq, table), key);
}

/** `null` when it was not boxed to this key. */
export function openBackupBox(box: Uint8Array, key: BoxKey): Uint8Array | null {
  const opened = boxOpen(box, key);
  if (opened === null || opened.length !== BOX_LABEL.length + KEY_BYTES) return null;
  return BOX_LABEL.every((byte, at) => opened[at] === byte) ? opened.subarray(BOX_LABEL.length) : null;
}

/** Throws `CryptoError("malformed")` for a passphrase that is too short or too long. */
export async function wrapBackupKey(
  dataKey: Uint8Array,
  passphrase: string,
  stretch: Stretch,
  random: Random,
): Promise<PassphraseWrap> {
  const fault = passphraseFault(passphrase);
  if (fault !== null) throw new CryptoError("malformed", `passphrase too ${fault}`);
  const [salt, nonce] = [random(STRETCH_SALT_BYTES), random(NONCE_BYTES)];
  const key = await stretch({ ...newStretchCost, passphrase: passphraseToBytes(passphrase), salt });
  return { ...newStretchCost, salt, wrap: concatBytes(nonce, aeadSeal(dataKey, WRAP_LABEL, nonce, key)) };
}

/** `null` for another passphrase. */
export async function openBackupWrap(
  { salt, wrap, memoryKiB, passes }: PassphraseWrap,
  passphrase: string,
  stretch: Stretch,
): Promise<Uint8Array | null> {
  const key = await stretch({ memoryKiB, passes, passphrase: passphraseToBytes(passphrase), salt });
  const dataKey = aeadOpen(wrap.subarray(NONCE_BYTES), WRAP_LABEL, wrap.subarray(0, NONCE_BYTES), key);
  return dataKey?.length === KEY_BYTES ? dataKey : null;
}

export function createPieceSealer(dataKey: Uint8Array, head: Uint8Array): PieceSealer {
  const [key, data] = pieceSeal(dataKey, head);
  let index = 0;
  let isEnded = false;
  return {
    next: (piece, isLast) => {
      if (isEnded) throw new CryptoError("malformed", "a piece after the last");
      isEnded = isLast;
      return aeadSeal(piece, data, pieceNonce(index++, isLast), key);
    },
  };
}

export function createPieceOpener(dataKey: Uint8Array, head: Uint8Array): PieceOpener {
  const [key, data] = pieceSeal(dataKey, head);
  let index = 0;
  let isEnded = false;
  return {
    next: (sealed) => {
      for (const isLast of [false, true]) {
        const piece = isEnded ? null : aeadOpen(sealed, data, pieceNonce(index, isLast), key);
        if (piece === null) continue;
        index += 1;
        isEnded = isLast;
        return { piece, isLast };
      }
      throw new CryptoError("malformed", `piece ${index} of a backup does not open`);
    },
  };
}

function docKeyData(tag: Uint8Array, head: Uint8Array): Uint8Array {
  return concatBytes(DOC_KEY_LABEL, hash256("sovereign/backup-head/v1", head), tag);
}

const docKeyNonce = (tag: Uint8Array): Uint8Array => concatBytes(tag, new Uint8Array(NONCE_BYTES - tag.length));

function rowNonce(seq: number, table: number): Uint8Array {
  return createWriter()
    .fixed(new Uint8Array(NONCE_BYTES - 9))
    .u64(seq)
    .u8(table)
    .finish();
}

function pieceSeal(dataKey: Uint8Array, head: Uint8Array): readonly [key: Uint8Array, data: Uint8Array] {
  const data = concatBytes(PIECE_LABEL, hash256("sovereign/backup-head/v1", head));
  return [deriveSubkey(dataKey, KEY_CONTEXT, 1), data];
}

function pieceNonce(index: number, isLast: boolean): Uint8Array {
  return createWriter()
    .fixed(new Uint8Array(NONCE_BYTES - 9))
    .u64(index)
    .u8(isLast ? 1 : 0)
    .finish();
}
