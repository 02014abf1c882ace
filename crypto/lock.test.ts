import { describe, expect, test } from "vitest";
import { createDeviceKeys, decodeDeviceKeys, encodeDeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { docIdFromBytes } from "./ids.ts";
import { createLocalKey, localName, localPath, openLocal, sealLocal } from "./localSeal.ts";
import { createLockKey, openSecrets, sealSecrets } from "./lock.ts";
import { systemRandom } from "./random.ts";
import { createSeededRandom, flipped, holdsBytes } from "./testing/fixtures.ts";

const random = createSeededRandom(10);

describe("lock", () => {
  test("LO1 device keys come back from behind the lock", async () => {
    const key = await createLockKey();
    const keys = createDeviceKeys(random);
    const sealed = await sealSecrets(key, encodeDeviceKeys(keys), random);
    expect(decodeDeviceKeys(await openSecrets(key, sealed))).toEqual(keys);
    expect(holdsBytes(sealed, keys.box.secretKey)).toBe(false);
  });

  test("LO2 the key cannot be read out", async () => {
    const key = await createLockKey();
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow("extractable");
  });

  test("LO3 another key, a changed bit or a missing byte does not unlock", async () => {
    const key = await createLockKey();
    const sealed = await sealSecrets(key, random(65), random);
    await expect(openSecrets(await createLockKey(), sealed)).rejects.toMatchObject({ code: "locked" });
    for (let at = 0; at < sealed.length; at++) {
      await expect(openSecrets(key, flipped(sealed, at)), `byte ${at}`).rejects.toBeInstanceOf(CryptoError);
      await expect(openSecrets(key, sealed.subarray(0, at)), `${at} bytes`).rejects.toBeInstanceOf(CryptoError);
    }
  });

  test("LO4 stored device keys of another version or length are refused", () => {
    const bytes = encodeDeviceKeys(createDeviceKeys(random));
    expect(() => decodeDeviceKeys(flipped(bytes, 0, 2))).toThrow(expect.objectContaining({ code: "version" }));
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeDeviceKeys(bytes.subarray(0, length))).toThrow(CryptoError);
  });
});

describe("local seal", () => {
  test("LS1 a value opens under its own label and key only", () => {
    const key = createLocalKey(random);
    const sealed = sealLocal(key, "journal/1", random(100), random);
    expect(openLocal(key, "journal/1", sealed).length).toBe(100);
    expect(() => openLocal(key, "journal/2", sealed)).toThrow(CryptoError);
    expect(() => openLocal(createLocalKey(random), "journal/1", sealed)).toThrow(CryptoError);
    for (let at = 0; at < sealed.length; at++) {
      expect(() => openLocal(key, "journal/1", flipped(sealed, at))).toThrow(CryptoError);
      expect(() => openLocal(key, "journal/1", sealed.subarray(0, at))).toThrow(CryptoError);
    }
  });

  test("LS2 a database's name repeats on this device and says nothing of the doc", () => {
    const [key, other] = [createLocalKey(random), createLocalKey(random)];
    const doc = docIdFromBytes(random(16));
    expect(localName(key, doc)).toBe(localName(key, doc));
    expect(localName(key, doc)).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([doc, localName(key, doc), localName(other, doc)]).size).toBe(3);
  });
});

describe("local paths", () => {
  const key = createLocalKey(random);

  test("LS3 a path begins with the path it goes on from, and with no other", () => {
    const path = localPath(key, ["doc", "snapshot", "1"]);
    expect(path).toMatch(/^[0-9a-f]{96}$/);
    expect(path.startsWith(localPath(key, ["doc", "snapshot"]))).toBe(true);
    expect(localPath(key, [])).toBe("");
    for (const other of [["doc", "snap"], ["docsnapshot"], ["doc", "incremental"], ["snapshot", "doc"]]) {
      expect(path.startsWith(localPath(key, other)), other.join("/")).toBe(false);
    }
  });

  test("LS3 equal parts do not show, nor does the path to who has another key", () => {
    const [one, two] = [localPath(key, ["doc", "snapshot"]), localPath(key, ["other", "snapshot"])];
    expect(one.slice(32)).not.toBe(two.slice(32));
    expect(localPath(createLocalKey(random), ["doc", "snapshot"]).slice(0, 32)).not.toBe(one.slice(0, 32));
  });
});

describe("randomness", () => {
  test("RN1 any length is filled, in chunks that the platform allows", () => {
    for (const length of [0, 1, 65_536, 200_000]) {
      const bytes = systemRandom(length);
      // A chunk left out would leave zeros behind: 64 in a row come by chance once in 2^512.
      expect(length === bytes.length && (length < 64 || bytes.subarray(-64).some((byte) => byte !== 0))).toBe(true);
    }
    expect(systemRandom(16)).not.toEqual(systemRandom(16));
  });
});
