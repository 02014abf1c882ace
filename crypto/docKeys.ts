/**
 * Doc keys: 32 random bytes per (doc, epoch), never derived from one another. A REKEY envelope (rekeyHeader.ts) carries one
 * wrapped under a vault key, for members, and inside itself the one before it, for whoever was lent only the newest: an
 * agent with one granted key reads a chat back to its beginning.
 *
 *   body   nothing in epoch 1 · the key of the epoch before, 32 · or, when devices that could not see each other have begun
 *          epochs side by side, all keys that no REKEY carries yet: [epoch 4 ‖ key 32], the epoch before's first
 */
import { createReader, createWriter } from "./codec.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import type { EnvelopeHeader, ParsedEnvelope } from "./envelopeHeader.ts";
import type { SigningKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { keyedHash128 } from "./hash.ts";
import { idToBytes, type DocId } from "./ids.ts";
import type { Random } from "./random.ts";
import { encodeRekeyClear, parseRekeyClear } from "./rekeyHeader.ts";
import type { Covered } from "./snapshotHeader.ts";
import { aeadOpen, aeadSeal, isEqualSecret, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";
import { utf8ToBytes } from "./bytes.ts";
import { vaultSubkey, type VaultKey } from "./vaultKeys.ts";

export type DocKey = Uint8Array;

export interface EpochDocKey {
  readonly epoch: number;
  readonly docKey: DocKey;
}

export interface RekeyToSeal extends Omit<EnvelopeHeader, "kind" | "clear"> {
  readonly generation: number;
  /** The key of `epoch`. */
  readonly docKey: DocKey;
  /** The key of `generation`. */
  readonly vaultKey: VaultKey;
  /** The key of `epoch - 1`; `null` exactly in epoch 1. */
  readonly previousDocKey: DocKey | null;
  /** Further keys that no REKEY carries yet: of the epoch before or of older ones. */
  readonly sideKeys?: readonly EpochDocKey[];
  /** Of removed devices' chains (rekeyHeader.ts). */
  readonly ends?: readonly Covered[];
  readonly signingKey: SigningKey;
  readonly random: Random;
}

const WRAP_LABEL = utf8ToBytes("sovereign/dk/v1");

export function createDocKey(random: Random): DocKey {
  return random(KEY_BYTES);
}

export function sealRekey(rekey: RekeyToSeal): Uint8Array {
  const { doc, epoch, generation, docKey, vaultKey, previousDocKey, random } = rekey;
  if ((previousDocKey === null) !== (epoch === 1)) throw new CryptoError("key", "previous key and epoch disagree");
  const nonce = random(NONCE_BYTES);
  const clear = encodeRekeyClear({
    generation,
    commitment: docKeyCommitment(docKey, doc, epoch),
    nonce,
    wrapped: aeadSeal(docKey, wrapData(doc, epoch, generation), nonce, vaultSubkey(vaultKey, "docKeys")),
    ends: rekey.ends ?? [],
  });
  return sealEnvelope({ ...rekey, kind: "rekey", clear, body: encodeBody(rekey) });
}

/**
 * For a member. Throws `CryptoError("key")` when the vault key of its generation is missing or does not open it, and when the
 * key inside is not the one committed to. The caller has verified the envelope.
 */
export function openRekey(
  parsed: ParsedEnvelope,
  vaultKeys: ReadonlyMap<number, VaultKey>,
): { readonly epoch: number; readonly docKey: DocKey } {
  const { generation, nonce, wrapped } = parseRekeyClear(parsed);
  const vaultKey = vaultKeys.get(generation);
  if (vaultKey === undefined) throw new CryptoError("key", `no vault key of generation ${generation}`);
  const data = wrapData(parsed.doc, parsed.epoch, generation);
  const docKey = aeadOpen(wrapped, data, nonce, vaultSubkey(vaultKey, "docKeys"));
  if (docKey === null) throw new CryptoError("key", "rekey does not open with its vault key");
  if (!checkRekeyCommitment(parsed, docKey)) throw new CryptoError("key", "doc key is not the one committed to");
  return { epoch: parsed.epoch, docKey };
}

/**
 * The key of the epoch before, from the key of this one; `null` in epoch 1. Whoever holds that epoch's REKEY checks the result
 * against its commitment. Throws `CryptoError("key")`.
 */
export function openRekeyBackward(parsed: ParsedEnvelope, docKey: DocKey): DocKey | null {
  return openRekeyKeys(parsed, docKey)[0]?.docKey ?? null;
}

/** All older keys that a REKEY carries, the epoch before's first; none in epoch 1. As `openRekeyBackward`. */
export function openRekeyKeys(parsed: ParsedEnvelope, docKey: DocKey): readonly EpochDocKey[] {
  if (!checkRekeyCommitment(parsed, docKey)) throw new CryptoError("key", "doc key is not the one committed to");
  const body = openEnvelope(parsed, docKey);
  const before = parsed.epoch - 1;
  if (before === 0 && body.length === 0) return [];
  if (before > 0 && body.length === KEY_BYTES) return [{ epoch: before, docKey: body.slice() }];
  const reader = createReader(body);
  const keys: EpochDocKey[] = [];
  while (reader.left > 0) keys.push({ epoch: reader.u32(), docKey: reader.fixed(KEY_BYTES).slice() });
  const isInOrder = keys[0]?.epoch === before && keys.every(({ epoch }) => epoch > 0 && epoch <= before);
  if (before === 0 || keys.length < 2 || !isInOrder) throw new CryptoError("malformed", "previous doc keys");
  return keys;
}

/** Whether this is the very key the REKEY's author chose: a ciphertext alone can be made to open under two keys. */
export function checkRekeyCommitment(parsed: ParsedEnvelope, docKey: DocKey): boolean {
  if (docKey.length !== KEY_BYTES) return false;
  return isEqualSecret(docKeyCommitment(docKey, parsed.doc, parsed.epoch), parseRekeyClear(parsed).commitment);
}

function encodeBody({ epoch, previousDocKey, sideKeys = [] }: RekeyToSeal): Uint8Array {
  if (previousDocKey === null || sideKeys.length === 0) return previousDocKey ?? new Uint8Array(0);
  const writer = createWriter()
    .u32(epoch - 1)
    .fixed(previousDocKey);
  for (const side of sideKeys) writer.u32(side.epoch).fixed(side.docKey);
  return writer.finish();
}

function docKeyCommitment(docKey: DocKey, doc: DocId, epoch: number): Uint8Array {
  const place = createWriter().fixed(idToBytes(doc)).u32(epoch).finish();
  return keyedHash128(docKey, "sovereign/commit/v1", place);
}

function wrapData(doc: DocId, epoch: number, generation: number): Uint8Array {
  return createWriter().fixed(WRAP_LABEL).fixed(idToBytes(doc)).u32(epoch).u32(generation).finish();
}
