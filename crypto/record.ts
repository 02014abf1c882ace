/**
 * A record: what a tool and a model said to each other through a host's gateway, on its way to the owner's devices. The gateway
 * seals it to the devices of the roster and can open it no more; the agent signs it as this host's; a relay stores it unread.
 *
 *   content   version 1 ‖ tool, key, conversation, model (each u16 length, UTF-8) ‖ at 8 ‖ is whole 1 ‖ count 2 ‖ count × (role 1 ‖ u32 length, UTF-8)
 *   sealed    version 1 ‖ id 16 ‖ count 1 ‖ count × (device 16 ‖ box 80) ‖ nonce 24
 *             ‖ XChaCha20-Poly1305(record key, padded content, data = "sovereign/record-text/v1" ‖ everything before)
 *   box       crypto_box_seal(device's box key, record key)
 *   record    sealed ‖ host 16 ‖ signature 64      host's, over "sovereign/record/v1" ‖ everything before
 *
 * A box says nothing about who made it, hence the signature: a relay cannot put a conversation into a vault.
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import { sign, type BoxKey, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId } from "./ids.ts";
import { membersMax, recordBytesMax, recordNameBytesMax, recordTurnsMax } from "./limits.ts";
import { padBody, unpadBody } from "./padding.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, boxOpen, boxSeal, KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

const recordRoles = ["user", "assistant"] as const;

export interface RecordedTurn {
  readonly role: (typeof recordRoles)[number];
  readonly text: string;
}

export interface RecordContent {
  /** As the owner calls the tool, and the id of its key. */
  readonly tool: string;
  readonly key: string;
  /** What the tool calls this conversation; "" for nothing. */
  readonly conversation: string;
  readonly model: string;
  /** ms since 1970, to be shown. */
  readonly at: number;
  /** `false`: the last turn broke off. */
  readonly isWhole: boolean;
  /** The conversation from its beginning, the model's answer last. */
  readonly turns: readonly RecordedTurn[];
}

/** A device of the roster that is to read it. */
export interface Recipient {
  readonly id: AuthorId;
  readonly boxKey: Uint8Array;
}

const VERSION = 1;
const BOX_BYTES = 80;
const LABEL = utf8ToBytes("sovereign/record-text/v1");

/** Resolves to bytes that nobody but the recipients opens. */
export function sealRecord(options: {
  readonly id: Uint8Array;
  readonly content: RecordContent;
  readonly to: readonly Recipient[];
  readonly random: Random;
}): Uint8Array {
  const { id, content, to, random } = options;
  const key = random(KEY_BYTES);
  const head = createWriter().u8(VERSION).fixed(id).u8(to.length);
  for (const { id: device, boxKey } of to) head.fixed(idToBytes(device)).fixed(boxSeal(key, boxKey));
  const nonce = random(NONCE_BYTES);
  const before = head.fixed(nonce).finish();
  const sealed = concatBytes(before, aeadSeal(padBody(encodeContent(content)), concatBytes(LABEL, before), nonce, key));
  key.fill(0);
  if (sealed.length > recordBytesMax) throw new CryptoError("malformed", `record of ${sealed.length} bytes`);
  return sealed;
}

/** The agent's word that this came from its host's gateway. */
export function signRecord(sealed: Uint8Array, host: DeviceKeys): Uint8Array {
  const unsigned = concatBytes(sealed, idToBytes(host.id));
  return concatBytes(unsigned, sign("sovereign/record/v1", unsigned, host.sign));
}

/** Which record this is and whose, before anything is believed. Throws `CryptoError`. */
export function parseRecord(bytes: Uint8Array): { readonly id: Uint8Array; readonly host: AuthorId } {
  if (bytes.length > recordBytesMax + ID_BYTES + SIGNATURE_BYTES) throw new CryptoError("malformed", "record too long");
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "record");
  const id = reader.fixed(ID_BYTES).slice();
  if (reader.left < 1 + ID_BYTES + SIGNATURE_BYTES) throw new CryptoError("malformed", "record ends too early");
  const host = bytes.length - SIGNATURE_BYTES - ID_BYTES;
  return { id, host: authorIdFromBytes(bytes.subarray(host, host + ID_BYTES)) };
}

/** `null` when it is not for this device. Throws `CryptoError` when it is not signed by that host, or is malformed. */
export function openRecord(
  bytes: Uint8Array,
  device: { readonly id: AuthorId; readonly box: BoxKey },
  hostSignKey: Uint8Array,
): RecordContent | null {
  parseRecord(bytes);
  const end = bytes.length - SIGNATURE_BYTES;
  if (!verifySignature("sovereign/record/v1", bytes.subarray(0, end), bytes.subarray(end), hostSignKey))
    throw new CryptoError("signature", "record is not signed by its host");
  const sealed = bytes.subarray(0, end - ID_BYTES);
  const reader = createReader(sealed);
  reader.fixed(1 + ID_BYTES);
  const count = reader.u8();
  if (count > membersMax) throw new CryptoError("malformed", `record to ${count} devices`);
  let box: Uint8Array | null = null;
  for (let at = 0; at < count; at++) {
    const id = authorIdFromBytes(reader.fixed(ID_BYTES));
    const candidate = reader.fixed(BOX_BYTES);
    if (id === device.id) box = candidate;
  }
  if (box === null) return null;
  const nonce = reader.fixed(NONCE_BYTES);
  const before = sealed.subarray(0, sealed.length - reader.left);
  const key = boxOpen(box, device.box);
  const plain = key === null ? null : aeadOpen(reader.fixed(reader.left), concatBytes(LABEL, before), nonce, key);
  if (plain === null) throw new CryptoError("key", "record does not open");
  return decodeContent(unpadBody(plain));
}

function encodeContent({ tool, key, conversation, model, at, isWhole, turns }: RecordContent): Uint8Array {
  const writer = createWriter().u8(VERSION).text(tool).text(key).text(conversation).text(model).u64(at);
  writer.u8(isWhole ? 1 : 0).u16(turns.length);
  for (const { role, text } of turns) writer.u8(recordRoles.indexOf(role)).long(utf8ToBytes(text));
  return writer.finish();
}

function decodeContent(bytes: Uint8Array): RecordContent {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "record's content");
  const name = (): string => reader.text(recordNameBytesMax);
  const [tool, key, conversation, model] = [name(), name(), name(), name()];
  const at = reader.u64();
  const isWhole = reader.u8();
  if (isWhole > 1) throw new CryptoError("malformed", "flag that is neither");
  const count = reader.u16();
  if (count > recordTurnsMax) throw new CryptoError("malformed", `record of ${count} turns`);
  const turns = Array.from({ length: count }, (): RecordedTurn => {
    const role = recordRoles[reader.u8()];
    if (role === undefined) throw new CryptoError("malformed", "role outside its list");
    return { role, text: reader.longText(recordBytesMax) };
  });
  reader.end();
  return { tool, key, conversation, model, at, isWhole: isWhole === 1, turns };
}
