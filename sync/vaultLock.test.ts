import "fake-indexeddb/auto";
import { beforeAll, describe, expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { hash256 } from "#crypto/hash.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createMemoryRelay } from "./testing/memoryRelay.ts";
import { startTestAgent } from "./testing/testAgent.ts";
import { createMemoryIdentityStore, createTestClaim } from "./testing/testDevice.ts";
import { realClock } from "./testing/testWorld.ts";
import { createVault, openVault, type LockedVault, type VaultPorts } from "./vault.ts";

const passphrase = (words: string): SlotKey => ({
  kind: "passphrase",
  passphrase: words,
  // Stands in for Argon2id where its cost is not the question.
  stretch: ({ passphrase: bytes, salt }) => Promise.resolve(hash256("sovereign/test-stretch/v1", salt, bytes)),
});
const words = "eight pieces of eight";

beforeAll(() => sodiumReady);

async function createWorld(random = systemRandom) {
  const relay = createMemoryRelay();
  const host = createDeviceKeys(systemRandom);
  const agent = startTestAgent(relay, { clock: realClock, host });
  const identity = createMemoryIdentityStore();
  const ports: VaultPorts = { clock: realClock, random, openLink: relay.openLink, identity };
  const vault = await createVault(ports, { claim: createTestClaim(host, relay), deviceName: "Laptop" });
  return { relay, agent, ports, vault };
}

async function openLocked(ports: VaultPorts): Promise<LockedVault> {
  const result = await openVault(ports);
  if (result.kind !== "locked") throw new Error(`it is ${result.kind}`);
  return result;
}

describe("the ways into a vault", () => {
  it("UL1 a new vault opens with this browser alone; a passphrase beside it changes nothing", async () => {
    const { ports, vault, agent } = await createWorld();
    expect(vault.lock.ways().map(({ kind }) => kind)).toEqual(["platform"]);
    await vault.lock.add(passphrase(words), { isRequired: false });
    expect(vault.lock.ways().map(({ kind }) => kind)).toEqual(["platform", "passphrase"]);
    await vault.close();
    const again = await openVault(ports);
    expect(again.kind).toBe("open");
    if (again.kind === "open") await again.vault.close();
    agent.stop();
  });

  it("UL2 a required one is asked for: wrong is refused and costs nothing kept, right opens the same vault", async () => {
    const { ports, vault, agent } = await createWorld();
    const chat = await vault.createChat();
    await vault.lock.add(passphrase(words), { isRequired: true });
    await vault.close();
    const locked = await openLocked(ports);
    expect(locked.slots.map(({ kind }) => kind)).toEqual(["passphrase"]);
    await expect(locked.unlock(passphrase("wrong words"))).rejects.toMatchObject({ code: "wrong-secret" });
    const opened = await locked.unlock(passphrase(words));
    expect(opened.id).toBe(vault.id);
    expect(opened.catalog.value.entry(chat)).not.toBeNull();
    await opened.close();
    agent.stop();
  });

  it("UL3 ways in come and go; the last one stays, and a weak passphrase is none", async () => {
    const { ports, vault, agent } = await createWorld();
    const [platform] = vault.lock.ways();
    await expect(vault.lock.remove(platform?.id ?? "")).rejects.toMatchObject({ code: "last-way-in" });
    await expect(vault.lock.add(passphrase("short"), { isRequired: true })).rejects.toMatchObject({
      code: "weak-passphrase",
    });
    await vault.lock.add(passphrase(words), { isRequired: false });
    await vault.lock.remove(platform?.id ?? "");
    expect(vault.lock.ways().map(({ kind }) => kind)).toEqual(["passphrase"]);
    await vault.close();
    await openLocked(ports);
    agent.stop();
  });

  it("UL5 locked now: closed, its keys overwritten, and no new vault is made over it", async () => {
    const drawn: Uint8Array[] = [];
    const { ports, vault, agent, relay } = await createWorld((length) => {
      const bytes = systemRandom(length);
      drawn.push(bytes);
      return bytes;
    });
    await vault.lock.add(passphrase(words), { isRequired: true });
    // Of what was drawn, two are kept as they were drawn: the lock's secret, until the lock is made, and the local key.
    const overwritten = (): number =>
      drawn.filter((bytes) => bytes.length === 32 && bytes.every((byte) => byte === 0)).length;
    expect(overwritten()).toBe(1);
    await vault.lock.now();
    expect(overwritten()).toBe(2);
    await expect(vault.lock.add(passphrase(words), { isRequired: false })).rejects.toMatchObject({ code: "closed" });
    await expect(vault.createChat()).rejects.toMatchObject({ code: "closed" });
    const claim = createTestClaim(createDeviceKeys(systemRandom), relay);
    await expect(createVault(ports, { claim, deviceName: "Laptop" })).rejects.toMatchObject({ code: "locked" });
    agent.stop();
  });
});
