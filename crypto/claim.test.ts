import { describe, expect, test } from "vitest";
import {
  claimKeyOf,
  claimLinkFragment,
  claimTag,
  createClaim,
  hostFingerprint,
  parseClaimLink,
  signClaim,
  verifyClaim,
} from "./claim.ts";
import { sign, signingKeyFromSeed } from "./device.ts";
import { bytesToHex } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { createSeededRandom, flipped } from "./testing/fixtures.ts";

const random = createSeededRandom(5);

describe("claim", () => {
  test("CL1 who holds the seed claims for one genesis, and only that one", () => {
    const claim = createClaim(random);
    const genesisHash = random(32);
    const signature = signClaim(claim.seed, genesisHash);
    expect(claimKeyOf(claim.seed)).toEqual(claim.publicKey);
    expect(verifyClaim(claim.publicKey, genesisHash, signature)).toBe(true);
    expect(verifyClaim(claim.publicKey, flipped(genesisHash, 0), signature)).toBe(false);
    expect(verifyClaim(createClaim(random).publicKey, genesisHash, signature)).toBe(false);
    expect(verifyClaim(claim.publicKey, genesisHash.subarray(1), signature)).toBe(false);
    const crossKind = sign("sovereign/auth/v1", genesisHash, signingKeyFromSeed(claim.seed));
    expect(verifyClaim(claim.publicKey, genesisHash, crossKind)).toBe(false);
    expect(() => signClaim(claim.seed, new Uint8Array(31))).toThrow(CryptoError);
  });

  test("CL2 the fingerprint changes with each of the host's three keys and with their order", () => {
    const keys = [random(32), random(32), random(32)] as const;
    const prints = [
      hostFingerprint(...keys),
      hostFingerprint(flipped(keys[0], 0), keys[1], keys[2]),
      hostFingerprint(keys[0], flipped(keys[1], 0), keys[2]),
      hostFingerprint(keys[0], keys[1], flipped(keys[2], 0)),
      hostFingerprint(keys[1], keys[0], keys[2]),
    ];
    expect(new Set(prints.map(String)).size).toBe(prints.length);
    expect(() => hostFingerprint(keys[0], keys[1], new Uint8Array(33))).toThrow(CryptoError);
  });

  test("CL3 a link comes back as it was printed, with and without a claim", () => {
    const fingerprint = random(16);
    for (const seed of [random(32), null]) {
      const fragment = claimLinkFragment({ seed, fingerprint });
      expect(parseClaimLink(fragment)).toEqual({ seed, fingerprint });
      expect(parseClaimLink(`#${fragment}`)).toEqual({ seed, fingerprint });
    }
  });

  test("CL4 anything else in the address is no link", () => {
    const [seed, fingerprint] = [random(32), random(16)];
    const good = claimLinkFragment({ seed, fingerprint });
    const wrong = [
      "",
      "#",
      "h=",
      "h=AA",
      "c=AA",
      good.slice(0, -1),
      `${good}A`,
      `${good}&x=AA`,
      `${good}&${good}`,
      `${good}#`,
      good.replace("c=", "c=="),
      good.split("&")[0]!,
      "h=!!",
      "chat/1",
    ];
    for (const fragment of wrong) expect(parseClaimLink(fragment), `in ${fragment}`).toBeNull();
  });
});

test("CL5 a tag is the same for who has the seed and who has the key, another for each link, and not the key", () => {
  const [one, two] = [createClaim(random), createClaim(random)];
  expect(claimTag(claimKeyOf(one.seed))).toBe(claimTag(one.publicKey));
  expect(claimTag(one.publicKey)).not.toBe(claimTag(two.publicKey));
  expect(claimTag(one.publicKey)).not.toBe(bytesToHex(one.publicKey));
});
