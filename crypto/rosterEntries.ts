/**
 * Making roster entries, and taking the vault keys out of them. The bytes are described in roster.ts and rosterEntryBody.ts,
 * the keys in vaultKeys.ts. Every entry is run through the roster's own rules before it is handed out.
 */
import { concatBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import { authorIdOf, sign, type BoxKey, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { HASH_BYTES, idToBytes, type AuthorId, type VaultId } from "./ids.ts";
import type { Random } from "./random.ts";
import {
  applyRosterEntry,
  keyHolders,
  parseRosterEntry,
  readRoster,
  ROSTER_SIGNATURE_LABEL,
  ROSTER_TYPES,
  ROSTER_VERSION,
  type Member,
  type Roster,
} from "./roster.ts";
import {
  JOIN_LABEL,
  joinMessage,
  writeEntryBody,
  type EntryBody,
  type MemberCard,
  type NewKey,
} from "./rosterEntryBody.ts";
import {
  boxVaultKey,
  isCommittedVaultKey,
  openName,
  openVaultKeyBox,
  sealName,
  unwrapOlderVaultKey,
  vaultKeyCommitment,
  wrapOlderVaultKey,
  type VaultKey,
} from "./vaultKeys.ts";

export interface PublicKeys {
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
}

/** What every entry after the genesis needs: where the roster stands, and who signs. */
interface NextEntry {
  readonly roster: Roster;
  readonly by: DeviceKeys;
  readonly random: Random;
}

/** For an entry that begins a generation: the key in force and the one to come. */
interface Rotation extends NextEntry {
  readonly vaultKey: VaultKey;
  readonly newVaultKey: VaultKey;
}

export function createGenesis(genesis: {
  readonly device: DeviceKeys;
  readonly name: string;
  readonly vaultKey: VaultKey;
  /** Public keys of the recovery phrase (recovery.ts); a vault may begin without and set one later. */
  readonly recovery?: PublicKeys | null;
  readonly random: Random;
}): Uint8Array {
  const { device, name, vaultKey, random } = genesis;
  const keys = publicKeysOf(device);
  const recovery = genesis.recovery ? recoveryCard(genesis.recovery) : null;
  const holders = [keys, ...(recovery === null ? [] : [recovery])].map(withId).sort(byId);
  const body: EntryBody = {
    type: "genesis",
    device: nameCard(keys, name, 1, vaultKey, random),
    recovery,
    newKey: {
      commitment: vaultKeyCommitment(vaultKey, 1),
      olderKeyWrap: null,
      boxes: holders.map(({ id, boxKey }) => ({ member: id, box: boxVaultKey(vaultKey, boxKey) })),
    },
  };
  return signEntry(null, device, 1, body);
}

/** The host's keys must come from its announcement, checked against the link's fingerprint. It gets no vault key. */
export function createAddHost(
  entry: NextEntry & {
    readonly host: PublicKeys & { readonly relayKey: Uint8Array };
    readonly name: string;
    readonly vaultKey: VaultKey;
  },
): Uint8Array {
  const { roster, by, host, name, vaultKey, random } = entry;
  const card = nameCard(host, name, roster.generation, vaultKey, random);
  return signEntry(roster, by, roster.generation, { type: "addHost", host: card, relayKey: host.relayKey });
}

/** What a new device signs before a trusted one may add it: this vault, these keys. */
export function signJoin(device: DeviceKeys, vault: VaultId): Uint8Array {
  return sign(JOIN_LABEL, joinMessage(idToBytes(vault), device.box.publicKey), device.sign);
}

export function createAddDevice(
  entry: NextEntry & {
    readonly device: PublicKeys;
    readonly joinSignature: Uint8Array;
    readonly name: string;
    readonly vaultKey: VaultKey;
  },
): Uint8Array {
  const { roster, by, device, joinSignature, name, vaultKey, random } = entry;
  return signEntry(roster, by, roster.generation, {
    type: "addDevice",
    device: nameCard(device, name, roster.generation, vaultKey, random),
    joinSignature,
    box: { member: authorIdOf(device.signKey), box: boxVaultKey(vaultKey, device.boxKey) },
  });
}

/** Of a device, a host or the recovery. The rest get a new vault key in the same entry. */
export function createRemove(entry: Rotation & { readonly member: AuthorId }): Uint8Array {
  const { roster, by, member } = entry;
  const holders = keyHolders(roster.members.values()).filter(({ id }) => id !== member);
  return signEntry(roster, by, roster.generation + 1, { type: "remove", member, newKey: newKey(entry, holders) });
}

export function createRotate(entry: Rotation): Uint8Array {
  const holders = keyHolders(entry.roster.members.values());
  return signEntry(entry.roster, entry.by, entry.roster.generation + 1, {
    type: "rotate",
    newKey: newKey(entry, holders),
  });
}

/** The phrase before it, if there was one, opens nothing new from here on. */
export function createSetRecovery(entry: Rotation & { readonly recovery: PublicKeys }): Uint8Array {
  const { roster, by, recovery } = entry;
  const body: EntryBody = {
    type: "setRecovery",
    recovery: recoveryCard(recovery),
    newKey: newKey(entry, holdersAfterRecovery(roster, [recovery])),
  };
  return signEntry(roster, by, roster.generation + 1, body);
}

/** Signed by the recovery phrase itself (`by`): one entry lets a new device in, uses the phrase up, and changes the key. */
export function createRecover(
  entry: Rotation & {
    readonly device: PublicKeys;
    readonly joinSignature: Uint8Array;
    readonly name: string;
    readonly recovery: PublicKeys;
  },
): Uint8Array {
  const { roster, by, device, joinSignature, name, recovery, newVaultKey, random } = entry;
  const generation = roster.generation + 1;
  return signEntry(roster, by, generation, {
    type: "recover",
    device: nameCard(device, name, generation, newVaultKey, random),
    joinSignature,
    recovery: recoveryCard(recovery),
    newKey: newKey(entry, holdersAfterRecovery(roster, [device, recovery])),
  });
}

/**
 * Every vault key this member can reach: from its boxes, and backwards by the wraps. Empty for a host. Throws
 * `CryptoError("key")` when a box or wrap meant for it does not hold the key that its entry committed to.
 */
export function openRosterVaultKeys(
  entries: readonly Uint8Array[],
  member: { readonly id: AuthorId; readonly box: BoxKey },
): Map<number, VaultKey> {
  readRoster(entries);
  const parsed = entries.map(parseRosterEntry);
  const newKeys = new Map<number, NewKey>();
  const vaultKeys = new Map<number, VaultKey>();
  const accept = (vaultKey: VaultKey | null, generation: number): void => {
    const commitment = newKeys.get(generation)?.commitment;
    if (vaultKey === null || commitment === undefined || !isCommittedVaultKey(vaultKey, generation, commitment)) {
      throw new CryptoError("key", `vault key of generation ${generation} is not the one committed to`);
    }
    vaultKeys.set(generation, vaultKey);
  };

  for (const { body, generation } of parsed) {
    if ("newKey" in body) newKeys.set(generation, body.newKey);
    const boxes = "newKey" in body ? body.newKey.boxes : body.type === "addDevice" ? [body.box] : [];
    const mine = boxes.find((box) => box.member === member.id);
    if (mine !== undefined) accept(openVaultKeyBox(mine.box, member.box), generation);
  }
  for (let generation = Math.max(0, ...vaultKeys.keys()); generation > 1; generation--) {
    const newer = vaultKeys.get(generation);
    const wrap = newKeys.get(generation)?.olderKeyWrap;
    if (newer === undefined || !wrap) throw new CryptoError("key", `no way back from generation ${generation}`);
    if (!vaultKeys.has(generation - 1)) accept(unwrapOlderVaultKey(wrap, newer, generation), generation - 1);
  }
  return vaultKeys;
}

/** `null` when its key is not there, or there is no name. */
export function openMemberName(member: Member, vaultKeys: ReadonlyMap<number, VaultKey>): string | null {
  return openName(member.sealedName, member.signKey, vaultKeys);
}

function signEntry(roster: Roster | null, by: DeviceKeys, generation: number, body: EntryBody): Uint8Array {
  const writer = createWriter()
    .u8(ROSTER_VERSION)
    .u8(ROSTER_TYPES.indexOf(body.type) + 1)
    .u32(roster === null ? 1 : roster.seq + 1)
    .fixed(roster === null ? new Uint8Array(HASH_BYTES) : roster.head)
    .fixed(idToBytes(by.id))
    .u32(generation);
  writeEntryBody(writer, body);
  const unsigned = writer.finish();
  const entry = concatBytes(unsigned, sign(ROSTER_SIGNATURE_LABEL, unsigned, by.sign));
  applyRosterEntry(roster, entry);
  return entry;
}

function newKey(
  rotation: Rotation,
  holders: readonly { readonly id: AuthorId; readonly boxKey: Uint8Array }[],
): NewKey {
  const { roster, vaultKey, newVaultKey, random } = rotation;
  const generation = roster.generation + 1;
  return {
    commitment: vaultKeyCommitment(newVaultKey, generation),
    olderKeyWrap: wrapOlderVaultKey(vaultKey, newVaultKey, generation, random),
    boxes: holders.map(({ id, boxKey }) => ({ member: id, box: boxVaultKey(newVaultKey, boxKey) })),
  };
}

function holdersAfterRecovery(roster: Roster, added: readonly PublicKeys[]) {
  const staying = keyHolders(roster.members.values()).filter(({ role }) => role !== "recovery");
  return [...staying, ...added.map(withId)].sort(byId);
}

function nameCard(keys: PublicKeys, name: string, generation: number, vaultKey: VaultKey, random: Random): MemberCard {
  const { signKey, boxKey } = keys;
  return { signKey, boxKey, sealedName: sealName(name, signKey, generation, vaultKey, random) };
}

function recoveryCard({ signKey, boxKey }: PublicKeys): MemberCard {
  return { signKey, boxKey, sealedName: new Uint8Array(0) };
}

function publicKeysOf(device: DeviceKeys): PublicKeys {
  return { signKey: device.sign.publicKey, boxKey: device.box.publicKey };
}

function withId(keys: PublicKeys): PublicKeys & { readonly id: AuthorId } {
  return { ...keys, id: authorIdOf(keys.signKey) };
}

function byId(a: { readonly id: AuthorId }, b: { readonly id: AuthorId }): number {
  return a.id < b.id ? -1 : 1;
}
