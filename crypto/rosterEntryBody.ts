/**
 * What stands in a roster entry by type, after the 58 bytes that roster.ts describes.
 *
 *   card          sign key 32 ‖ box key 32 ‖ sealed name (u16 length, bytes)
 *   box           member id 16 ‖ crypto_box_seal of the vault key 80
 *   new key       commitment 16 ‖ wrap of the older vault key 72 (not in a genesis) ‖ u16 count ‖ boxes by ascending id
 *
 *   genesis       device card ‖ u8 has recovery ‖ [recovery card] ‖ new key
 *   addDevice     device card ‖ join signature 64 ‖ box
 *   addHost       host card ‖ relay key 32
 *   remove        member id 16 ‖ new key
 *   rotate        new key
 *   setRecovery   recovery card ‖ new key
 *   recover       device card ‖ join signature 64 ‖ recovery card ‖ new key
 *
 * Join signature: the new key's, over "sovereign/join/v1" ‖ vault 32 ‖ its box key 32. Whatever ends somebody's knowledge of
 * the vault key begins a new one in the same entry, so there is no moment between the two.
 */
import { concatBytes } from "./bytes.ts";
import type { Reader, Writer } from "./codec.ts";
import { CryptoError } from "./errors.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId } from "./ids.ts";
import { membersMax, sealedNameBytesMax } from "./limits.ts";
import { BOX_OVERHEAD_BYTES, KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES, TAG_BYTES } from "./sodium.ts";

export interface MemberCard {
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly sealedName: Uint8Array;
}

export interface KeyBox {
  readonly member: AuthorId;
  readonly box: Uint8Array;
}

/** A vault key of a new generation. */
export interface NewKey {
  readonly commitment: Uint8Array;
  /** `null` in a genesis: there is none before. */
  readonly olderKeyWrap: Uint8Array | null;
  readonly boxes: readonly KeyBox[];
}

export type EntryBody =
  | {
      readonly type: "genesis";
      readonly device: MemberCard;
      readonly recovery: MemberCard | null;
      readonly newKey: NewKey;
    }
  | {
      readonly type: "addDevice";
      readonly device: MemberCard;
      readonly joinSignature: Uint8Array;
      readonly box: KeyBox;
    }
  | { readonly type: "addHost"; readonly host: MemberCard; readonly relayKey: Uint8Array }
  | { readonly type: "remove"; readonly member: AuthorId; readonly newKey: NewKey }
  | { readonly type: "rotate"; readonly newKey: NewKey }
  | { readonly type: "setRecovery"; readonly recovery: MemberCard; readonly newKey: NewKey }
  | {
      readonly type: "recover";
      readonly device: MemberCard;
      readonly joinSignature: Uint8Array;
      readonly recovery: MemberCard;
      readonly newKey: NewKey;
    };

const VAULT_COMMITMENT_BYTES = 16;
const BOX_BYTES = KEY_BYTES + BOX_OVERHEAD_BYTES;
const WRAP_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

export const JOIN_LABEL = "sovereign/join/v1";

export function joinMessage(vault: Uint8Array, boxKey: Uint8Array): Uint8Array {
  return concatBytes(vault, boxKey);
}

export function writeEntryBody(writer: Writer, body: EntryBody): void {
  switch (body.type) {
    case "genesis":
      writeCard(writer, body.device);
      writer.u8(body.recovery === null ? 0 : 1);
      if (body.recovery !== null) writeCard(writer, body.recovery);
      return writeNewKey(writer, body.newKey);
    case "addDevice":
      writeCard(writer, body.device);
      writer.fixed(body.joinSignature);
      return writeBox(writer, body.box);
    case "addHost":
      writeCard(writer, body.host);
      writer.fixed(body.relayKey);
      return;
    case "remove":
      writer.fixed(idToBytes(body.member));
      return writeNewKey(writer, body.newKey);
    case "rotate":
      return writeNewKey(writer, body.newKey);
    case "setRecovery":
      writeCard(writer, body.recovery);
      return writeNewKey(writer, body.newKey);
    case "recover":
      writeCard(writer, body.device);
      writer.fixed(body.joinSignature);
      writeCard(writer, body.recovery);
      return writeNewKey(writer, body.newKey);
  }
}

export function readEntryBody(type: EntryBody["type"], reader: Reader): EntryBody {
  switch (type) {
    case "genesis": {
      const device = readCard(reader);
      const hasRecovery = reader.u8();
      if (hasRecovery > 1) throw new CryptoError("malformed", "recovery flag");
      return { type, device, recovery: hasRecovery === 1 ? readCard(reader) : null, newKey: readNewKey(reader, false) };
    }
    case "addDevice":
      return { type, device: readCard(reader), joinSignature: reader.fixed(SIGNATURE_BYTES), box: readBox(reader) };
    case "addHost":
      return { type, host: readCard(reader), relayKey: reader.fixed(KEY_BYTES) };
    case "remove":
      return { type, member: authorIdFromBytes(reader.fixed(ID_BYTES)), newKey: readNewKey(reader, true) };
    case "rotate":
      return { type, newKey: readNewKey(reader, true) };
    case "setRecovery":
      return { type, recovery: readCard(reader), newKey: readNewKey(reader, true) };
    case "recover":
      return {
        type,
        device: readCard(reader),
        joinSignature: reader.fixed(SIGNATURE_BYTES),
        recovery: readCard(reader),
        newKey: readNewKey(reader, true),
      };
  }
}

function writeCard(writer: Writer, card: MemberCard): void {
  writer.fixed(card.signKey).fixed(card.boxKey).short(card.sealedName);
}

function readCard(reader: Reader): MemberCard {
  return {
    signKey: reader.fixed(KEY_BYTES),
    boxKey: reader.fixed(KEY_BYTES),
    sealedName: reader.short(sealedNameBytesMax),
  };
}

function writeBox(writer: Writer, { member, box }: KeyBox): void {
  writer.fixed(idToBytes(member)).fixed(box);
}

function readBox(reader: Reader): KeyBox {
  return { member: authorIdFromBytes(reader.fixed(ID_BYTES)), box: reader.fixed(BOX_BYTES) };
}

function writeNewKey(writer: Writer, { commitment, olderKeyWrap, boxes }: NewKey): void {
  writer.fixed(commitment);
  if (olderKeyWrap !== null) writer.fixed(olderKeyWrap);
  writer.u16(boxes.length);
  for (const box of boxes) writeBox(writer, box);
}

function readNewKey(reader: Reader, hasOlder: boolean): NewKey {
  const commitment = reader.fixed(VAULT_COMMITMENT_BYTES);
  const olderKeyWrap = hasOlder ? reader.fixed(WRAP_BYTES) : null;
  const count = reader.u16();
  if (count > membersMax) throw new CryptoError("malformed", `${count} key boxes`);
  return { commitment, olderKeyWrap, boxes: Array.from({ length: count }, () => readBox(reader)) };
}
