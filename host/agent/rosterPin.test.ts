import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClaim, signClaim } from "#crypto/claim.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster, rosterEntryHash } from "#crypto/roster.ts";
import { createAddHost } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createTestVault, type TestVault } from "../testing/testRelay.ts";
import { HostError } from "../errors.ts";
import { agentFolder, openIdentity } from "./identity.ts";
import { createRosterPin, openPinStore, type Pin, type PinStore } from "./rosterPin.ts";

let home = "";
beforeAll(async () => {
  await sodiumReady;
  home = mkdtempSync(join(tmpdir(), "sovereign-agent-"));
});
afterAll(() => rmSync(home, { recursive: true }));

function memoryPins(): PinStore {
  let pin: Pin | null = null;
  return { read: () => pin, write: (next) => void (pin = next) };
}

function addHost(vault: TestVault, host = createDeviceKeys(systemRandom)): Uint8Array {
  const keys = { signKey: host.sign.publicKey, boxKey: host.box.publicKey, relayKey: new Uint8Array(32) };
  const { device: by, vaultKey } = vault;
  const entry = createAddHost({ roster: vault.roster(), by, host: keys, name: "Host", vaultKey, random: systemRandom });
  vault.entries.push(entry);
  return entry;
}

/** A claimed vault, and the pin of the host it claimed. */
function claimed() {
  const claim = createClaim(systemRandom);
  const vault = createTestVault();
  const signature = signClaim(claim.seed, rosterEntryHash(vault.genesis));
  const pins = memoryPins();
  return { claim, vault, signature, pins, pin: createRosterPin(pins, claim.publicKey) };
}

describe("the roster's pin", () => {
  test("takes the vault that was created with the link, and what grows on it", () => {
    const { vault, signature, pin } = claimed();
    expect(pin.take(0, vault.entries, signature).kind).toBe("taken");
    const entry = addHost(vault);
    expect(pin.take(1, [entry], null)).toMatchObject({ kind: "taken", roster: { seq: 2 } });
    expect(pin.take(0, vault.entries, signature).kind).toBe("known");
    expect(pin.roster?.vault).toBe(vault.id);
  });

  test("refuses a vault that was not created with the link", () => {
    const { vault, pin } = claimed();
    expect(pin.take(0, vault.entries, null).kind).toBe("refused");
    const other = createClaim(systemRandom);
    expect(pin.take(0, vault.entries, signClaim(other.seed, rosterEntryHash(vault.genesis))).kind).toBe("refused");
    expect(createRosterPin(memoryPins(), null).take(0, vault.entries, null).kind).toBe("refused");
    expect(pin.roster).toBe(null);
  });

  test("keeps to its vault in a later life, without the claim", () => {
    const { claim, vault, signature, pins, pin } = claimed();
    pin.take(0, vault.entries, signature);
    expect(createRosterPin(pins, null).take(0, vault.entries, null).kind).toBe("taken");
    const other = createTestVault();
    const forged = signClaim(claim.seed, rosterEntryHash(other.genesis));
    expect(createRosterPin(pins, claim.publicKey).take(0, other.entries, forged)).toMatchObject({ kind: "refused" });
  });

  test("refuses a roster that became shorter, or has another past", () => {
    const { vault, signature, pins, pin } = claimed();
    addHost(vault);
    pin.take(0, vault.entries, signature);
    expect(createRosterPin(pins, null).take(0, vault.entries.slice(0, 1), null).kind).toBe("refused");
    const twin: TestVault = { ...vault, entries: [vault.genesis], roster: () => readRoster([vault.genesis]) };
    addHost(twin);
    expect(createRosterPin(pins, null).take(0, twin.entries, null).kind).toBe("refused");
    expect(pin.take(2, [twin.entries[1] ?? new Uint8Array(0)], null).kind).toBe("refused");
  });

  test("asks for what is missing in between, and refuses garbage", () => {
    const { vault, signature, pin } = claimed();
    expect(pin.take(3, [new Uint8Array(10)], null)).toEqual({ kind: "gap", from: 0 });
    expect(pin.take(0, [new Uint8Array(10)], signature).kind).toBe("refused");
    expect(pin.take(0, [], signature).kind).toBe("refused");
    pin.take(0, vault.entries, signature);
    expect(pin.take(5, [], null)).toEqual({ kind: "gap", from: 1 });
    expect(pin.take(1, [new Uint8Array(10)], null).kind).toBe("refused");
    expect(pin.roster?.seq).toBe(1);
  });
});

describe("the agent's files", () => {
  test("an identity is made once, and only its owner can read it", () => {
    const keys = openIdentity(home, systemRandom);
    expect(openIdentity(home, systemRandom).id).toBe(keys.id);
    expect(statSync(agentFolder(home)).mode & 0o777).toBe(0o700);
    expect(statSync(join(agentFolder(home), "identity")).mode & 0o777).toBe(0o600);
  });

  test("a damaged identity is a sentence, and is left as it is", () => {
    const file = join(agentFolder(home), "identity");
    const whole = readFileSync(file);
    for (const damaged of [new Uint8Array(0), whole.subarray(0, 20), Buffer.concat([whole, whole])]) {
      writeFileSync(file, damaged);
      expect(() => openIdentity(home, systemRandom)).toThrow(HostError);
      expect(readFileSync(file).equals(damaged)).toBe(true);
    }
    writeFileSync(file, whole);
  });

  test("a pin is kept on disk; a damaged one is a sentence", () => {
    const store = openPinStore(agentFolder(home));
    expect(store.read()).toBe(null);
    const pin = { vault: "ab".repeat(32), seq: 3, head: new Uint8Array(32).fill(7) };
    store.write(pin);
    expect(store.read()).toEqual(pin);
    writeFileSync(join(agentFolder(home), "roster"), "{}");
    expect(() => store.read()).toThrow(HostError);
  });
});
