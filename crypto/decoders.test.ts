/**
 * Every decoder on damaged bytes: it may refuse, with a `CryptoError`, or accept; it never throws anything else. In Node
 * `FUZZ_RUNS` sets how many inputs each gets.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAnnouncement, openAnnouncement } from "./announcement.ts";
import { utf8ToBytes } from "./bytes.ts";
import { deflateBody, inflateBody } from "./deflate.ts";
import { boxKeyFromSeed, decodeDeviceKeys, encodeDeviceKeys } from "./device.ts";
import { openRekey, openRekeyBackward, sealRekey } from "./docKeys.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { parseEnvelope } from "./envelopeHeader.ts";
import { decodeRequest, encodeRequest, openGrant, sealGrant } from "./grant.ts";
import { createLane } from "./lane.ts";
import { finalClear, parseAccept, parseFinalClear } from "./laneHeader.ts";
import { openLocal, sealLocal } from "./localSeal.ts";
import { encodeLock, parseLock } from "./lockForm.ts";
import { padBody, unpadBody } from "./padding.ts";
import {
  answerCommit,
  beginJoin,
  createInvitation,
  openAnswer,
  openReveal,
  revealJoin,
  sealAnswer,
} from "./pairing.ts";
import { openRecord, sealRecord, signRecord } from "./record.ts";
import { applyRosterEntry, parseRosterEntry, readRoster } from "./roster.ts";
import { openHealth, sealHealth } from "./sealedHealth.ts";
import { createTestEnvelope, createTestIds, createTestVault, refusalOf } from "./testing/fixtures.ts";

const numRuns = Number(typeof process === "undefined" ? 2_000 : (process.env["FUZZ_RUNS"] ?? 2_000));

interface Target {
  readonly valid: readonly Uint8Array[];
  readonly decode: (bytes: Uint8Array) => unknown;
}

const vault = createTestVault(11);
const { random, laptop, host } = vault;
const envelope = createTestEnvelope(laptop, random);
const { doc, run, boot } = createTestIds(random);
const bootBox = boxKeyFromSeed(random(32));
const rekey = sealRekey({ ...envelope, generation: 1, vaultKey: vault.vaultKey, previousDocKey: null });
const genesis = readRoster(vault.entries.slice(0, 1));
const grant = { run, doc, epoch: 1, docKey: envelope.docKey, notAfter: 5, maxBytes: 6 };
const info = { kind: "guide", label: "Guide, not a model", models: ["guide"], defaultModel: "guide" } as const;
const text = utf8ToBytes("What is said again is said again. ".repeat(60));
const sealed = [envelope, { ...envelope, clear: random(30) }, { ...envelope, body: text }].map(sealEnvelope);
const invitation = createInvitation(
  { vault: genesis.vault, rosterHead: genesis.head, fingerprint: random(16) },
  random,
);
const slot = { id: random(16), wrap: random(72) };
const lock = encodeLock({
  id: random(16),
  slots: [
    { ...slot, kind: "platform" },
    { ...slot, kind: "passkey", credential: random(20), prfInput: random(32) },
    { ...slot, kind: "passphrase", memoryKiB: 65_536, passes: 3, salt: random(16) },
  ],
  secrets: random(80),
});
const begun = beginJoin({ invitation, device: host, name: "Phone" }, random);
const offered = answerCommit(invitation, begun.message, "Laptop", random);
const revealed = revealJoin(begun.joiner, offered.message, random);
const targets: Readonly<Record<string, Target>> = {
  envelope: { valid: sealed, decode: parseEnvelope },
  "opened envelope": { valid: sealed, decode: (bytes) => openEnvelope(parseEnvelope(bytes), envelope.docKey) },
  rekey: {
    valid: [rekey],
    decode: (bytes) => {
      openRekeyBackward(parseEnvelope(bytes), envelope.docKey);
      return openRekey(parseEnvelope(bytes), new Map([[1, vault.vaultKey]]));
    },
  },
  "roster entry": { valid: vault.entries, decode: parseRosterEntry },
  "roster reducer": { valid: vault.entries.slice(1), decode: (bytes) => applyRosterEntry(genesis, bytes) },
  announcement: { valid: [createAnnouncement({ host, boot, bootBox, time: 7, info })], decode: openAnnouncement },
  health: {
    valid: [
      sealHealth({
        health: { services: [{ kind: "relay", state: "well", since: 5 }], incidents: [] },
        host: host.id,
        to: [{ id: laptop.id, boxKey: laptop.box.publicKey }],
        random,
      }),
    ],
    decode: (bytes) => openHealth(bytes, host.id, laptop),
  },
  grant: {
    valid: [sealGrant({ grant, host: host.id, boot, bootBoxKey: bootBox.publicKey })],
    decode: (bytes) => openGrant(bytes, bootBox),
  },
  request: { valid: [encodeRequest({ run, model: "m", parent: "00", maxBytes: 8 })], decode: decodeRequest },
  accept: { valid: [createLane({ run, doc, host, boot, random }).acceptClear], decode: parseAccept },
  final: { valid: [finalClear(2, 9)], decode: parseFinalClear },
  "device keys": { valid: [encodeDeviceKeys(laptop)], decode: decodeDeviceKeys },
  "local seal": {
    valid: [sealLocal(envelope.docKey, "a", random(9), random)],
    decode: (bytes) => openLocal(envelope.docKey, "a", bytes),
  },
  "pairing commit": { valid: [begun.message], decode: (bytes) => answerCommit(invitation, bytes, "Laptop", random) },
  "pairing offer": { valid: [offered.message], decode: (bytes) => revealJoin(begun.joiner, bytes, random) },
  "pairing answer": {
    valid: [sealAnswer(begun.joiner, 4, "yes", random)],
    decode: (bytes) => openAnswer(begun.joiner, 4, bytes),
  },
  "pairing reveal": { valid: [revealed.message], decode: (bytes) => openReveal(offered.inviter, bytes) },
  lock: { valid: [lock], decode: parseLock },
  record: {
    valid: [signRecord(recordOf(laptop), host)],
    decode: (bytes) => openRecord(bytes, laptop, host.sign.publicKey),
  },
  // What an honest host signs may still come from a gateway that was made to say anything.
  "record's inside": {
    valid: [recordOf(laptop)],
    decode: (bytes) => openRecord(signRecord(bytes, host), laptop, host.sign.publicKey),
  },
  padding: { valid: [padBody(random(30))], decode: unpadBody },
  "deflated body": { valid: [deflateBody(text), deflateBody(random(900))], decode: inflateBody },
};

function recordOf({ id, box }: typeof laptop): Uint8Array {
  const turns = [{ role: "user", text: "Hello" }] as const;
  const content = { tool: "Editor", key: "00000000", conversation: "", model: "m", at: 5, isWhole: true, turns };
  return sealRecord({ id: random(16), content, to: [{ id, boxKey: box.publicKey }], random });
}

/** A valid form with some bytes changed, cut out, doubled or put in. */
const damage = fc.array(fc.record({ at: fc.nat(), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) }), {
  minLength: 1,
  maxLength: 4,
});

describe("decoders", () => {
  test.each(Object.entries(targets))("FU1 %s: the undamaged form is read", (_, { valid, decode }) => {
    for (const bytes of valid) expect(refusalOf(() => decode(bytes))).toBe("none");
  });

  test.each(Object.entries(targets))(
    "FU2 %s: damaged and random bytes are refused with a CryptoError, or read",
    (_, { valid, decode }) => {
      const survive = (bytes: Uint8Array): void => {
        refusalOf(() => decode(bytes));
      };
      const damaged = fc.property(fc.constantFrom(...valid), damage, (bytes, edits) => {
        let changed = [...bytes];
        for (const { at, remove, insert } of edits)
          changed = changed.toSpliced(at % (changed.length + 1), remove, ...insert);
        survive(Uint8Array.from(changed));
      });
      fc.assert(damaged, { numRuns });
      expect(() => fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survive), { numRuns })).not.toThrow();
    },
  );
});
