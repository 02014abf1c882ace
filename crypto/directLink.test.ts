import { describe, expect, test } from "vitest";
import { signingKeyFromSeed } from "./device.ts";
import { signDirect, verifyDirect, type DirectEnd } from "./directLink.ts";
import { CryptoError } from "./errors.ts";
import { vaultIdFromBytes } from "./ids.ts";
import { createSeededRandom, flipped } from "./testing/fixtures.ts";

const random = createSeededRandom(60);
const vault = vaultIdFromBytes(random(32));
const [laptop, phone] = [signingKeyFromSeed(random(32)), signingKeyFromSeed(random(32))];
const here: DirectEnd = { nonce: random(32), key: laptop.publicKey, fingerprint: random(32) };
const there: DirectEnd = { nonce: random(32), key: phone.publicKey, fingerprint: random(32) };

describe("direct link", () => {
  test("DI1 a proof holds for one vault, both keys, both nonces and both ends of one channel", () => {
    const signature = signDirect(vault, here, there, laptop);
    expect(verifyDirect(vault, here, there, signature)).toBe(true);
    expect(verifyDirect(vaultIdFromBytes(random(32)), here, there, signature)).toBe(false);
    for (const name of ["nonce", "key", "fingerprint"] as const) {
      const changed = (end: DirectEnd): DirectEnd => ({ ...end, [name]: flipped(end[name], 7) });
      expect(verifyDirect(vault, changed(here), there, signature), `own ${name}`).toBe(false);
      expect(verifyDirect(vault, here, changed(there), signature), `other's ${name}`).toBe(false);
    }
  });

  test("DI2 a proof cannot be sent back to who made it, and parts of another length make none", () => {
    const signature = signDirect(vault, here, there, laptop);
    expect(verifyDirect(vault, there, here, signature)).toBe(false);
    expect(() => signDirect(vault, { ...here, nonce: random(31) }, there, laptop)).toThrow(CryptoError);
  });
});
