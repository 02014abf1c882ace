/** What the folder's tests share: randomness that repeats, a small vault, and ways to damage bytes. libsodium is ready after import. */
import { bytesToHex, utf8ToBytes } from "../bytes.ts";
import { createWriter } from "../codec.ts";
import { createDocKey } from "../docKeys.ts";
import { createDeviceKeys, type DeviceKeys } from "../device.ts";
import type { EnvelopeToSeal } from "../envelope.ts";
import { NO_PREV } from "../envelopeHeader.ts";
import { bootIdFromBytes, docIdFromBytes, runIdFromBytes } from "../ids.ts";
import type { Random } from "../random.ts";
import { readRoster, type Roster } from "../roster.ts";
import { createAddHost, createGenesis } from "../rosterEntries.ts";
import { hash256 } from "../hash.ts";
import { CryptoError, type CryptoErrorCode } from "../errors.ts";
import { sodiumReady } from "../sodium.ts";
import { createVaultKey, type VaultKey } from "../vaultKeys.ts";

await sodiumReady;

/** The same bytes for the same seed, in every run: only for tests. */
export function createSeededRandom(seed: number): Random {
  let block = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const next = hash256("sovereign/test-random/v1", createWriter().u32(seed).u32(block++).finish());
      bytes.set(next.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  };
}

export interface TestVault {
  readonly random: Random;
  readonly laptop: DeviceKeys;
  readonly host: DeviceKeys;
  readonly vaultKey: VaultKey;
  readonly entries: readonly Uint8Array[];
  readonly roster: Roster;
}

/** One laptop and one host. */
export function createTestVault(seed = 1): TestVault {
  const random = createSeededRandom(seed);
  const laptop = createDeviceKeys(random);
  const host = createDeviceKeys(random);
  const vaultKey = createVaultKey(random);
  const genesis = createGenesis({ device: laptop, name: "Laptop", vaultKey, random });
  const addHost = createAddHost({
    roster: readRoster([genesis]),
    by: laptop,
    host: { signKey: host.sign.publicKey, boxKey: host.box.publicKey, relayKey: random(32) },
    name: "Cellar",
    vaultKey,
    random,
  });
  const entries = [genesis, addHost];
  return { random, laptop, host, vaultKey, entries, roster: readRoster(entries) };
}

/** Everything an envelope needs, by `author`; fields can be set over it. */
export function createTestEnvelope(author: DeviceKeys, random: Random): EnvelopeToSeal {
  return {
    kind: "update",
    doc: docIdFromBytes(random(16)),
    epoch: 1,
    author: author.id,
    counter: 1,
    prev: NO_PREV,
    rosterSeq: 2,
    rosterHead: random(8),
    body: random(40),
    docKey: createDocKey(random),
    signingKey: author.sign,
    random,
  };
}

export const createTestIds = (random: Random) => ({
  doc: docIdFromBytes(random(16)),
  run: runIdFromBytes(random(16)),
  boot: bootIdFromBytes(random(16)),
});

/** A copy with the bits of `mask` flipped in one byte. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = copy[at]! ^ mask;
  return copy;
}

/** The code that `act` is refused with, "none" when it is not; any other error goes on. */
export function refusalOf(act: () => unknown): CryptoErrorCode | "none" {
  try {
    act();
    return "none";
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}

/** Whether `part`, bytes or text, stands anywhere in `bytes`: for canaries. */
export function holdsBytes(bytes: Uint8Array, part: Uint8Array | string): boolean {
  const wanted = bytesToHex(typeof part === "string" ? utf8ToBytes(part) : part);
  return bytesToHex(bytes).includes(wanted);
}
