/**
 * A lock with several ways in, as it lies on the disk.
 *
 *   lock     version 2 ‖ lock id 16 ‖ slots 1 [slot] ‖ nonce 24 ‖ XChaCha20-Poly1305(sub-key 1 of the lock secret, secrets,
 *            data = "sovereign/lock-secrets/v1" ‖ lock id)
 *   slot     kind 1 ‖ slot id 16 ‖ parameters ‖ wrap [2-byte length]        the wrap holds the lock secret, 32 bytes
 *
 *   kind              parameters                                        wrap
 *   1 platform        none                                              as lock.ts seals, place = the slot's place
 *   2 passkey         credential id [2-byte length] ‖ PRF input 32      nonce 24 ‖ XChaCha20-Poly1305(sub-key 2 of the PRF's output,
 *                                                                       lock secret, data = the slot's place)
 *   3 passphrase      memory in KiB 4 ‖ passes 1 ‖ salt 16              as 2, under sub-key 3 of Argon2id's output
 *
 *   the slot's place  "sovereign/lock-slot/v1" ‖ lock id ‖ kind ‖ slot id ‖ parameters
 *
 * A slot is sealed on its own: one that is damaged takes neither the others nor the secrets with it.
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter, type Reader, type Writer } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import { ID_BYTES } from "./ids.ts";
import { credentialBytesMax, lockSlotsMax } from "./limits.ts";
import { checkStretchCost, STRETCH_SALT_BYTES, type StretchCost } from "./passphrase.ts";

interface SlotBase {
  readonly id: Uint8Array;
  readonly wrap: Uint8Array;
}
export interface PlatformSlot extends SlotBase {
  readonly kind: "platform";
}
export interface PasskeySlot extends SlotBase {
  readonly kind: "passkey";
  /** Which passkey to ask for … */
  readonly credential: Uint8Array;
  /** … and what to give its PRF: `eval.first`. */
  readonly prfInput: Uint8Array;
}
export interface PassphraseSlot extends SlotBase, StretchCost {
  readonly kind: "passphrase";
  readonly salt: Uint8Array;
}
export type LockSlot = PlatformSlot | PasskeySlot | PassphraseSlot;
/** A slot before its wrap: what its place is made of. */
export type SlotHead = Omit<PlatformSlot, "wrap"> | Omit<PasskeySlot, "wrap"> | Omit<PassphraseSlot, "wrap">;

export interface SealedLock {
  readonly id: Uint8Array;
  readonly slots: readonly LockSlot[];
  /** Nonce and ciphertext. */
  readonly secrets: Uint8Array;
}

export const PRF_INPUT_BYTES = 32;
const VERSION = 2;
const SLOT_LABEL = utf8ToBytes("sovereign/lock-slot/v1");
/** A nonce, 32 bytes and a tag, of either cipher. */
const wrapBytesMax = 128;
const KINDS: readonly LockSlot["kind"][] = ["platform", "passkey", "passphrase"];

/** What opens this lock, without opening it: for a screen that offers the ways in. Throws `CryptoError`. */
export function parseLock(bytes: Uint8Array): SealedLock {
  const reader = createReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new CryptoError("version", `lock version ${version}`);
  const id = reader.fixed(ID_BYTES);
  const count = reader.u8();
  checkSlotCount(count);
  const slots = Array.from({ length: count }, () => readSlot(reader));
  return { id, slots, secrets: reader.fixed(reader.left) };
}

export function encodeLock({ id, slots, secrets }: SealedLock): Uint8Array {
  checkSlotCount(slots.length);
  const writer = createWriter().u8(VERSION).fixed(id).u8(slots.length);
  for (const slot of slots) writeSlotHead(writer, slot).short(slot.wrap);
  return writer.fixed(secrets).finish();
}

/** Sealed along with the wrap: a slot cannot be made cheaper, renamed, or moved to another lock. */
export function slotPlace(lockId: Uint8Array, head: SlotHead): Uint8Array {
  return concatBytes(SLOT_LABEL, lockId, writeSlotHead(createWriter(), head).finish());
}

function readSlot(reader: Reader): LockSlot {
  const kind = KINDS[reader.u8() - 1];
  const id = reader.fixed(ID_BYTES);
  switch (kind) {
    case "platform":
      return { kind, id, wrap: readWrap(reader) };
    case "passkey": {
      const credential = reader.short(credentialBytesMax);
      return { kind, id, credential, prfInput: reader.fixed(PRF_INPUT_BYTES), wrap: readWrap(reader) };
    }
    case "passphrase": {
      const cost = { memoryKiB: reader.u32(), passes: reader.u8() };
      checkStretchCost(cost);
      return { kind, id, ...cost, salt: reader.fixed(STRETCH_SALT_BYTES), wrap: readWrap(reader) };
    }
    default:
      throw new CryptoError("version", "a way to unlock that this version does not know");
  }
}

const readWrap = (reader: Reader): Uint8Array => reader.short(wrapBytesMax);

function writeSlotHead(writer: Writer, head: SlotHead): Writer {
  writer.u8(KINDS.indexOf(head.kind) + 1).fixed(head.id);
  if (head.kind === "passkey") return writer.short(head.credential).fixed(head.prfInput);
  if (head.kind === "passphrase") return writer.u32(head.memoryKiB).u8(head.passes).fixed(head.salt);
  return writer;
}

function checkSlotCount(count: number): void {
  if (count < 1 || count > lockSlotsMax) throw new CryptoError("malformed", `lock with ${count} slots`);
}
