import "fake-indexeddb/auto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLockKey } from "#crypto/lock.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createIdentity } from "./identity.ts";
import { readIdentity, writeIdentity } from "./identityLock.ts";
import { openIdentityStore } from "./identityStore.ts";

const founding = { seed: new Uint8Array(32).fill(4), fingerprint: new Uint8Array(16).fill(5) };

beforeAll(() => sodiumReady);
beforeEach(() => openIdentityStore().clear());

describe("this device's identity", () => {
  it("ID1 is there again after a restart, and no secret of it lies in the clear", async () => {
    const identity = createIdentity(founding, "Laptop", systemRandom);
    expect(await readIdentity(openIdentityStore(), systemRandom)).toBeNull();
    await writeIdentity(openIdentityStore(), identity, systemRandom);
    expect(await readIdentity(openIdentityStore(), systemRandom)).toEqual(identity);
    const record = await openIdentityStore().read();
    const stored = Buffer.from(record?.sealed ?? new Uint8Array(0));
    for (const secret of [
      identity.keys.sign.secretKey.subarray(0, 32),
      identity.keys.box.secretKey,
      identity.localKey,
      founding.seed,
    ]) {
      expect(stored.includes(Buffer.from(secret))).toBe(false);
    }
    expect(record?.key?.extractable).toBe(false);
  });

  it("ID2 keeps its lock key when it is written again", async () => {
    const identity = createIdentity(founding, "Laptop", systemRandom);
    await writeIdentity(openIdentityStore(), identity, systemRandom);
    await writeIdentity(openIdentityStore(), { ...identity, founding: null }, systemRandom);
    expect(await readIdentity(openIdentityStore(), systemRandom)).toEqual({ ...identity, founding: null });
  });

  it("ID3 does not open with another lock key, and says so in one sentence", async () => {
    const store = openIdentityStore();
    await writeIdentity(store, createIdentity(founding, "Laptop", systemRandom), systemRandom);
    const record = await store.read();
    await store.write({ key: await createLockKey(), sealed: record?.sealed ?? new Uint8Array(0) });
    await expect(readIdentity(store, systemRandom)).rejects.toMatchObject({
      code: "locked",
      ownerSentence: expect.stringContaining("keys"),
    });
  });
});
