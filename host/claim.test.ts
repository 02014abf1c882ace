import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { bytesToHex } from "#crypto/bytes.ts";
import { claimKeyOf } from "#crypto/claim.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openClaim, wipeClaimSeed } from "./claim.ts";

let home: string;
beforeAll(() => sodiumReady);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-claim-"));
});
afterEach(() => rmSync(home, { recursive: true }));

it("is a key pair as libsodium makes it from the seed, the same at each start", () => {
  const claim = openClaim(home);
  expect(claim.seed === null ? null : claimKeyOf(claim.seed)).toEqual(claim.publicKey);
  expect(openClaim(home)).toEqual(claim);
});

it("keeps only its public half once it has been used", () => {
  const claim = openClaim(home);
  expect(wipeClaimSeed(home, claim)).toEqual({ publicKey: claim.publicKey, seed: null });
  expect(openClaim(home)).toEqual({ publicKey: claim.publicKey, seed: null });
  expect(readFileSync(join(home, "claim.json"), "utf8")).not.toContain(bytesToHex(claim.seed ?? new Uint8Array(32)));
});
