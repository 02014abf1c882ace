import { describe, expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import { authorIdOf, createDeviceKeys, sign } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { docIdFromBytes } from "./ids.ts";
import { createLane } from "./lane.ts";
import { finalClear, laneClientId, laneMessage, parseAccept, parseFinalClear, verifyAccept } from "./laneHeader.ts";
import { createSeededRandom, createTestIds, flipped } from "./testing/fixtures.ts";

const random = createSeededRandom(9);
const { doc, run, boot } = createTestIds(random);

const host = createDeviceKeys(random);
const lane = createLane({ run, doc, host, boot, random });

describe("lanes", () => {
  test("LN1 the host certifies the lane for one run of one doc in one boot", () => {
    const accept = parseAccept(lane.acceptClear);
    expect(accept).toMatchObject({ run, boot, host: host.id, lane: lane.id, laneKey: lane.signingKey.publicKey });
    expect(authorIdOf(accept.laneKey)).toBe(lane.id);
    expect(verifyAccept(accept, doc, host.sign.publicKey)).toBe(true);
    expect(verifyAccept(accept, docIdFromBytes(random(16)), host.sign.publicKey)).toBe(false);
  });

  test("LN2 any other byte in the certificate is refused", () => {
    for (let at = 0; at < lane.acceptClear.length; at++) {
      expect(verifyAccept(parseAccept(flipped(lane.acceptClear, at)), doc, host.sign.publicKey), `byte ${at}`).toBe(
        false,
      );
      expect(() => parseAccept(lane.acceptClear.subarray(0, at))).toThrow(CryptoError);
    }
    expect(() => parseAccept(concatBytes(lane.acceptClear, Uint8Array.of(0)))).toThrow(CryptoError);
  });

  test("LN3 a device, or another host, cannot certify a lane in this host's name", () => {
    const other = createDeviceKeys(random);
    const accept = parseAccept(lane.acceptClear);
    expect(verifyAccept(accept, doc, other.sign.publicKey)).toBe(false);
    const forged = {
      ...accept,
      signature: sign("sovereign/lane/v1", laneMessage(run, doc, accept.laneKey, boot), other.sign),
    };
    expect(verifyAccept(forged, doc, other.sign.publicKey)).toBe(false);
    expect(verifyAccept(forged, doc, host.sign.publicKey)).toBe(false);
  });

  test("LN4 the Yjs client follows from run and lane, in 32 bits", () => {
    expect(lane.clientId).toBe(laneClientId(run, lane.id));
    expect(laneClientId(createTestIds(random).run, lane.id)).not.toBe(lane.clientId);
    expect(laneClientId(run, host.id)).not.toBe(lane.clientId);
    expect(lane.clientId).toBeGreaterThanOrEqual(0);
    expect(lane.clientId).toBeLessThan(2 ** 32);
  });

  test("LN5 every lane has a key of its own, also for the same run", () => {
    expect(createLane({ run, doc, host, boot, random }).id).not.toBe(lane.id);
  });

  test("LN6 a FINAL replaces its own stream, never its ACCEPT", () => {
    expect(parseFinalClear(finalClear(2, 40))).toEqual({ first: 2, last: 40 });
    expect(parseFinalClear(finalClear(2, 1))).toEqual({ first: 2, last: 1 });
    for (const [first, last] of [
      [1, 4],
      [0, 0],
      [5, 3],
    ] as const)
      expect(() => finalClear(first, last)).toThrow(CryptoError);
    expect(() => parseFinalClear(new Uint8Array(16))).toThrow(CryptoError);
    for (const length of [0, 8, 15, 17])
      expect(() => parseFinalClear(new Uint8Array(length).fill(1))).toThrow(CryptoError);
  });
});
