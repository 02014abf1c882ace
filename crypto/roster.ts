/**
 * The roster: a vault's signed, hash-chained list of members. This file reads it: a pure reducer over public bytes that gives
 * every device, agent and relay the same answer. rosterEntries.ts makes entries.
 *
 *    0   1  version = 1
 *    1   1  type         1 genesis 2 addDevice 3 addHost 4 remove 5 rotate 6 setRecovery 7 recover
 *    2   4  seq          genesis 1, then exactly +1
 *    6  32  prev         hash of the entry before; zeros in a genesis
 *   38  16  author       the member who signs; in a genesis its first device
 *   54   4  generation   of the vault key after this entry
 *   58   …  body         rosterEntryBody.ts
 *    …  64  signature    author's, over "sovereign/sig/roster/v1" ‖ everything before
 *
 * Hash of an entry: BLAKE2b-256("sovereign/roster/v1" ‖ entry). The genesis' hash names the vault.
 */
import { bytesToHex, isEqualBytes } from "./bytes.ts";
import { createReader } from "./codec.ts";
import { authorIdOf } from "./device.ts";
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
import { membersMax, rosterEntryBytesMax } from "./limits.ts";
import {
  JOIN_LABEL,
  joinMessage,
  readEntryBody,
  type EntryBody,
  type KeyBox,
  type MemberCard,
} from "./rosterEntryBody.ts";
import { SIGNATURE_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export type MemberRole = "device" | "host" | "recovery";

export interface Member {
  readonly id: AuthorId;
  readonly role: MemberRole;
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  /** A host's relay signs its welcome with this; `null` for all others. */
  readonly relayKey: Uint8Array | null;
  /** `openMemberName` reads it. Empty for a recovery. */
  readonly sealedName: Uint8Array;
  readonly addedSeq: number;
  readonly removedSeq: number | null;
}

export interface Roster {
  readonly vault: VaultId;
  readonly seq: number;
  /** 32 bytes: the hash of the newest entry. */
  readonly head: Uint8Array;
  /** Of the newest vault key. */
  readonly generation: number;
  /** The seq of the entry that began each generation, from generation 1 on. */
  readonly generationSeqs: readonly number[];
  /** Removed members stay, so that what they wrote before can still be verified. */
  readonly members: ReadonlyMap<AuthorId, Member>;
}

export interface RosterEntry {
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly author: AuthorId;
  readonly generation: number;
  readonly body: EntryBody;
  readonly unsigned: Uint8Array;
  readonly signature: Uint8Array;
}

export const ROSTER_VERSION = 1;
export const ROSTER_SIGNATURE_LABEL = "sovereign/sig/roster/v1";
export const ROSTER_TYPES: readonly EntryBody["type"][] = [
  "genesis",
  "addDevice",
  "addHost",
  "remove",
  "rotate",
  "setRecovery",
  "recover",
];

/** The roster after `bytes`. Throws `CryptoError("roster")` for what the rules refuse, other codes for what is no entry. */
export function applyRosterEntry(roster: Roster | null, bytes: Uint8Array): Roster {
  const entry = parseRosterEntry(bytes);
  const next = roster === null ? applyGenesis(entry, bytes) : applyNext(roster, entry, bytes);
  checkBoxes(next, entry.body);
  return next;
}

/** Throws like `applyRosterEntry`, also when there is no entry at all. */
export function readRoster(entries: readonly Uint8Array[]): Roster {
  let roster: Roster | null = null;
  for (const entry of entries) roster = applyRosterEntry(roster, entry);
  if (roster === null) throw refusal("no entries");
  return roster;
}

export function rosterEntryHash(entry: Uint8Array): Uint8Array {
  return hash256("sovereign/roster/v1", entry);
}

export function isActiveMember(roster: Roster, id: AuthorId): boolean {
  return roster.members.get(id)?.removedSeq === null;
}

/** Whether new envelopes of this author are accepted. A host writes by its lanes only, which a device's request allows. */
export function canWrite(roster: Roster, id: AuthorId): boolean {
  return isActiveMember(roster, id) && roster.members.get(id)?.role === "device";
}

/** The generation that was in force when the roster ended at `seq`; of a seq that is still to come, the newest known. */
export function generationAt(roster: Roster, seq: number): number {
  return roster.generationSeqs.filter((begin) => begin <= seq).length;
}

export function activeMembers(roster: Roster): readonly Member[] {
  return [...roster.members.values()].filter((member) => member.removedSeq === null);
}

/** Active devices and the recovery, by id: those to whom every new vault key is boxed. */
export function keyHolders(members: Iterable<Member>): readonly Member[] {
  return [...members]
    .filter((member) => member.removedSeq === null && member.role !== "host")
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Form only. */
export function parseRosterEntry(bytes: Uint8Array): RosterEntry {
  if (bytes.length > rosterEntryBytesMax) throw new CryptoError("malformed", `roster entry of ${bytes.length} bytes`);
  const reader = createReader(bytes);
  const version = reader.u8();
  if (version !== ROSTER_VERSION) throw new CryptoError("version", `roster entry version ${version}`);
  const type = ROSTER_TYPES[reader.u8() - 1];
  if (type === undefined) throw new CryptoError("malformed", "unknown type of roster entry");
  const place = {
    seq: reader.u32(),
    prev: reader.fixed(HASH_BYTES),
    author: authorIdFromBytes(reader.fixed(ID_BYTES)),
    generation: reader.u32(),
  };
  const body = readEntryBody(type, reader);
  const signature = reader.fixed(SIGNATURE_BYTES);
  reader.end();
  return { ...place, body, unsigned: bytes.subarray(0, -SIGNATURE_BYTES), signature };
}

function applyGenesis(entry: RosterEntry, bytes: Uint8Array): Roster {
  const { body } = entry;
  if (body.type !== "genesis") throw refusal("does not begin with a genesis");
  if (entry.seq !== 1 || entry.generation !== 1 || entry.prev.some((byte) => byte !== 0))
    throw refusal("genesis out of place");
  const device = toMember(body.device, "device", 1);
  if (entry.author !== device.id) throw refusal("genesis is not signed by its first device");
  checkSignature(entry, device);
  const added = body.recovery === null ? [device] : [device, toMember(body.recovery, "recovery", 1)];
  const head = rosterEntryHash(bytes);
  return {
    vault: vaultIdFromBytes(head),
    seq: 1,
    head,
    generation: 1,
    generationSeqs: [1],
    members: withAdded(new Map(), added),
  };
}

function applyNext(roster: Roster, entry: RosterEntry, bytes: Uint8Array): Roster {
  const { body, seq } = entry;
  if (body.type === "genesis") throw refusal("a second genesis");
  if (seq !== roster.seq + 1) throw refusal(`entry ${seq} after ${roster.seq}`);
  if (!isEqualBytes(entry.prev, roster.head)) throw refusal("does not follow the head");

  const author = roster.members.get(entry.author);
  if (author?.removedSeq !== null) throw refusal("author is not an active member");
  if (author.role !== (body.type === "recover" ? "recovery" : "device"))
    throw refusal(`a ${author.role} may not ${body.type}`);
  checkSignature(entry, author);

  const begins = body.type !== "addDevice" && body.type !== "addHost";
  if (entry.generation !== roster.generation + (begins ? 1 : 0)) throw refusal(`generation ${entry.generation}`);

  const members = membersAfter(roster, body, author, seq);
  const generationSeqs = begins ? [...roster.generationSeqs, seq] : roster.generationSeqs;
  return {
    vault: roster.vault,
    seq,
    head: rosterEntryHash(bytes),
    generation: entry.generation,
    generationSeqs,
    members,
  };
}

function membersAfter(
  roster: Roster,
  body: Exclude<EntryBody, { type: "genesis" }>,
  author: Member,
  seq: number,
): ReadonlyMap<AuthorId, Member> {
  const { members } = roster;
  switch (body.type) {
    case "addDevice":
      checkJoin(body.device, roster.vault, body.joinSignature);
      return withAdded(members, [toMember(body.device, "device", seq)]);
    case "addHost":
      return withAdded(members, [{ ...toMember(body.host, "host", seq), relayKey: body.relayKey }]);
    case "remove":
      if (body.member === author.id) throw refusal("nobody removes themselves: they would choose the next key");
      return withRemoved(members, body.member, seq);
    case "rotate":
      return members;
    case "setRecovery":
      return withAdded(withoutRecovery(members, seq), [toMember(body.recovery, "recovery", seq)]);
    case "recover": {
      checkJoin(body.device, roster.vault, body.joinSignature);
      const added = [toMember(body.device, "device", seq), toMember(body.recovery, "recovery", seq)];
      return withAdded(withoutRecovery(members, seq), added);
    }
  }
}

/** A new key's holder, not only its bytes, agreed to join this vault. */
function checkJoin(card: MemberCard, vault: VaultId, joinSignature: Uint8Array): void {
  const message = joinMessage(idToBytes(vault), card.boxKey);
  if (!verifySignature(JOIN_LABEL, message, joinSignature, card.signKey)) {
    throw new CryptoError("signature", "the new device did not sign that it joins");
  }
}

function checkSignature(entry: RosterEntry, author: Member): void {
  if (!verifySignature(ROSTER_SIGNATURE_LABEL, entry.unsigned, entry.signature, author.signKey)) {
    throw new CryptoError("signature", "roster entry");
  }
}

/** Exactly the members who are to hold the key, in order: one missing is locked out, one too many reads along. */
function checkBoxes(roster: Roster, body: EntryBody): void {
  if (body.type === "addHost") return;
  const boxes: readonly KeyBox[] = body.type === "addDevice" ? [body.box] : body.newKey.boxes;
  const expected =
    body.type === "addDevice"
      ? [authorIdOf(body.device.signKey)]
      : keyHolders(roster.members.values()).map(({ id }) => id);
  const isExact = boxes.length === expected.length && boxes.every((box, index) => box.member === expected[index]);
  if (!isExact) throw refusal("key boxes are not exactly the active members");
}

function withAdded(members: ReadonlyMap<AuthorId, Member>, added: readonly Member[]): ReadonlyMap<AuthorId, Member> {
  const next = new Map(members);
  for (const member of added) {
    if (next.has(member.id)) throw refusal("a key that is, or was, a member cannot be added");
    next.set(member.id, member);
  }
  const active = [...next.values()].filter((member) => member.removedSeq === null);
  if (active.length > membersMax) throw refusal(`more than ${membersMax} members`);
  const boxKeys = new Set(active.map((member) => bytesToHex(member.boxKey)));
  if (boxKeys.size !== active.length) throw refusal("two members with one box key");
  return next;
}

function withRemoved(members: ReadonlyMap<AuthorId, Member>, id: AuthorId, seq: number): ReadonlyMap<AuthorId, Member> {
  const member = members.get(id);
  if (member?.removedSeq !== null) throw refusal("removes somebody who is not a member");
  return new Map(members).set(id, { ...member, removedSeq: seq });
}

function withoutRecovery(members: ReadonlyMap<AuthorId, Member>, seq: number): ReadonlyMap<AuthorId, Member> {
  const recovery = [...members.values()].find((member) => member.role === "recovery" && member.removedSeq === null);
  return recovery === undefined ? members : withRemoved(members, recovery.id, seq);
}

function toMember(card: MemberCard, role: MemberRole, addedSeq: number): Member {
  return { ...card, id: authorIdOf(card.signKey), role, relayKey: null, addedSeq, removedSeq: null };
}

function refusal(detail: string): CryptoError {
  return new CryptoError("roster", detail);
}
