import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import { boxKeyFromSeed, createDeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { decodeRequest, encodeRequest, openGrant, sealGrant, type Grant } from "./grant.ts";
import { grantClear, parseGrantClear } from "./grantHeader.ts";
import { bootIdFromBytes, idToBytes, runIdFromBytes } from "./ids.ts";
import { createSeededRandom, createTestIds, flipped, holdsBytes, refusalOf } from "./testing/fixtures.ts";

const random = createSeededRandom(8);
const { doc, run, boot } = createTestIds(random);
const grant: Grant = { run, doc, epoch: 2, docKey: random(32), notAfter: 1_790_000_600_000, maxBytes: 4_194_304 };

const host = createDeviceKeys(random);
const bootBox = boxKeyFromSeed(random(32));
const clear = sealGrant({ grant, host: host.id, boot, bootBoxKey: bootBox.publicKey });

describe("grants", () => {
  test("GR1 the boot it is for opens it; a relay sees run, host, boot and expiry, and no key", () => {
    expect(openGrant(clear, bootBox)).toEqual(grant);
    expect(parseGrantClear(clear)).toMatchObject({ run, host: host.id, boot, notAfter: grant.notAfter });
    expect(holdsBytes(clear, grant.docKey)).toBe(false);
    expect(holdsBytes(clear, idToBytes(doc))).toBe(false);
  });

  test("GR2 another boot, and the host's own long-term key, get null", () => {
    expect(openGrant(clear, boxKeyFromSeed(random(32)))).toBeNull();
    expect(openGrant(clear, host.box)).toBeNull();
  });

  test("GR3 a box under another clear part is refused: run, host, boot and expiry", () => {
    const parsed = parseGrantClear(clear);
    const changes = [
      { run: runIdFromBytes(random(16)) },
      { host: createDeviceKeys(random).id },
      { boot: bootIdFromBytes(random(16)) },
      { notAfter: grant.notAfter + 1 },
    ];
    for (const change of changes) {
      expect(() => openGrant(grantClear({ ...parsed, ...change }), bootBox)).toThrow(CryptoError);
    }
  });

  test("GR4 a changed bit or a missing byte: null or an error, never another grant", () => {
    const open = (bytes: Uint8Array) => {
      let opened: Grant | null = null;
      const refusal = refusalOf(() => (opened = openGrant(bytes, bootBox)));
      return opened === null ? "closed" : refusal;
    };
    for (let at = 0; at < clear.length; at++) {
      expect(open(flipped(clear, at)), `byte ${at}`).toBe("closed");
      expect(
        refusalOf(() => openGrant(clear.subarray(0, at), bootBox)),
        `${at} bytes`,
      ).toBe("malformed");
    }
    expect(refusalOf(() => parseGrantClear(concatBytes(clear, Uint8Array.of(0))))).toBe("malformed");
  });

  test("GR5 all grants have one length", () => {
    const small = sealGrant({
      grant: { ...grant, epoch: 1, maxBytes: 1 },
      host: host.id,
      boot,
      bootBoxKey: bootBox.publicKey,
    });
    expect(small.length).toBe(clear.length);
  });

  test("GR6 nothing is sealed to a boot key of small order", () => {
    expect(() => sealGrant({ grant, host: host.id, boot, bootBoxKey: new Uint8Array(32) })).toThrow(CryptoError);
  });

  test("GR7 a request comes back as it was asked, and in no shorter form", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.stringMatching(/^[0-9a-f]{0,64}$/),
        fc.maxSafeNat(),
        (model, parent, maxBytes) => {
          const bytes = encodeRequest({ run, model, parent, maxBytes });
          expect(decodeRequest(bytes)).toEqual({ run, model, parent, maxBytes });
          for (let length = 0; length < bytes.length; length++) {
            expect(() => decodeRequest(bytes.subarray(0, length))).toThrow(CryptoError);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
