import { describe, expect, test } from "vitest";
import { sign, signingKeyFromSeed } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { signAuth, signWelcome, verifyAuth, verifyWelcome } from "./handshake.ts";
import { vaultIdFromBytes } from "./ids.ts";
import { createSeededRandom, flipped } from "./testing/fixtures.ts";

const random = createSeededRandom(6);
const facts = { deviceNonce: random(32), relayNonce: random(32) };
const relay = signingKeyFromSeed(random(32));
const device = signingKeyFromSeed(random(32));

describe("handshake", () => {
  test("HS1 a welcome holds for both nonces and the device it was given to", () => {
    const welcome = { ...facts, deviceKey: device.publicKey };
    const signature = signWelcome(welcome, relay);
    expect(verifyWelcome(welcome, signature, relay.publicKey)).toBe(true);
    expect(verifyWelcome(welcome, signature, device.publicKey)).toBe(false);
    for (const name of ["deviceNonce", "relayNonce", "deviceKey"] as const) {
      expect(
        verifyWelcome({ ...welcome, [name]: flipped(welcome[name], 31) }, signature, relay.publicKey),
        `in ${name}`,
      ).toBe(false);
    }
  });

  test("HS2 an auth holds for both nonces, the relay and the vault", () => {
    const auth = { ...facts, relayKey: relay.publicKey, vault: vaultIdFromBytes(random(32)) };
    const signature = signAuth(auth, device);
    expect(verifyAuth(auth, signature, device.publicKey)).toBe(true);
    expect(verifyAuth({ ...auth, vault: null }, signature, device.publicKey)).toBe(false);
    expect(verifyAuth({ ...auth, vault: vaultIdFromBytes(random(32)) }, signature, device.publicKey)).toBe(false);
    for (const name of ["deviceNonce", "relayNonce", "relayKey"] as const) {
      expect(verifyAuth({ ...auth, [name]: flipped(auth[name], 0) }, signature, device.publicKey), `in ${name}`).toBe(
        false,
      );
    }
    const swapped = { ...auth, deviceNonce: auth.relayNonce, relayNonce: auth.deviceNonce };
    expect(verifyAuth(swapped, signature, device.publicKey)).toBe(false);
  });

  test("HS3 a host's agent authenticates without a vault", () => {
    const auth = { ...facts, relayKey: relay.publicKey, vault: null };
    expect(verifyAuth(auth, signAuth(auth, device), device.publicKey)).toBe(true);
  });

  test("HS4 neither signature passes for the other, or for any other of that key", () => {
    const welcome = { ...facts, deviceKey: device.publicKey };
    const auth = { ...facts, relayKey: relay.publicKey, vault: null };
    expect(verifyWelcome(welcome, signAuth(auth, relay), relay.publicKey)).toBe(false);
    const message = new Uint8Array([...facts.deviceNonce, ...facts.relayNonce, ...device.publicKey]);
    expect(verifyWelcome(welcome, sign("sovereign/sig/env/v1", message, relay), relay.publicKey)).toBe(false);
  });

  test("HS5 parts of another length are refused: they could join to the same bytes", () => {
    const welcome = { deviceNonce: random(31), relayNonce: random(33), deviceKey: random(32) };
    expect(() => signWelcome(welcome, relay)).toThrow(CryptoError);
    expect(() => verifyWelcome(welcome, random(64), relay.publicKey)).toThrow(CryptoError);
  });
});
