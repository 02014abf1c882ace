import "fake-indexeddb/auto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hash256 } from "#crypto/hash.ts";
import { createLockKey, sealSecrets } from "#crypto/lock.ts";
import { parseLock } from "#crypto/lockForm.ts";
import type { PassphraseKey } from "#crypto/lockSlots.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createIdentity, encodeIdentity, type Identity } from "./identity.ts";
import { keepIdentity, openIdentity, readIdentity } from "./identityLock.ts";
import { openIdentityStore } from "./identityStore.ts";
import type { IdentityRecord, IdentityStore } from "./ports.ts";
import { createMemoryIdentityStore } from "./testing/testDevice.ts";

const founding = { seed: new Uint8Array(32).fill(4), fingerprint: new Uint8Array(16).fill(5) };
let stretches = 0;
const passphrase = (words: string): PassphraseKey => ({
  kind: "passphrase",
  passphrase: words,
  // Stands in for Argon2id where its cost is not the question.
  stretch: ({ passphrase: bytes, salt }) => {
    stretches += 1;
    return Promise.resolve(hash256("sovereign/test-stretch/v1", salt, bytes));
  },
});
const right = passphrase("eight pieces of eight");

beforeAll(() => sodiumReady);
beforeEach(() => openIdentityStore().clear());

async function openedOn(store: IdentityStore, key: PassphraseKey | null = null) {
  const opening = await openIdentity(store, systemRandom, key);
  if (opening.kind !== "open") throw new Error(`it is ${opening.kind}`);
  return opening;
}

/** A store whose machine dies at one of its writes: before it, or after. */
function dyingAt(store: IdentityStore, moment: "before" | "after"): IdentityStore {
  return {
    ...store,
    write: async (record) => {
      if (moment === "after") await store.write(record);
      throw new Error("power cut");
    },
  };
}

async function firstVersion(store: IdentityStore): Promise<Identity> {
  const identity = createIdentity(founding, "Laptop", systemRandom);
  const key = await createLockKey();
  await store.write({ key, sealed: await sealSecrets(key, encodeIdentity(identity), systemRandom) });
  return identity;
}

describe("the identity under its lock", () => {
  it("ID4 a record of the first version opens, and is written anew under the same key", async () => {
    const store = openIdentityStore();
    const identity = await firstVersion(store);
    const before = await store.read();
    expect(await readIdentity(store, systemRandom)).toEqual(identity);
    const after = await store.read();
    expect(before?.sealed[0]).toBe(1);
    expect(parseLock(after?.sealed ?? new Uint8Array(0)).slots.map(({ kind }) => kind)).toEqual(["platform"]);
    expect(await readIdentity(store, systemRandom)).toEqual(identity);
  });

  it("ID5 a crash before or after the record is written anew loses nothing", async () => {
    for (const moment of ["before", "after"] as const) {
      const store = createMemoryIdentityStore();
      const identity = await firstVersion(store);
      await expect(openIdentity(dyingAt(store, moment), systemRandom)).rejects.toThrow("power cut");
      expect(await readIdentity(store, systemRandom)).toEqual(identity);
    }
  });

  it("ID6 once a passphrase is required, this browser alone opens it no more: asked, wrong, right", async () => {
    const store = openIdentityStore();
    const identity = createIdentity(founding, "Laptop", systemRandom);
    const lock = await keepIdentity(store, identity, systemRandom);
    await lock.addSlot(right, { isRequired: true });
    expect((await store.read())?.key, "the browser's key is gone").toBeNull();
    const asked = await openIdentity(store, systemRandom);
    expect(asked.kind === "locked" && asked.slots.map(({ kind }) => kind)).toEqual(["passphrase"]);
    stretches = 0;
    await expect(openIdentity(store, systemRandom, passphrase("wrong words"))).rejects.toMatchObject({
      code: "wrong-secret",
      ownerSentence: expect.stringContaining("did not unlock"),
    });
    expect(stretches, "a guess costs what a guess costs").toBe(1);
    const opened = await openedOn(store, right);
    expect(opened.identity).toEqual(identity);
    await expect(opened.lock.removeSlot(opened.lock.slots[0]?.id ?? new Uint8Array(0))).rejects.toMatchObject({
      code: "last-way-in",
    });
  });

  it("ID7 a crash while a passphrase is being required leaves a lock that opens as before, or as after", async () => {
    for (const moment of ["before", "after"] as const) {
      const store = createMemoryIdentityStore();
      const identity = createIdentity(founding, "Laptop", systemRandom);
      await keepIdentity(store, identity, systemRandom);
      const { lock } = await openedOn(dyingAt(store, moment));
      await expect(lock.addSlot(right, { isRequired: true })).rejects.toThrow("power cut");
      const again = await openIdentity(store, systemRandom, moment === "after" ? right : null);
      expect(again.kind === "open" && again.identity).toEqual(identity);
    }
  });

  it("ID8 what is written meanwhile stays, under every way in", async () => {
    const store = createMemoryIdentityStore();
    const identity = createIdentity(founding, "Laptop", systemRandom);
    const lock = await keepIdentity(store, identity, systemRandom);
    const changed = { ...identity, founding: null };
    await Promise.all([lock.addSlot(right, { isRequired: false }), lock.write(changed)]);
    expect(await readIdentity(store, systemRandom)).toEqual(changed);
    expect((await openedOn(store, right)).identity).toEqual(changed);
  });

  it("ID9 a browser that lost its key still asks for the passphrase", async () => {
    const store = createMemoryIdentityStore();
    const lock = await keepIdentity(store, createIdentity(founding, "Laptop", systemRandom), systemRandom);
    await lock.addSlot(right, { isRequired: false });
    await store.write({ ...((await store.read()) as IdentityRecord), key: await createLockKey() });
    expect((await openIdentity(store, systemRandom)).kind).toBe("locked");
    await openedOn(store, right);
  });

  it("ID10 of two databases that a crash left, the later counts and the other goes", async () => {
    const store = openIdentityStore();
    const lock = await keepIdentity(store, createIdentity(founding, "Laptop", systemRandom), systemRandom);
    const before = (await store.read()) as IdentityRecord;
    await lock.addSlot(right, { isRequired: true });
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(["sovereign-identity-b"]);
    // As if the old one had not been deleted yet.
    await plant("sovereign-identity", before);
    expect((await openIdentity(store, systemRandom)).kind).toBe("locked");
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(["sovereign-identity-b"]);
  });

  it("ID11 a lock that forgot writes nothing more, and holds no secret", async () => {
    const store = createMemoryIdentityStore();
    const identity = createIdentity(founding, "Laptop", systemRandom);
    const lock = await keepIdentity(store, identity, systemRandom);
    await lock.forget();
    await expect(lock.write(identity)).rejects.toMatchObject({ code: "closed" });
    expect(await readIdentity(store, systemRandom)).toEqual(identity);
  });
});

function plant(name: string, record: IdentityRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("identity");
    opening.onerror = () => reject(new Error("open"));
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("identity", "readwrite");
      transaction.objectStore("identity").put(record, "device");
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}
