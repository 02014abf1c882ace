import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes, runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Member, MemberRole, Roster } from "#crypto/roster.ts";
import { formAnswerCharsMax } from "../limits.ts";
import { findApproval, writeApproval } from "./approvals.ts";
import { findFormAnswer, writeFormAnswer, type AskedForm } from "./formAnswers.ts";

const [laptop, phone, host] = [0, 1, 2].map(() => createDeviceKeys(systemRandom)) as [
  DeviceKeys,
  DeviceKeys,
  DeviceKeys,
];
const member = ({ id, sign, box }: DeviceKeys, role: MemberRole): Member => ({
  ...{ id, role, signKey: sign.publicKey, boxKey: box.publicKey, relayKey: null },
  ...{ sealedName: new Uint8Array(), addedSeq: 1, removedSeq: null },
});
const roster: Roster = {
  ...{
    vault: vaultIdFromBytes(new Uint8Array(32)),
    seq: 9,
    head: new Uint8Array(32),
    generation: 1,
    generationSeqs: [1],
  },
  members: new Map(
    [member(laptop, "device"), member(phone, "device"), member(host, "host")].map((each) => [each.id, each]),
  ),
};
const asked: AskedForm = {
  doc: docIdFromBytes(new Uint8Array(16).fill(1)),
  run: runIdFromBytes(new Uint8Array(16).fill(2)),
  call: "ab".repeat(16),
  host: host.id,
  name: "send",
  version: "cd".repeat(32),
  target: "ann",
  until: 1_000,
  form: 1,
  says: "Which size?",
  fields: '{"type":"object"}',
};
const answer = '{"size":"größe"}';

describe("the answer to a form", () => {
  test("AQ16 is none where any device did not want to answer, in whatever order", () => {
    for (const order of [
      [laptop, phone],
      [phone, laptop],
    ] as const) {
      const doc = new Doc();
      for (const device of order) writeFormAnswer(doc, asked, device === phone ? null : answer, device);
      expect(findFormAnswer(doc, asked, roster)).toEqual({ device: phone.id, answer: null });
    }
  });

  test("AQ15 is a device's, to exactly this form", () => {
    const doc = new Doc();
    expect(findFormAnswer(doc, asked, roster)).toBeNull();
    writeFormAnswer(doc, asked, answer, phone);
    expect(findFormAnswer(doc, asked, roster)).toEqual({ device: phone.id, answer });
    const others: Partial<AskedForm>[] = [
      { doc: docIdFromBytes(new Uint8Array(16).fill(3)) },
      { run: runIdFromBytes(new Uint8Array(16).fill(3)) },
      { call: "ac".repeat(16) },
      ...[{ form: 2 }, { form: 11 }, { says: "Which password?" }, { fields: "{}" }, { until: 1_001 }],
      ...[{ host: phone.id }, { name: "sen" }, { version: "ce".repeat(32) }, { target: "mallory" }],
    ];
    // Also where it is put in that form's place.
    for (const other of others) {
      const elsewhere = new Doc();
      const wrong = { ...asked, ...other };
      const value = doc.getMap("approvals").get(`${asked.run}/${asked.call}.1/${phone.id}`);
      elsewhere.getMap("approvals").set(`${wrong.run}/${wrong.call}.${wrong.form}/${phone.id}`, value);
      expect(findFormAnswer(elsewhere, wrong, roster), JSON.stringify(other)).toBeNull();
    }
  });

  test("AQ15 to say nothing is an answer, and a host or a stranger has none", () => {
    const doc = new Doc();
    for (const keys of [host, createDeviceKeys(systemRandom)]) writeFormAnswer(doc, asked, answer, keys);
    expect(findFormAnswer(doc, asked, roster)).toBeNull();
    writeFormAnswer(doc, asked, null, laptop);
    expect(findFormAnswer(doc, asked, roster)).toEqual({ device: laptop.id, answer: null });
  });

  test("AQ15 with any bit of it changed, cut or longer than it may be it is none", () => {
    const doc = new Doc();
    writeFormAnswer(doc, asked, answer, phone);
    const key = `${asked.run}/${asked.call}.1/${phone.id}`;
    const whole = doc.getMap("approvals").get(key) as Uint8Array;
    const tried = (value: unknown): unknown => {
      doc.getMap("approvals").set(key, value);
      return findFormAnswer(doc, asked, roster);
    };
    for (let at = 0; at < whole.length * 8; at++) {
      const changed = whole.slice();
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(tried(changed), `bit ${at}`).toBeNull();
    }
    for (const odd of [whole.slice(0, 82), whole.slice(0, 40), new Uint8Array(), null, answer])
      expect(tried(odd)).toBeNull();
    writeFormAnswer(doc, asked, `"${"x".repeat(formAnswerCharsMax)}"`, phone);
    expect(findFormAnswer(doc, asked, roster)).toBeNull();
  });

  test("AQ15 is no word on the call, nor the other way round", () => {
    const doc = new Doc();
    const { form: _form, says: _says, fields: _fields, ...about } = asked;
    const call = { ...about, arguments: '{"to":"ann"}' };
    writeFormAnswer(doc, asked, answer, phone);
    expect(findApproval(doc, call, roster)).toBeNull();
    const other = new Doc();
    writeApproval(other, call, "allow", phone);
    expect(findFormAnswer(other, asked, roster)).toBeNull();
  });
});
