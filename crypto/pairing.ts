/**
 * Pairing: a device of the vault (the inviter) lets a new one (the joiner) in. The inviter shows a QR code; three sealed messages
 * pass through the relay's mailboxes; both show six digits; the person compares them and says yes on both; each side tells the
 * other what was said, and the inviter appends ADD_DEVICE (rosterEntries.ts). The code is always shown by the trusted side: the
 * other way round is how devices are phished.
 *
 *   link       #p=<base64url of: version 1 ‖ secret 32 ‖ vault 32 ‖ roster head 32 ‖ host fingerprint 16>
 *   mailbox    BLAKE2b-128("sovereign/pairing-mailbox/v1" ‖ secret ‖ step 1)
 *   message    nonce 24 ‖ XChaCha20-Poly1305(kdf(secret, "sv/pair1", step), padded, data = "sovereign/pairing/v1" ‖ step 1)
 *     1 commit →   BLAKE2b-256("sovereign/pairing-commit/v1" ‖ card)
 *     2 offer  ←   inviter's nonce 32 ‖ vault 32 ‖ roster head 32 ‖ host fingerprint 16 ‖ name (u16 length)
 *     3 reveal →   join signature 64 ‖ card         card = joiner's nonce 32 ‖ sign key 32 ‖ box key 32 ‖ name (u16 length)
 *     4 answer →   answer 1 ‖ commit 32             5 answer ←   the same: 1 yes 2 no 3 the code was used twice
 *   digits     first 6 bytes, mod 10^6, of BLAKE2b-256("sovereign/pairing-code/v1" ‖ secret ‖ commit
 *              ‖ BLAKE2b-256("sovereign/pairing-offer/v1" ‖ offer) ‖ card)
 *
 * The secret keeps the relay out. It does not keep out who photographed the code: that one can stand in between, and only the
 * digits give it away. Hence commit and reveal: neither nonce is known when the other side is bound, so nobody can search for
 * keys that give the same digits, and a guess is right once in a million. Time (120 s) and single use are the callers' rules.
 */
