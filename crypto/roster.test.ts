import { describe, expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import { createDeviceKeys, sign, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { idToBytes, vaultIdFromBytes } from "./ids.ts";
import { rosterEntryBytesMax } from "./limits.ts";
import {
  activeMembers,
  applyRosterEntry,
  generationAt,
  canWrite,
  isActiveMember,
  parseRosterEntry,
  readRoster,
  ROSTER_TYPES,
  rosterEntryHash,
  type Roster,
} from "./roster.ts";
import {
  createAddDevice,
  createAddHost,
  createGenesis,
  createRecover,
  createRemove,
  createRotate,
  createSetRecovery,
  openMemberName,
  openRosterVaultKeys,
  signJoin,
} from "./rosterEntries.ts";
import { writeEntryBody, type EntryBody, type NewKey } from "./rosterEntryBody.ts";
import { createTestVault, flipped, holdsBytes } from "./testing/fixtures.ts";
import { createVaultKey, wrapOlderVaultKey, type VaultKey } from "./vaultKeys.ts";

const vault = createTestVault();
const phone = createDeviceKeys(vault.random);
const recovery = createDeviceKeys(vault.random);

const publicKeys = (keys: DeviceKeys) => ({ signKey: keys.sign.publicKey, boxKey: keys.box.publicKey });
const roster = expect.objectContaining({ code: "roster" });
const signature = expect.objectContaining({ code: "signature" });

const addPhone = (to: Roster, vaultKey: VaultKey = vault.vaultKey, by = vault.laptop): Uint8Array =>
  createAddDevice({
    roster: to,
    by,
    device: publicKeys(phone),
    joinSignature: signJoin(phone, to.vault),
    name: "Phone",
    vaultKey,
    random: vault.random,
  });

/** An entry as anybody could write it: signed, but not run through the rules first. */
function forge(
  to: Roster,
  by: DeviceKeys,
  body: EntryBody,
  change: { seq?: number; generation?: number; prev?: Uint8Array } = {},
): Uint8Array {
  const begins = !["addDevice", "addHost"].includes(body.type);
  const writer = createWriter()
    .u8(1)
    .u8(ROSTER_TYPES.indexOf(body.type) + 1)
    .u32(change.seq ?? to.seq + 1)
    .fixed(change.prev ?? to.head)
    .fixed(idToBytes(by.id))
    .u32(change.generation ?? to.generation + (begins ? 1 : 0));
  writeEntryBody(writer, body);
  const unsigned = writer.finish();
  return concatBytes(unsigned, sign("sovereign/sig/roster/v1", unsigned, by.sign));
}

const key = expect.objectContaining({ code: "key" });
const newKeyOf = (entry: Uint8Array): NewKey => {
  const body = parseRosterEntry(entry).body;
  if (!("newKey" in body)) throw new Error("this entry begins no generation");
  return body.newKey;
};
const bodyOf = (entry: Uint8Array) => parseRosterEntry(entry).body;
const rotation = () => ({ vaultKey: vault.vaultKey, newVaultKey: createVaultKey(vault.random), random: vault.random });

/** Laptop, host, phone, recovery; each entry by its own maker. */
function grow() {
  const { laptop, random } = vault;
  const keys = [vault.vaultKey, createVaultKey(random), createVaultKey(random), createVaultKey(random)] as const;
  const entries = [...vault.entries];
  const add = (make: (now: Roster) => Uint8Array) => entries.push(make(readRoster(entries)));
  add((now) => addPhone(now));
  add((now) =>
    createSetRecovery({
      roster: now,
      by: laptop,
      recovery: publicKeys(recovery),
      vaultKey: keys[0],
      newVaultKey: keys[1],
      random,
    }),
  );
  add((now) => createRotate({ roster: now, by: phone, vaultKey: keys[1], newVaultKey: keys[2], random }));
  return { keys, entries, add, now: () => readRoster(entries) };
}

describe("roster", () => {
  test("RO1 begins with one genesis, which names the vault", () => {
    const genesis = vault.entries[0]!;
    expect(readRoster([genesis])).toMatchObject({
      vault: vaultIdFromBytes(rosterEntryHash(genesis)),
      seq: 1,
      generation: 1,
    });
    expect(() => readRoster([])).toThrow(roster);
    expect(() => readRoster([vault.entries[1]!])).toThrow(roster);
  });

  test("RO1 a second genesis is refused, the same or another", () => {
    const other = createGenesis({ device: phone, name: "Phone", vaultKey: vault.vaultKey, random: vault.random });
    for (const genesis of [vault.entries[0]!, other]) {
      expect(() => applyRosterEntry(vault.roster, genesis)).toThrow(roster);
    }
  });

  test("RO1 a genesis out of place, or signed by another than its device, is refused", () => {
    const body = bodyOf(vault.entries[0]!);
    const before = { ...vault.roster, seq: 0, head: new Uint8Array(32), generation: 0 };
    expect(readRoster([forge(before, vault.laptop, body)]).seq).toBe(1);
    expect(() => readRoster([forge(before, vault.laptop, body, { seq: 2 })])).toThrow(roster);
    expect(() => readRoster([forge(before, vault.laptop, body, { generation: 2 })])).toThrow(roster);
    expect(() => readRoster([forge(before, vault.laptop, body, { prev: vault.roster.head })])).toThrow(roster);
    expect(() => readRoster([forge(before, phone, body)])).toThrow(roster);
  });

  test("RO2 an entry follows the head, by seq and by hash", () => {
    const body = bodyOf(addPhone(vault.roster));
    for (const change of [
      { seq: 2 },
      { seq: 4 },
      { prev: new Uint8Array(32) },
      { prev: flipped(vault.roster.head, 31) },
    ]) {
      expect(() => applyRosterEntry(vault.roster, forge(vault.roster, vault.laptop, body, change))).toThrow(roster);
    }
    const entry = addPhone(vault.roster);
    const next = applyRosterEntry(vault.roster, entry);
    expect(next.head).toEqual(rosterEntryHash(entry));
    expect(() => applyRosterEntry(next, entry)).toThrow(roster);
  });

  test("RO3 only an active device signs entries; a host, a stranger and somebody removed do not", () => {
    const body = bodyOf(createRotate({ roster: vault.roster, by: vault.laptop, ...rotation() }));
    expect(() => applyRosterEntry(vault.roster, forge(vault.roster, vault.host, body))).toThrow(roster);
    expect(() => applyRosterEntry(vault.roster, forge(vault.roster, phone, body))).toThrow(roster);

    const withPhone = applyRosterEntry(vault.roster, addPhone(vault.roster));
    const without = applyRosterEntry(
      withPhone,
      createRemove({ roster: withPhone, by: vault.laptop, member: phone.id, ...rotation() }),
    );
    const again = bodyOf(createRotate({ roster: without, by: vault.laptop, ...rotation() }));
    expect(() => applyRosterEntry(without, forge(without, phone, again))).toThrow(roster);
    expect(applyRosterEntry(without, forge(without, vault.laptop, again)).generation).toBe(3);
  });

  test("RO3 a signature by another key, or over other bytes, is refused", () => {
    const entry = addPhone(vault.roster);
    for (let at = 0; at < entry.length; at++) {
      expect(() => applyRosterEntry(vault.roster, flipped(entry, at)), `byte ${at}`).toThrow(CryptoError);
    }
    const unsigned = entry.subarray(0, -64);
    const crossKind = concatBytes(unsigned, sign("sovereign/sig/env/v1", unsigned, vault.laptop.sign));
    expect(() => applyRosterEntry(vault.roster, crossKind)).toThrow(signature);
  });

  test("RO4 what ends somebody's knowledge begins a generation in the same entry; what adds somebody does not", () => {
    const { now, entries, add, keys } = grow();
    expect(entries.map((entry) => parseRosterEntry(entry).generation)).toEqual([1, 1, 1, 2, 3]);
    add((before) =>
      createRemove({
        roster: before,
        by: vault.laptop,
        member: vault.host.id,
        vaultKey: keys[2],
        newVaultKey: keys[3],
        random: vault.random,
      }),
    );
    expect(now().generation).toBe(4);
    const rotate = bodyOf(createRotate({ roster: vault.roster, by: vault.laptop, ...rotation() }));
    for (const generation of [0, 1, 3]) {
      expect(() => applyRosterEntry(vault.roster, forge(vault.roster, vault.laptop, rotate, { generation }))).toThrow(
        roster,
      );
    }
    const join = bodyOf(addPhone(vault.roster));
    expect(() => applyRosterEntry(vault.roster, forge(vault.roster, vault.laptop, join, { generation: 2 }))).toThrow(
      roster,
    );
  });

  test("RO5 the boxes are exactly the active devices and the recovery: none missing, more, twice or out of order", () => {
    const { now } = grow();
    const state = now();
    const body = bodyOf(createRotate({ roster: state, by: vault.laptop, ...rotation() }));
    if (body.type !== "rotate") throw new Error("a rotate is a rotate");
    const { boxes } = body.newKey;
    expect(boxes.map((box) => box.member)).toEqual([vault.laptop.id, phone.id, recovery.id].sort());
    const wrong = [
      boxes.slice(1),
      boxes.slice(0, -1),
      [],
      [...boxes].reverse(),
      [boxes[0]!, boxes[0]!, boxes[2]!],
      [...boxes, { member: vault.host.id, box: boxes[0]!.box }],
    ];
    for (const changed of wrong) {
      const entry = forge(state, vault.laptop, { ...body, newKey: { ...body.newKey, boxes: changed } });
      expect(() => applyRosterEntry(state, entry)).toThrow(roster);
    }
  });

  test("RO5 the box of an added device is that device's", () => {
    const body = bodyOf(addPhone(vault.roster));
    if (body.type !== "addDevice") throw new Error("an addDevice is an addDevice");
    const entry = forge(vault.roster, vault.laptop, { ...body, box: { ...body.box, member: vault.laptop.id } });
    expect(() => applyRosterEntry(vault.roster, entry)).toThrow(roster);
  });

  test("RO6 a key that is or was a member is not added again, nor is a second member with one box key", () => {
    const withPhone = applyRosterEntry(vault.roster, addPhone(vault.roster));
    expect(() => addPhone(withPhone)).toThrow(roster);
    const removal = rotation();
    const without = applyRosterEntry(
      withPhone,
      createRemove({ roster: withPhone, by: vault.laptop, member: phone.id, ...removal }),
    );
    expect(() => addPhone(without, removal.newVaultKey)).toThrow(roster);
    const host = { signKey: phone.sign.publicKey, boxKey: vault.laptop.box.publicKey, relayKey: vault.random(32) };
    expect(() => createAddHost({ roster: vault.roster, by: vault.laptop, host, name: "", ...rotation() })).toThrow(
      roster,
    );
  });

  test("RO7 a removed author stays known but is no longer active, and only devices write", () => {
    const withPhone = applyRosterEntry(vault.roster, addPhone(vault.roster));
    expect(canWrite(withPhone, phone.id)).toBe(true);
    expect(canWrite(withPhone, vault.host.id)).toBe(false);
    expect(isActiveMember(withPhone, vault.host.id)).toBe(true);
    expect(isActiveMember(withPhone, recovery.id)).toBe(false);
    const without = applyRosterEntry(
      withPhone,
      createRemove({ roster: withPhone, by: vault.laptop, member: phone.id, ...rotation() }),
    );
    expect(without.members.get(phone.id)).toMatchObject({ addedSeq: 3, removedSeq: 4 });
    expect(isActiveMember(without, phone.id)).toBe(false);
    expect(canWrite(without, phone.id)).toBe(false);
    expect(activeMembers(without).map((member) => member.id)).toEqual([vault.laptop.id, vault.host.id]);
    expect(withPhone.members.get(phone.id)?.removedSeq).toBeNull();
  });

  test("RO8 nobody removes themselves, somebody unknown, or somebody removed", () => {
    const withPhone = applyRosterEntry(vault.roster, addPhone(vault.roster));
    expect(() => createRemove({ roster: withPhone, by: phone, member: phone.id, ...rotation() })).toThrow(roster);
    expect(() => createRemove({ roster: withPhone, by: phone, member: recovery.id, ...rotation() })).toThrow(roster);
    const without = applyRosterEntry(
      withPhone,
      createRemove({ roster: withPhone, by: phone, member: vault.laptop.id, ...rotation() }),
    );
    expect(() => createRemove({ roster: without, by: phone, member: vault.laptop.id, ...rotation() })).toThrow(roster);
  });

  test("RO9 of two devices that remove each other only the first to reach the head does", () => {
    const withPhone = applyRosterEntry(vault.roster, addPhone(vault.roster));
    const byPhone = createRemove({ roster: withPhone, by: phone, member: vault.laptop.id, ...rotation() });
    const byLaptop = createRemove({ roster: withPhone, by: vault.laptop, member: phone.id, ...rotation() });
    const after = applyRosterEntry(withPhone, byPhone);
    expect(() => applyRosterEntry(after, byLaptop)).toThrow(roster);
  });

  test("RO10 a device joins only with its own signature, over this vault and its box key", () => {
    const device = publicKeys(phone);
    const shared = {
      roster: vault.roster,
      by: vault.laptop,
      name: "Phone",
      vaultKey: vault.vaultKey,
      random: vault.random,
    };
    const others = [
      { device, joinSignature: signJoin(vault.laptop, vault.roster.vault) },
      { device, joinSignature: signJoin(phone, vaultIdFromBytes(vault.random(32))) },
      { device: { ...device, boxKey: recovery.box.publicKey }, joinSignature: signJoin(phone, vault.roster.vault) },
    ];
    for (const other of others) expect(() => createAddDevice({ ...shared, ...other })).toThrow(signature);
  });

  test("RO11 setting a recovery retires the one before", () => {
    const { now, add, keys } = grow();
    const next = createDeviceKeys(vault.random);
    add((before) =>
      createSetRecovery({
        roster: before,
        by: phone,
        recovery: publicKeys(next),
        vaultKey: keys[2],
        newVaultKey: keys[3],
        random: vault.random,
      }),
    );
    expect(isActiveMember(now(), recovery.id)).toBe(false);
    expect(now().members.get(next.id)).toMatchObject({ role: "recovery", removedSeq: null });
  });

  test("RO12 the recovery does one thing only: let a new device in, and be used up by it", () => {
    const { now, add, keys, entries } = grow();
    const [tablet, next] = [createDeviceKeys(vault.random), createDeviceKeys(vault.random)];
    const rotate = bodyOf(createRotate({ roster: now(), by: phone, ...rotation() }));
    expect(() => applyRosterEntry(now(), forge(now(), recovery, rotate))).toThrow(roster);

    const recover = (by: DeviceKeys) => (before: Roster) =>
      createRecover({
        roster: before,
        by,
        device: publicKeys(tablet),
        joinSignature: signJoin(tablet, before.vault),
        name: "Tablet",
        recovery: publicKeys(next),
        vaultKey: keys[2],
        newVaultKey: keys[3],
        random: vault.random,
      });
    expect(() => add(recover(phone))).toThrow(roster);
    add(recover(recovery));
    expect(canWrite(now(), tablet.id)).toBe(true);
    expect(isActiveMember(now(), recovery.id)).toBe(false);
    expect(isActiveMember(now(), next.id)).toBe(true);
    expect([...openRosterVaultKeys(entries, tablet).keys()].sort()).toEqual([1, 2, 3, 4]);
    expect([...openRosterVaultKeys(entries, recovery).keys()].sort()).toEqual([1, 2, 3]);
  });

  test("RO13 size is refused before reading; every shorter and longer form is malformed", () => {
    const malformed = expect.objectContaining({ code: "malformed" });
    expect(() => parseRosterEntry(new Uint8Array(rosterEntryBytesMax + 1))).toThrow(malformed);
    for (const entry of grow().entries) {
      for (let length = 0; length < entry.length; length++) {
        expect(() => parseRosterEntry(entry.subarray(0, length))).toThrow(malformed);
      }
      expect(() => parseRosterEntry(concatBytes(entry, Uint8Array.of(0)))).toThrow(malformed);
    }
    expect(() => parseRosterEntry(flipped(vault.entries[0]!, 0, 2))).toThrow(
      expect.objectContaining({ code: "version" }),
    );
  });

  test("RO14 64 members and their boxes fit one entry; the 65th is refused", () => {
    let state = readRoster([vault.entries[0]!]);
    const add = () => {
      const device = createDeviceKeys(vault.random);
      const joinSignature = signJoin(device, state.vault);
      const name = "n".repeat(200);
      return createAddDevice({
        roster: state,
        by: vault.laptop,
        device: publicKeys(device),
        joinSignature,
        name,
        vaultKey: vault.vaultKey,
        random: vault.random,
      });
    };
    while (state.members.size < 64) state = applyRosterEntry(state, add());
    const rotate = createRotate({ roster: state, by: vault.laptop, ...rotation() });
    expect(rotate.length).toBeLessThan(rosterEntryBytesMax);
    expect(() => add()).toThrow(roster);
  });
});

describe("vault keys in the roster", () => {
  test("VK1 every key holder reads every generation from one box; a host reads none", () => {
    const { entries, keys } = grow();
    const expected = new Map([
      [3, keys[2]],
      [2, keys[1]],
      [1, keys[0]],
    ]);
    for (const member of [vault.laptop, phone, recovery])
      expect(openRosterVaultKeys(entries, member)).toEqual(expected);
    expect(openRosterVaultKeys(entries, vault.host)).toEqual(new Map());
  });

  test("VK2 a device away across two rotations catches up; a removed one gets nothing after its removal", () => {
    const { entries, add, keys } = grow();
    const removed = rotation();
    add((before) =>
      createRemove({ roster: before, by: vault.laptop, member: phone.id, ...removed, vaultKey: keys[2] }),
    );
    add((before) =>
      createRotate({
        roster: before,
        by: vault.laptop,
        vaultKey: removed.newVaultKey,
        newVaultKey: keys[3],
        random: vault.random,
      }),
    );
    expect([...openRosterVaultKeys(entries, vault.laptop).keys()].sort()).toEqual([1, 2, 3, 4, 5]);
    const roster = readRoster(entries);
    for (let seq = 1; seq <= entries.length; seq++)
      expect(generationAt(roster, seq)).toBe(readRoster(entries.slice(0, seq)).generation);
    expect(generationAt(roster, entries.length + 1)).toBe(5);
    expect([...openRosterVaultKeys(entries, phone).keys()].sort()).toEqual([1, 2, 3]);
  });

  test("VK3 a box that holds another key than the committed one is refused", () => {
    const make = () => newKeyOf(createRotate({ roster: vault.roster, by: vault.laptop, ...rotation() }));
    const [honest, other] = [make(), make()];
    const wrong = [
      { ...honest, boxes: other.boxes },
      { ...honest, commitment: other.commitment },
      { ...honest, boxes: honest.boxes.map(({ member, box }) => ({ member, box: flipped(box, 5) })) },
    ];
    for (const newKey of wrong) {
      const entries = [...vault.entries, forge(vault.roster, vault.laptop, { type: "rotate", newKey })];
      expect(() => openRosterVaultKeys(entries, vault.laptop)).toThrow(key);
    }
  });

  test("VK3 a wrap that holds another key, or none, is refused by whoever depends on it", () => {
    const to = rotation();
    const honest = newKeyOf(createRotate({ roster: vault.roster, by: vault.laptop, ...to }));
    const otherKey = wrapOlderVaultKey(createVaultKey(vault.random), to.newVaultKey, 2, vault.random);
    for (const olderKeyWrap of [otherKey, new Uint8Array(72)]) {
      const newKey = { ...honest, olderKeyWrap };
      const entries = [...vault.entries, forge(vault.roster, vault.laptop, { type: "rotate", newKey })];
      entries.push(addPhone(readRoster(entries), to.newVaultKey));
      expect(() => openRosterVaultKeys(entries, phone)).toThrow(key);
      // The laptop has a box of its own for the older key.
      expect(openRosterVaultKeys(entries, vault.laptop).get(1)).toEqual(vault.vaultKey);
    }
  });

  test("VK4 names are read with the vault key of their generation, and by nobody else", () => {
    const { entries, now } = grow();
    const vaultKeys = openRosterVaultKeys(entries, phone);
    const names = [...now().members.values()].map((member) => openMemberName(member, vaultKeys));
    expect(names).toEqual(["Laptop", "Cellar", "Phone", null]);
    const laptop = now().members.get(vault.laptop.id)!;
    const host = now().members.get(vault.host.id)!;
    expect(openMemberName(laptop, new Map())).toBeNull();
    expect(openMemberName({ ...laptop, sealedName: host.sealedName }, vaultKeys)).toBeNull();
    expect(openMemberName({ ...laptop, sealedName: new Uint8Array(3) }, vaultKeys)).toBeNull();
    expect(holdsBytes(concatBytes(...entries), "Laptop")).toBe(false);
  });

  test("VK5 a name longer than 200 bytes is refused when it is made", () => {
    const device = createDeviceKeys(vault.random);
    const make = (name: string) => createGenesis({ device, name, vaultKey: vault.vaultKey, random: vault.random });
    expect(() => make("é".repeat(101))).toThrow(CryptoError);
    expect(readRoster([make("é".repeat(100))]).seq).toBe(1);
  });
});
