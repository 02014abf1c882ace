import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes, runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Member, MemberRole, Roster } from "#crypto/roster.ts";
import { findApproval, readApproval, signApproval, writeApproval, type AskedCall } from "./approvals.ts";

const [laptop, phone, host] = [0, 1, 2].map(() => createDeviceKeys(systemRandom)) as [
  DeviceKeys,
  DeviceKeys,
  DeviceKeys,
];
const member = ({ id, sign, box }: DeviceKeys, role: MemberRole, removedSeq: number | null = null): Member => ({
  ...{ id, role, signKey: sign.publicKey, boxKey: box.publicKey, relayKey: null },
  ...{ sealedName: new Uint8Array(), addedSeq: 1, removedSeq },
});
const rosterOf = (...members: readonly Member[]): Roster => ({
  ...{
    vault: vaultIdFromBytes(new Uint8Array(32)),
    seq: 9,
    head: new Uint8Array(32),
    generation: 1,
    generationSeqs: [1],
  },
  members: new Map(members.map((each) => [each.id, each])),
});
const roster = rosterOf(member(laptop, "device"), member(phone, "device"), member(host, "host"));
const asked: AskedCall = {
  doc: docIdFromBytes(new Uint8Array(16).fill(1)),
  run: runIdFromBytes(new Uint8Array(16).fill(2)),
  call: "ab".repeat(16),
  host: host.id,
  name: "send",
  version: "cd".repeat(32),
  target: "ann",
  arguments: '{"to":"ann"}',
  until: 1_000,
};

describe("an approval", () => {
  test("AQ11 is a device's word on exactly this call", () => {
    const yes = signApproval(asked, "allow", laptop);
    expect(readApproval(yes, asked, roster)).toEqual({ device: laptop.id, choice: "allow" });
    expect(readApproval(signApproval(asked, "refuse", phone), asked, roster)?.choice).toBe("refuse");
    const others: Partial<AskedCall>[] = [
      { doc: docIdFromBytes(new Uint8Array(16).fill(3)) },
      { run: runIdFromBytes(new Uint8Array(16).fill(3)) },
      { call: "ac".repeat(16) },
      { host: phone.id },
      { name: "sen", version: `d${asked.version}` },
      { version: "ce".repeat(32) },
      { target: "mallory" },
      { arguments: '{"to":"mallory"}' },
      { arguments: `${asked.arguments} ` },
      { until: 1_001 },
    ];
    for (const other of others)
      expect(readApproval(yes, { ...asked, ...other }, roster), JSON.stringify(other)).toBeNull();
  });

  test("AQ12 is nobody's of a host, of a removed device, or of one that is not of this vault", () => {
    expect(readApproval(signApproval(asked, "allow", host), asked, roster)).toBeNull();
    const without = rosterOf(member(laptop, "device", 5), member(phone, "recovery"));
    expect(readApproval(signApproval(asked, "allow", laptop), asked, without)).toBeNull();
    expect(readApproval(signApproval(asked, "allow", phone), asked, without)).toBeNull();
    expect(readApproval(signApproval(asked, "allow", createDeviceKeys(systemRandom)), asked, roster)).toBeNull();
  });

  test("AQ16 is no where any device said no, in whatever order the two words came; of a device that was removed neither counts", () => {
    for (const order of [
      [laptop, phone],
      [phone, laptop],
    ] as const) {
      const doc = new Doc();
      for (const device of order) writeApproval(doc, asked, device === phone ? "refuse" : "allow", device);
      expect(findApproval(doc, asked, roster)).toEqual({ device: phone.id, choice: "refuse" });
      const without = rosterOf(member(laptop, "device"), member(phone, "device", 5), member(host, "host"));
      expect(findApproval(doc, asked, without)).toEqual({ device: laptop.id, choice: "allow" });
    }
  });

  test("AQ13 with any bit of it changed is none, and so is whatever else stands in its place", () => {
    const yes = signApproval(asked, "refuse", laptop);
    for (let at = 0; at < yes.length * 8; at++) {
      const changed = yes.slice();
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(readApproval(changed, asked, roster)).toBeNull();
    }
    for (const odd of [null, "allow", { choice: "allow" }, new Uint8Array(), new Uint8Array(200)])
      expect(readApproval(odd, asked, roster)).toBeNull();
  });

  test("AQ14 is found among those of other calls, behind what somebody else put in front of it", () => {
    const doc = new Doc();
    writeApproval(doc, { ...asked, call: "ff".repeat(16) }, "allow", laptop);
    expect(findApproval(doc, asked, roster)).toBeNull();
    doc.getMap("approvals").set(`${asked.run}/${asked.call}/x`, signApproval(asked, "allow", host));
    writeApproval(doc, asked, "allow", phone);
    expect(findApproval(doc, asked, roster)).toEqual({ device: phone.id, choice: "allow" });
  });
});
