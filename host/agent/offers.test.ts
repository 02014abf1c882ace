import { beforeAll, describe, expect, test } from "vitest";
import { createDeviceKeys, type BoxKey, type DeviceKeys } from "#crypto/device.ts";
import { createDocKey } from "#crypto/docKeys.ts";
import { sealEnvelope, type EnvelopeToSeal } from "#crypto/envelope.ts";
import { NO_PREV } from "#crypto/envelopeHeader.ts";
import { encodeRequest, sealGrant, type Grant } from "#crypto/grant.ts";
import { WAITING_BOOT } from "#crypto/grantHeader.ts";
import { bootIdFromBytes, docIdFromBytes, runIdFromBytes, type BootId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import { createAddHost } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { clockSkewMs, grantLifeMs, waitingGrantLifeMs } from "#sync/limits.ts";
import { createTestVault, type TestVault } from "../testing/testRelay.ts";
import { judgeOffer, type OfferContext, type OfferVerdict } from "./offers.ts";

const nowMs = 1_700_000_000_000;
let vault: TestVault;
let host: DeviceKeys;
let bootBox: BoxKey;
let boot: BootId;
let roster: Roster;

beforeAll(async () => {
  await sodiumReady;
  vault = createTestVault();
  host = createDeviceKeys(systemRandom);
  bootBox = createDeviceKeys(systemRandom).box;
  boot = bootIdFromBytes(systemRandom(16));
  const keys = { signKey: host.sign.publicKey, boxKey: host.box.publicKey, relayKey: new Uint8Array(32) };
  const { device: by, vaultKey } = vault;
  vault.entries.push(
    createAddHost({ roster: vault.roster(), by, host: keys, name: "Host", vaultKey, random: systemRandom }),
  );
  roster = vault.roster();
});

interface Changes {
  grant?: Partial<Grant>;
  envelope?: Partial<EnvelopeToSeal>;
  clear?: Partial<Parameters<typeof sealGrant>[0]>;
  requestRun?: Uint8Array;
  context?: Partial<OfferContext>;
  offeredDoc?: Uint8Array;
  damage?: (bytes: Uint8Array) => void;
}

/** A good offer, and what a test changes in it. */
function judge(changes: Changes = {}): OfferVerdict {
  const doc = docIdFromBytes(systemRandom(16));
  const run = runIdFromBytes(systemRandom(16));
  const docKey = createDocKey(systemRandom);
  const grant = { run, doc, epoch: 1, docKey, notAfter: nowMs + grantLifeMs, maxBytes: 1_000, ...changes.grant };
  const envelope = sealEnvelope({
    kind: "grant",
    doc,
    epoch: 1,
    author: vault.device.id,
    counter: 1,
    prev: NO_PREV,
    rosterSeq: roster.seq,
    rosterHead: roster.head.subarray(0, 8),
    clear: sealGrant({ grant, host: host.id, boot, bootBoxKey: bootBox.publicKey, ...changes.clear }),
    body: encodeRequest({
      run: changes.requestRun === undefined ? run : runIdFromBytes(changes.requestRun),
      model: "m",
      parent: "q1",
      maxBytes: 1_000,
    }),
    docKey,
    signingKey: vault.device.sign,
    random: systemRandom,
    ...changes.envelope,
  });
  changes.damage?.(envelope);
  const offered = changes.offeredDoc === undefined ? doc : docIdFromBytes(changes.offeredDoc);
  return judgeOffer(
    { doc: offered, seq: 3, envelope },
    { roster, host: host.id, boot, bootBox, hostBox: host.box, nowMs, ...changes.context },
  );
}

describe("an offer", () => {
  test("by an active device, for this boot, in time, is good", () => {
    expect(judge()).toMatchObject({
      kind: "good",
      offer: { author: vault.device.id, seq: 3, request: { model: "m", parent: "q1" } },
    });
  });

  test("may be late or early by what clocks differ", () => {
    expect(judge({ grant: { notAfter: nowMs - clockSkewMs } }).kind).toBe("good");
    expect(judge({ grant: { notAfter: nowMs + grantLifeMs + clockSkewMs } }).kind).toBe("good");
  });

  test("that names a newer roster waits for it", () => {
    expect(judge({ envelope: { rosterSeq: roster.seq + 1 } }).kind).toBe("needsRoster");
  });

  const stranger = () => createDeviceKeys(systemRandom);
  const bad: [string, () => Changes][] = [
    ["by a stranger", () => ((keys) => ({ envelope: { author: keys.id, signingKey: keys.sign } }))(stranger())],
    ["by the host itself", () => ({ envelope: { author: host.id, signingKey: host.sign } })],
    ["of another kind", () => ({ envelope: { kind: "update" } })],
    ["that is expired", () => ({ grant: { notAfter: nowMs - clockSkewMs - 1 } })],
    ["that lasts too long", () => ({ grant: { notAfter: nowMs + grantLifeMs + clockSkewMs + 1 } })],
    ["for another boot", () => ({ clear: { boot: bootIdFromBytes(systemRandom(16)) } })],
    ["for another host", () => ({ clear: { host: stranger().id } })],
    ["sealed to another boot's key", () => ({ clear: { bootBoxKey: stranger().box.publicKey } })],
    ["with the key of another doc", () => ({ grant: { doc: docIdFromBytes(systemRandom(16)) } })],
    ["with the key of another epoch", () => ({ grant: { epoch: 2 } })],
    ["with a key that does not open its request", () => ({ grant: { docKey: createDocKey(systemRandom) } })],
    ["whose request is for another run", () => ({ requestRun: systemRandom(16) })],
    ["handed over for another doc", () => ({ offeredDoc: systemRandom(16) })],
    ["with a byte changed in its signature", () => ({ damage: (bytes) => (bytes[bytes.length - 1]! ^= 1) })],
    ["with a byte changed in its box", () => ({ damage: (bytes) => (bytes[116 + 80]! ^= 1) })],
    ["with a byte changed in its header", () => ({ damage: (bytes) => (bytes[60]! ^= 1) })],
  ];
  test.each(bad)("%s is bad", (_name, changes) => expect(judge(changes()).kind).toBe("bad"));

  describe("that waited for this host", () => {
    const waited = (changes: Changes = {}): OfferVerdict =>
      judge({
        ...changes,
        grant: { notAfter: nowMs + waitingGrantLifeMs, ...changes.grant },
        clear: { boot: WAITING_BOOT, bootBoxKey: host.box.publicKey, ...changes.clear },
      });
    const removed = (): Roster => ({
      ...roster,
      members: new Map([...roster.members].map(([id, member]) => [id, { ...member, removedSeq: roster.seq }])),
    });
    const badWaiting: [string, () => Changes][] = [
      ["too long", () => ({ grant: { notAfter: nowMs - clockSkewMs - 1 } })],
      ["and may wait too long", () => ({ grant: { notAfter: nowMs + waitingGrantLifeMs + clockSkewMs + 1 } })],
      ["by a device that was removed since", () => ({ context: { roster: removed() } })],
      ["by a stranger", () => ((keys) => ({ envelope: { author: keys.id, signingKey: keys.sign } }))(stranger())],
      ["for another host", () => ({ clear: { host: stranger().id } })],
      ["sealed to another host's key", () => ({ clear: { bootBoxKey: stranger().box.publicKey } })],
      ["sealed to a boot's key", () => ({ clear: { bootBoxKey: bootBox.publicKey } })],
      ["in the clothes of one for this boot", () => ({ clear: { boot } })],
    ];

    test("WG2 is good, and known as such", () => {
      expect(waited()).toMatchObject({ kind: "good", offer: { isWaiting: true } });
      expect(judge()).toMatchObject({ kind: "good", offer: { isWaiting: false } });
    });

    test.each(badWaiting)("WG2 %s is bad", (_name, changes) => expect(waited(changes()).kind).toBe("bad"));
  });

  test("of garbage is bad", () => {
    const context = { roster, host: host.id, boot, bootBox, hostBox: host.box, nowMs };
    for (const length of [0, 1, 113, 400]) {
      expect(
        judgeOffer({ doc: docIdFromBytes(systemRandom(16)), seq: 1, envelope: systemRandom(length) }, context).kind,
      ).toBe("bad");
    }
  });
});
