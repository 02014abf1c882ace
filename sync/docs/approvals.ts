/**
 * The owner's word on one tool call. A device writes it into the chat, in a root map "approvals" under `<run>/<call>/<device>`:
 *
 *   version 1 ‖ choice 1 (0 refuse, 1 allow) ‖ device 16 ‖ signature 64      the device's, over the hash of what it was asked ‖ choice ‖ device
 *   asked     doc 16 ‖ run 16 ‖ call ‖ host ‖ name ‖ version ‖ target (each u16 length, UTF-8) ‖ arguments (u32 length, UTF-8) ‖ until 8
 *
 * It is signed by itself and not only by the envelope that brings it: it then means the same in a snapshot that another device sealed, and
 * can be kept as proof. A call's id is made for that call alone, so a word given once fits nothing else.
 */
import { concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { sign, type DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import { hash256 } from "#crypto/hash.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId, type DocId, type RunId } from "#crypto/ids.ts";
import { canWrite, type Roster } from "#crypto/roster.ts";
import { verifySignature } from "#crypto/verify.ts";
import type { Doc } from "yjs";

/** All that a person says yes to; both sides make it from what they have before them. */
export interface AskedCall {
  readonly doc: DocId;
  readonly run: RunId;
  readonly call: string;
  /** Who would run it. */
  readonly host: string;
  readonly name: string;
  readonly version: string;
  readonly target: string;
  /** JSON, to the byte. */
  readonly arguments: string;
  readonly until: number;
}

export type Choice = "allow" | "refuse";

export interface Approval {
  readonly device: AuthorId;
  readonly choice: Choice;
}

const VERSION = 1;
const SIGNATURE_BYTES = 64;
export const APPROVAL_BYTES = 2 + ID_BYTES + SIGNATURE_BYTES;
const LABEL = "sovereign/approval/v1";
const choices: readonly Choice[] = ["refuse", "allow"];

export function signApproval(asked: AskedCall, choice: Choice, keys: DeviceKeys): Uint8Array {
  const signature = sign(LABEL, messageOf(asked, choice, keys.id), keys.sign);
  const writer = createWriter().u8(VERSION).u8(choices.indexOf(choice)).fixed(idToBytes(keys.id));
  return writer.fixed(signature).finish();
}

/** `null`: it is not about exactly this, or not by a device that belongs to the vault now. */
export function readApproval(value: unknown, asked: AskedCall, roster: Roster): Approval | null {
  if (!(value instanceof Uint8Array)) return null;
  try {
    const reader = createReader(value);
    if (reader.u8() !== VERSION) return null;
    const choice = choices[reader.u8()];
    const device = authorIdFromBytes(reader.fixed(ID_BYTES));
    const signature = reader.fixed(SIGNATURE_BYTES);
    reader.end();
    // Hosts and the recovery's key are members, too, and have no say here.
    const key = canWrite(roster, device) ? roster.members.get(device)?.signKey : undefined;
    if (choice === undefined || key === undefined) return null;
    return verifySignature(LABEL, messageOf(asked, choice, device), signature, key) ? { device, choice } : null;
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}

/** The word on this call, of whichever device. A "no" goes before another's "yes": both may have been given at the same time. */
export function findApproval(doc: Doc, asked: AskedCall, roster: Roster): Approval | null {
  let allowed: Approval | null = null;
  for (const [key, value] of doc.getMap<unknown>("approvals")) {
    if (!key.startsWith(`${asked.run}/${asked.call}/`)) continue;
    const approval = readApproval(value, asked, roster);
    if (approval?.choice === "refuse") return approval;
    allowed ??= approval;
  }
  return allowed;
}

export function writeApproval(doc: Doc, asked: AskedCall, choice: Choice, keys: DeviceKeys): void {
  doc.getMap<unknown>("approvals").set(`${asked.run}/${asked.call}/${keys.id}`, signApproval(asked, choice, keys));
}

function messageOf(asked: AskedCall, choice: Choice, device: AuthorId): Uint8Array {
  const writer = createWriter().fixed(idToBytes(asked.doc)).fixed(idToBytes(asked.run));
  for (const each of [asked.call, asked.host, asked.name, asked.version, asked.target]) writer.text(each);
  const whole = writer.long(utf8ToBytes(asked.arguments)).u64(asked.until).finish();
  return concatBytes(
    hash256("sovereign/approval-asked/v1", whole),
    Uint8Array.of(choices.indexOf(choice)),
    idToBytes(device),
  );
}
