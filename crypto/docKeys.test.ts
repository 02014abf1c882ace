import { describe, expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import { createDeviceKeys } from "./device.ts";
import {
  checkRekeyCommitment,
  createDocKey,
  openRekey,
  openRekeyBackward,
  openRekeyKeys,
  sealRekey,
} from "./docKeys.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { NO_PREV, parseEnvelope, verifyEnvelope } from "./envelopeHeader.ts";
import { authorIdFromBytes, docIdFromBytes } from "./ids.ts";
import { rekeyEndsMax } from "./limits.ts";
import { parseRekeyClear } from "./rekeyHeader.ts";
import { createSeededRandom, createTestEnvelope, flipped, holdsBytes } from "./testing/fixtures.ts";
import { createVaultKey } from "./vaultKeys.ts";

const random = createSeededRandom(4);

const { author, signingKey, doc } = createTestEnvelope(createDeviceKeys(random), random);
const rekey = {
  doc,
  author,
  signingKey,
  epoch: 1,
  counter: 1,
  prev: NO_PREV,
  rosterSeq: 2,
  rosterHead: random(8),
  generation: 3,
  docKey: createDocKey(random),
  vaultKey: createVaultKey(random),
  previousDocKey: null,
  random,
};

const key = expect.objectContaining({ code: "key" });

describe("doc keys", () => {
  test("DK1 a member opens a REKEY with the vault key of its generation", () => {
    const parsed = parseEnvelope(sealRekey(rekey));
    expect(verifyEnvelope(parsed, rekey.signingKey.publicKey)).toBe(true);
    expect(parseRekeyClear(parsed).generation).toBe(3);
    expect(openRekey(parsed, new Map([[3, rekey.vaultKey]]))).toEqual({ epoch: 1, docKey: rekey.docKey });
  });

  test("DK2 another vault key, or one under another generation, does not open it", () => {
    const parsed = parseEnvelope(sealRekey(rekey));
    expect(() => openRekey(parsed, new Map())).toThrow(key);
    expect(() => openRekey(parsed, new Map([[4, rekey.vaultKey]]))).toThrow(key);
    expect(() => openRekey(parsed, new Map([[3, createVaultKey(random)]]))).toThrow(key);
  });

  test("DK3 whoever holds one epoch's key goes back through all before it, and not forward", () => {
    const keys = [createDocKey(random), createDocKey(random), createDocKey(random)];
    const log = keys.map((docKey, index) =>
      parseEnvelope(sealRekey({ ...rekey, epoch: index + 1, docKey, previousDocKey: keys[index - 1] ?? null })),
    );
    expect(openRekeyBackward(log[2]!, keys[2]!)).toEqual(keys[1]);
    expect(openRekeyBackward(log[1]!, keys[1]!)).toEqual(keys[0]);
    expect(openRekeyBackward(log[0]!, keys[0]!)).toBeNull();
    expect(() => openRekeyBackward(log[2]!, keys[1]!)).toThrow(key);
  });

  test("DK4 a key other than the committed one is refused although the wrap opens", () => {
    // What a hostile member could send: one key in the wrap, another in the commitment.
    const honest = parseEnvelope(sealRekey(rekey));
    const other = parseEnvelope(sealRekey({ ...rekey, docKey: createDocKey(random) }));
    const clear = concatBytes(honest.clear.subarray(0, 4), other.clear.subarray(4, 20), honest.clear.subarray(20));
    const forged = parseEnvelope(sealEnvelope({ ...rekey, kind: "rekey", clear, body: new Uint8Array(0) }));
    expect(verifyEnvelope(forged, rekey.signingKey.publicKey)).toBe(true);
    expect(() => openRekey(forged, new Map([[3, rekey.vaultKey]]))).toThrow(key);
    expect(() => openRekeyBackward(forged, rekey.docKey)).toThrow(key);
  });

  test("DK5 a wrap does not move to another doc, epoch or generation", () => {
    const { clear } = parseEnvelope(sealRekey(rekey));
    const vaultKeys = new Map([3, 4].map((generation) => [generation, rekey.vaultKey]));
    const places = [{ doc: docIdFromBytes(random(16)) }, { epoch: 2 }];
    for (const place of places) {
      const moved = parseEnvelope(sealEnvelope({ ...rekey, ...place, kind: "rekey", clear, body: new Uint8Array(0) }));
      expect(() => openRekey(moved, vaultKeys)).toThrow(key);
    }
    const later = sealEnvelope({ ...rekey, kind: "rekey", clear: flipped(clear, 3, 7), body: new Uint8Array(0) });
    expect(parseRekeyClear(parseEnvelope(later)).generation).toBe(4);
    expect(() => openRekey(parseEnvelope(later), vaultKeys)).toThrow(key);
  });

  test("DK6 the commitment names one key for one place", () => {
    const parsed = parseEnvelope(sealRekey(rekey));
    expect(checkRekeyCommitment(parsed, rekey.docKey)).toBe(true);
    expect(checkRekeyCommitment(parsed, flipped(rekey.docKey, 31))).toBe(false);
    expect(checkRekeyCommitment(parsed, rekey.docKey.subarray(1))).toBe(false);
    expect(checkRekeyCommitment({ ...parsed, epoch: 2 }, rekey.docKey)).toBe(false);
  });

  test("DK7 the previous key and the epoch must agree, when sealing and when opening", () => {
    expect(() => sealRekey({ ...rekey, epoch: 2 })).toThrow(key);
    expect(() => sealRekey({ ...rekey, previousDocKey: createDocKey(random) })).toThrow(key);
    const { clear } = parseEnvelope(sealRekey({ ...rekey, epoch: 2, previousDocKey: createDocKey(random) }));
    const empty = parseEnvelope(sealEnvelope({ ...rekey, epoch: 2, kind: "rekey", clear, body: new Uint8Array(0) }));
    expect(() => openRekeyBackward(empty, rekey.docKey)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("DK8 a clear part of another length, or of another kind, is malformed", () => {
    const parsed = parseEnvelope(sealRekey(rekey));
    const malformed = expect.objectContaining({ code: "malformed" });
    for (let length = 0; length < parsed.clear.length; length++) {
      expect(() => parseRekeyClear({ ...parsed, clear: parsed.clear.subarray(0, length) })).toThrow(malformed);
    }
    expect(() => parseRekeyClear({ ...parsed, clear: concatBytes(parsed.clear, Uint8Array.of(0)) })).toThrow(malformed);
    expect(() => parseRekeyClear({ ...parsed, kind: "update" })).toThrow(malformed);
    expect(() => parseRekeyClear({ ...parsed, clear: new Uint8Array(92) })).toThrow(malformed);
  });

  test("DK11 a REKEY says where removed devices' chains end, in one spelling, and nothing when there are none", () => {
    const ends = [1, 2].map((at) => ({ author: authorIdFromBytes(random(16)), counter: at * 7, hash: random(32) }));
    const { clear } = parseEnvelope(sealRekey({ ...rekey, ends }));
    const parsed = parseEnvelope(sealRekey(rekey));
    expect(parseRekeyClear({ ...parsed, clear }).ends).toEqual(ends);
    expect(clear).toHaveLength(parsed.clear.length + 1 + 2 * 56);
    expect(parseRekeyClear(parsed).ends).toEqual([]);
    const malformed = expect.objectContaining({ code: "malformed" });
    for (const count of [0, 1, 3, rekeyEndsMax + 1, 255]) {
      expect(() => parseRekeyClear({ ...parsed, clear: flipped(clear, 92, 2 ^ count) })).toThrow(malformed);
    }
    expect(() => parseRekeyClear({ ...parsed, clear: clear.subarray(0, -1) })).toThrow(malformed);
  });

  test("DK9 the sealed form shows neither key", () => {
    const previousDocKey = createDocKey(random);
    const bytes = sealRekey({ ...rekey, epoch: 2, previousDocKey });
    for (const secret of [rekey.docKey, previousDocKey, rekey.vaultKey]) expect(holdsBytes(bytes, secret)).toBe(false);
    expect(openEnvelope(parseEnvelope(bytes), rekey.docKey)).toEqual(previousDocKey);
  });

  test("DK10 a REKEY carries keys that stand side by side, in its order, and nothing else", () => {
    const [previous, ...older] = [createDocKey(random), createDocKey(random), createDocKey(random)] as const;
    const sideKeys = older.map((docKey, index) => ({ epoch: 3 - index, docKey }));
    const parsed = parseEnvelope(sealRekey({ ...rekey, epoch: 4, previousDocKey: previous, sideKeys }));
    expect(openRekeyKeys(parsed, rekey.docKey)).toEqual([{ epoch: 3, docKey: previous }, ...sideKeys]);
    expect(openRekeyBackward(parsed, rekey.docKey)).toEqual(previous);
    const ahead = [{ epoch: 4, docKey: older[0] }];
    const forged = parseEnvelope(sealRekey({ ...rekey, epoch: 4, previousDocKey: previous, sideKeys: ahead }));
    expect(() => openRekeyKeys(forged, rekey.docKey)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