import { base64UrlToBytes, bytesToBase64Url, concatBytes, isEqualBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import type { DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash128, hash256 } from "./hash.ts";
import { HASH_BYTES, ID_BYTES, idToBytes, vaultIdFromBytes, type VaultId } from "./ids.ts";
import { nameBytesMax, pairingMessageBytesMax } from "./limits.ts";
import { padBody, unpadBody } from "./padding.ts";
import type { Random } from "./random.ts";
import { signJoin, type PublicKeys } from "./rosterEntries.ts";
import { aeadOpen, aeadSeal, deriveSubkey, isEqualSecret, KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES } from "./sodium.ts";

/** What the QR code says. Whoever reads it may speak in the pairing; only the digits decide who joins. */
export interface Invitation {
  readonly secret: Uint8Array;
  readonly vault: VaultId;
  readonly rosterHead: Uint8Array;
  readonly fingerprint: Uint8Array;
}

export type PairingStep = 1 | 2 | 3 | 4 | 5;

/** What a side says at the end: only its own person's word counts for it, the other's is told so that nobody waits in vain. */
export type PairingAnswer = "yes" | "no" | "used-twice";
const ANSWERS: readonly PairingAnswer[] = ["yes", "no", "used-twice"];

export interface Joiner {
  readonly invitation: Invitation;
  readonly device: DeviceKeys;
  readonly card: Uint8Array;
  readonly commit: Uint8Array;
}

export interface Inviter {
  readonly invitation: Invitation;
  readonly commit: Uint8Array;
  readonly offer: Uint8Array;
}

export interface JoinRequest {
  /** Six digits, to be compared with those on the new device before anything is signed. */
  readonly digits: string;
  readonly device: PublicKeys;
  readonly joinSignature: Uint8Array;
  readonly name: string;
}

const VERSION = 1;
const KEY_CONTEXT = "sv/pair1";
const PAIRING_NONCE_BYTES = 32;
/** All messages have one size. */
const messagePaddedBytes = 512;

export function createInvitation(of: Omit<Invitation, "secret">, random: Random): Invitation {
  return { ...of, secret: random(KEY_BYTES) };
}

/** Without the `#`. */
export function invitationLinkFragment({ secret, vault, rosterHead, fingerprint }: Invitation): string {
  const writer = createWriter().u8(VERSION).fixed(secret).fixed(idToBytes(vault)).fixed(rosterHead).fixed(fingerprint);
  return `p=${bytesToBase64Url(writer.finish())}`;
}

/** With or without the `#`; `null` for anything that is not such a link. */
export function parseInvitationLink(fragment: string): Invitation | null {
  const encoded = /^#?p=([A-Za-z0-9_-]+)$/.exec(fragment)?.[1];
  const bytes = encoded === undefined ? null : base64UrlToBytes(encoded);
  if (bytes === null || bytes.length !== 1 + KEY_BYTES + 2 * HASH_BYTES + ID_BYTES || bytes[0] !== VERSION) return null;
  const reader = createReader(bytes.subarray(1));
  return {
    secret: reader.fixed(KEY_BYTES),
    vault: vaultIdFromBytes(reader.fixed(HASH_BYTES)),
    rosterHead: reader.fixed(HASH_BYTES),
    fingerprint: reader.fixed(ID_BYTES),
  };
}

/** Where at the relay a step's message is put and taken, once. */
export function pairingMailbox(invitation: Invitation, step: PairingStep): Uint8Array {
  return hash128("sovereign/pairing-mailbox/v1", invitation.secret, Uint8Array.of(step));
}

/** New device, step 1: bound to its keys and nonce before it shows them. */
export function beginJoin(
  of: { readonly invitation: Invitation; readonly device: DeviceKeys; readonly name: string },
  random: Random,
): { readonly joiner: Joiner; readonly message: Uint8Array } {
  const { invitation, device, name } = of;
  if (utf8ToBytes(name).length > nameBytesMax) throw new CryptoError("malformed", "name");
  const card = createWriter()
    .fixed(random(PAIRING_NONCE_BYTES))
    .fixed(device.sign.publicKey)
    .fixed(device.box.publicKey)
    .text(name)
    .finish();
  const commit = commitTo(card);
  return { joiner: { invitation, device, card, commit }, message: sealMessage(invitation, 1, commit, random) };
}

/** Trusted device, step 2. Takes one commit only; a second one at the same mailbox ends the pairing. `name` is its own. */
export function answerCommit(
  invitation: Invitation,
  message: Uint8Array,
  name: string,
  random: Random,
): { readonly inviter: Inviter; readonly message: Uint8Array } {
  const commit = openMessage(invitation, 1, message).slice();
  if (commit.length !== HASH_BYTES) throw new CryptoError("malformed", "pairing commit");
  if (utf8ToBytes(name).length > nameBytesMax) throw new CryptoError("malformed", "name");
  const named = createWriter().text(name).finish();
  const offer = concatBytes(random(PAIRING_NONCE_BYTES), offered(invitation), named);
  return { inviter: { invitation, commit, offer }, message: sealMessage(invitation, 2, offer, random) };
}

/** New device, step 3: its keys, and the digits to show. Throws when the offer is not of the vault that the code named. */
export function revealJoin(
  joiner: Joiner,
  message: Uint8Array,
  random: Random,
): { readonly digits: string; readonly name: string; readonly message: Uint8Array } {
  const { invitation, device, card, commit } = joiner;
  const offer = openMessage(invitation, 2, message);
  const reader = createReader(offer);
  reader.fixed(PAIRING_NONCE_BYTES);
  const expected = offered(invitation);
  if (!isEqualBytes(reader.fixed(expected.length), expected)) {
    throw new CryptoError("key", "the offer is of another vault than the code");
  }
  const name = reader.text(nameBytesMax);
  reader.end();
  const reveal = concatBytes(signJoin(device, invitation.vault), card);
  const digits = digitsOf(invitation, commit, offer, card);
  return { digits, name, message: sealMessage(invitation, 3, reveal, random) };
}

/** Trusted device, at the end: whom it would add, once the person has seen the same digits on both. */
export function openReveal(inviter: Inviter, message: Uint8Array): JoinRequest {
  const { invitation, commit, offer } = inviter;
  const reveal = openMessage(invitation, 3, message).slice();
  const reader = createReader(reveal);
  const joinSignature = reader.fixed(SIGNATURE_BYTES);
  const card = reveal.subarray(SIGNATURE_BYTES);
  reader.fixed(PAIRING_NONCE_BYTES);
  const device = { signKey: reader.fixed(KEY_BYTES), boxKey: reader.fixed(KEY_BYTES) };
  const name = reader.text(nameBytesMax);
  reader.end();
  if (!isEqualSecret(commitTo(card), commit)) throw new CryptoError("key", "the new device is not the one that began");
  return { digits: digitsOf(invitation, commit, offer, card), device, joinSignature, name };
}

/** Either side, at the end. The commit ties it to this one joiner. */
export function sealAnswer(
  { invitation, commit }: Pick<Joiner, "invitation" | "commit">,
  step: 4 | 5,
  answer: PairingAnswer,
  random: Random,
): Uint8Array {
  const content = concatBytes(Uint8Array.of(ANSWERS.indexOf(answer) + 1), commit);
  return sealMessage(invitation, step, content, random);
}

export function openAnswer(
  { invitation, commit }: Pick<Joiner, "invitation" | "commit">,
  step: 4 | 5,
  message: Uint8Array,
): PairingAnswer {
  const reader = createReader(openMessage(invitation, step, message));
  const answer = ANSWERS[reader.u8() - 1];
  const isOfThis = isEqualSecret(reader.fixed(HASH_BYTES), commit);
  reader.end();
  if (answer === undefined) throw new CryptoError("malformed", "pairing answer");
  if (!isOfThis) throw new CryptoError("key", "an answer to another pairing");
  return answer;
}

function offered({ vault, rosterHead, fingerprint }: Invitation): Uint8Array {
  return concatBytes(idToBytes(vault), rosterHead, fingerprint);
}

function commitTo(card: Uint8Array): Uint8Array {
  return hash256("sovereign/pairing-commit/v1", card);
}

/** Every part but the last has a fixed length, so the transcript can be split in one way only. */
function digitsOf({ secret }: Invitation, commit: Uint8Array, offer: Uint8Array, card: Uint8Array): string {
  const hash = hash256("sovereign/pairing-code/v1", secret, commit, hash256("sovereign/pairing-offer/v1", offer), card);
  // 2^48 possible values: six digits are even to within 4 in 10^9.
  const number = hash.subarray(0, 6).reduce((value, byte) => value * 256 + byte, 0);
  return String(number % 1_000_000).padStart(6, "0");
}

function sealMessage({ secret }: Invitation, step: PairingStep, content: Uint8Array, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  const padded = padBody(content, messagePaddedBytes);
  return concatBytes(nonce, aeadSeal(padded, messageData(step), nonce, deriveSubkey(secret, KEY_CONTEXT, step)));
}

function openMessage({ secret }: Invitation, step: PairingStep, message: Uint8Array): Uint8Array {
  if (message.length > pairingMessageBytesMax) throw new CryptoError("malformed", "pairing message");
  const [nonce, sealed] = [message.subarray(0, NONCE_BYTES), message.subarray(NONCE_BYTES)];
  const padded = aeadOpen(sealed, messageData(step), nonce, deriveSubkey(secret, KEY_CONTEXT, step));
  if (padded === null) throw new CryptoError("key", `pairing message ${step} is not of this invitation`);
  return unpadBody(padded);
}

function messageData(step: PairingStep): Uint8Array {
  return concatBytes(utf8ToBytes("sovereign/pairing/v1"), Uint8Array.of(step));
}
