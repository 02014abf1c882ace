import { describe, expect, test } from "vitest";
import { CryptoError } from "./errors.ts";
import { runSelfTest, type Primitives } from "./selfTest.ts";
import * as sodium from "./sodium.ts";
import { flipped } from "./testing/fixtures.ts";

describe("start-up self-test", () => {
  test("SO1 passes with the primitives as they are", () => {
    expect(() => runSelfTest(sodium)).not.toThrow();
  });

  const breakage: Readonly<Record<string, Partial<Primitives>>> = {
    "a hash that ignores its key": { blake2b: (length, message) => sodium.blake2b(length, message) },
    "a sub-key that ignores its number": { deriveSubkey: (key, context) => sodium.deriveSubkey(key, context, 0) },
    "a seal that leaves out the data": {
      aeadSeal: (text, _, nonce, key) => sodium.aeadSeal(text, new Uint8Array(0), nonce, key),
    },
    "an opener that accepts everything": { aeadOpen: (ciphertext) => ciphertext.subarray(0, -16) },
    "a signature of the wrong key": {
      signDetached: (message) => sodium.signDetached(message, sodium.signingPairFromSeed(new Uint8Array(32)).secretKey),
    },
    "a verifier that says yes": { verifyDetached: () => true },
    "a verifier that says no": { verifyDetached: () => false },
    "key pairs that do not follow from the seed": {
      signingPairFromSeed: () => sodium.signingPairFromSeed(new Uint8Array(32)),
    },
    "an agreement that accepts the zero point": {
      x25519: (secretKey, publicKey) => sodium.x25519(secretKey, publicKey) ?? new Uint8Array(32),
    },
    "a box that opens whatever comes": { boxOpen: () => Uint8Array.of(0x61, 0x62, 0x63) },
    "a comparison that is always equal": { isEqualSecret: () => true },
  };
  test.each(Object.entries(breakage))("SO2 refuses %s", (_, broken) => {
    expect(() => runSelfTest({ ...sodium, ...broken })).toThrow(CryptoError);
  });
});

describe("primitives", () => {
  const key = new Uint8Array(32).fill(7);
  const nonce = new Uint8Array(24).fill(9);
  const data = Uint8Array.of(1, 2);

  test("SO3 what does not open is null, whatever its length", () => {
    const sealed = sodium.aeadSeal(Uint8Array.of(1, 2, 3), data, nonce, key);
    for (let length = 0; length < sealed.length; length++) {
      expect(sodium.aeadOpen(sealed.subarray(0, length), data, nonce, key)).toBeNull();
    }
    expect(sodium.aeadOpen(sealed, data, nonce.subarray(1), key)).toBeNull();
    expect(sodium.aeadOpen(sealed, data, nonce, key.subarray(1))).toBeNull();
    expect(sodium.aeadOpen(sealed, data, nonce, key)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("SO3 a box cut or changed anywhere is null", () => {
    const pair = sodium.boxPairFromSeed(key);
    const box = sodium.boxSeal(data, pair.publicKey);
    for (let at = 0; at < box.length; at++) {
      expect(sodium.boxOpen(box.subarray(0, at), pair)).toBeNull();
      expect(sodium.boxOpen(flipped(box, at), pair)).toBeNull();
    }
    expect(sodium.boxOpen(box, pair)).toEqual(data);
  });

  test("SO4 nothing is sealed to a point of small order", () => {
    expect(() => sodium.boxSeal(data, new Uint8Array(32))).toThrow(CryptoError);
    expect(() => sodium.boxSeal(data, new Uint8Array(31))).toThrow(CryptoError);
    expect(sodium.x25519(key, Uint8Array.of(1, ...new Uint8Array(31)))).toBeNull();
  });

  test("SO5 signatures and keys of a wrong length are false, not an error", () => {
    const pair = sodium.signingPairFromSeed(key);
    const signature = sodium.signDetached(data, pair.secretKey);
    expect(sodium.verifyDetached(signature, data, pair.publicKey)).toBe(true);
    expect(sodium.verifyDetached(signature.subarray(1), data, pair.publicKey)).toBe(false);
    expect(sodium.verifyDetached(signature, data, pair.publicKey.subarray(1))).toBe(false);
    // The identity point: a key for which a signature over everything can be made.
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    expect(sodium.verifyDetached(Uint8Array.of(...identity, ...new Uint8Array(32)), data, identity)).toBe(false);
  });
});
