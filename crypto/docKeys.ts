/**
 * Doc keys: 32 random bytes per (doc, epoch), never derived from one another. A REKEY envelope (rekeyHeader.ts) carries one
 * wrapped under a vault key, for members, and inside itself the one before it, for whoever was lent only the newest: an
 * agent with one granted key reads a chat back to its beginning.
 */
import { createWriter } from "./codec.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import type { EnvelopeHeader, ParsedEnvelope } from "./envelopeHeader.ts";
import type { SigningKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { keyedHash128 } from "./hash.ts";
import { idToBytes, type DocId } from "./ids.ts";
import type { Random } from "./random.ts";
import { encodeRekeyClear, parseRekeyClear } from "./rekeyHeader.ts";
import { aeadOpen, aeadSeal, isEqualSecret, KEY_BYTES, NONCE_BYTES } from "./sodium.ts";
import { utf8ToBytes } from "./bytes.ts";
import { vaultSubkey, type VaultKey } from "./vaultKeys.ts";

export type DocKey = Uint8Array;

export interface RekeyToSeal extends Omit<EnvelopeHeader, "kind" | "clear"> {
  readonly generation: number;
  /** The key of `epoch`. */
  readonly docKey: DocKey;
  /** The key of `generation`. */
  readonly vaultKey: VaultKey;
  /** The key of `epoch - 1`; `null` exactly in epoch 1. */
  readonly previousDocKey: DocKey | null;
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
  });
  return sealEnvelope({ ...rekey, kind: "rekey", clear, body: previousDocKey ?? new Uint8Array(0) });
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
  if (!checkRekeyCommitment(parsed, docKey)) throw new CryptoError("key", "doc key is not the one committed to");
  const body = openEnvelope(parsed, docKey);
  if (parsed.epoch === 1 && body.length === 0) return null;
  if (parsed.epoch === 1 || body.length !== KEY_BYTES) throw new CryptoError("malformed", "previous doc key");
  return body.slice();
}

/** Whether this is the very key the REKEY's author chose: a ciphertext alone can be made to open under two keys. */
export function checkRekeyCommitment(parsed: ParsedEnvelope, docKey: DocKey): boolean {
  if (docKey.length !== KEY_BYTES) return false;
  return isEqualSecret(docKeyCommitment(docKey, parsed.doc, parsed.epoch), parseRekeyClear(parsed).commitment);
}

function docKeyCommitment(docKey: DocKey, doc: DocId, epoch: number): Uint8Array {
  const place = createWriter().fixed(idToBytes(doc)).u32(epoch).finish();
  return keyedHash128(docKey, "sovereign/commit/v1", place);
}

function wrapData(doc: DocId, epoch: number, generation: number): Uint8Array {
  return createWriter().fixed(WRAP_LABEL).fixed(idToBytes(doc)).u32(epoch).u32(generation).finish();
}
