import { beforeAll, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createDeviceCache } from "./deviceCache.ts";
import { noPause } from "./ports.ts";
import { createMemoryRowStore } from "./testing/memoryRowStore.ts";

beforeAll(() => sodiumReady);

function newCache(rows = createMemoryRowStore(), localKey = createLocalKey(systemRandom)) {
  let isClosed = false;
  const options = { rows: async () => rows, localKey, random: systemRandom, pause: noPause, isClosed: () => isClosed };
  return { cache: createDeviceCache(options), rows, localKey, close: () => (isClosed = true) };
}

describe("what a device keeps so as not to make it again", () => {
  it("DC1 comes back under its name, and goes with what it belongs to", async () => {
    const { cache } = newCache();
    await cache.put(["tail", "a"], utf8ToBytes("one"));
    await cache.put(["tail", "b"], utf8ToBytes("two"));
    await cache.put(["search", "0", "1"], utf8ToBytes("three"));
    expect(await cache.get(["tail", "a"])).toEqual(utf8ToBytes("one"));
    expect(await cache.get(["tail"])).toBeNull();
    await cache.remove(["tail"]);
    expect(await cache.get(["tail", "b"])).toBeNull();
    expect(await cache.get(["search", "0", "1"])).toEqual(utf8ToBytes("three"));
  });

  it("DC2 lies there sealed, under names that say nothing", async () => {
    const { cache, rows } = newCache();
    await cache.put(["tail", "the-chat-it-belongs-to"], utf8ToBytes("a sentence of the chat"));
    const all = await rows.list("");
    expect(all).toHaveLength(1);
    const stored = all.map(({ name, value }) => name + Buffer.from(value).toString("latin1")).join();
    for (const secret of ["sentence", "tail", "the-chat"]) expect(stored).not.toContain(secret);
  });

  it("DC3 what was changed, moved to another name, or belongs to another key is as good as not there", async () => {
    const { cache, rows, localKey } = newCache();
    await cache.put(["a"], utf8ToBytes("one"));
    await cache.put(["b"], utf8ToBytes("two"));
    const [first, second] = await rows.list("");
    await rows.put(first?.name ?? "", second?.value ?? new Uint8Array());
    expect(await cache.get(["a"])).toBeNull();
    expect(await cache.get(["b"])).toEqual(utf8ToBytes("two"));
    await rows.put(second?.name ?? "", Uint8Array.of(1, 2, 3));
    expect(await cache.get(["b"])).toBeNull();
    expect(await newCache(rows).cache.get(["a"])).toBeNull();
    expect(localKey.some((byte) => byte !== 0)).toBe(true);
  });

  it("DC4 a vault that was closed reads and writes nothing more: its key may be gone", async () => {
    const { cache, rows, close } = newCache();
    await cache.put(["a"], utf8ToBytes("one"));
    close();
    await cache.put(["b"], utf8ToBytes("two"));
    expect(await cache.get(["a"])).toBeNull();
    expect(await rows.list("")).toHaveLength(1);
  });
});
