import { describe, expect, it } from "vitest";
import type { DeviceCache } from "#sync/deviceCache.ts";
import { forgetSaved, readSaved, writeSaved, type NotedChat } from "./savedSearch.ts";
import type { PackedPart } from "./searchWorker.ts";

const part = (id: number, stamp: number, bytes = [id, stamp]): PackedPart => ({
  id,
  stamp,
  bytes: Uint8Array.from(bytes),
});
const noted = new Map<string, NotedChat>([["c", { lastAt: 1, readAt: 2, isBusy: false, isWhole: true }]]);

/** `failAfter`: so many writes are kept, then the page is gone. */
function memoryCache(): DeviceCache & { readonly rows: Map<string, Uint8Array>; failAfter: number } {
  const rows = new Map<string, Uint8Array>();
  const cache = {
    rows,
    failAfter: Infinity,
    get: async (name: readonly string[]) => rows.get(name.join("/")) ?? null,
    put: async (name: readonly string[], value: Uint8Array) => {
      if (cache.failAfter-- <= 0) throw new Error("gone");
      rows.set(name.join("/"), value);
    },
    remove: async (name: readonly string[]) => {
      for (const key of rows.keys())
        if (key === name.join("/") || key.startsWith(`${name.join("/")}/`)) rows.delete(key);
    },
  };
  return cache;
}

describe("the index between two days", () => {
  it("comes back as it was saved, with what changed since in place of what it was", async () => {
    const cache = memoryCache();
    expect(await readSaved(cache)).toBeNull();
    await writeSaved(cache, [part(0, 1), part(1, 2)], {
      stamps: new Map([
        [0, 1],
        [1, 2],
      ]),
      noted,
    });
    await writeSaved(cache, [part(1, 3), { id: 0, stamp: 4, bytes: null }], { stamps: new Map([[1, 3]]), noted });
    expect(await readSaved(cache)).toEqual({ parts: [part(1, 3)], noted });
    await forgetSaved(cache);
    expect(cache.rows.size).toBe(0);
  });

  it("counts for nothing when the page went in the middle of saving", async () => {
    const cache = memoryCache();
    await writeSaved(cache, [part(0, 1), part(1, 2)], {
      stamps: new Map([
        [0, 1],
        [1, 2],
      ]),
      noted,
    });
    cache.failAfter = 1;
    const later = {
      stamps: new Map([
        [0, 3],
        [1, 4],
      ]),
      noted,
    };
    await expect(writeSaved(cache, [part(0, 3), part(1, 4)], later)).rejects.toThrow("gone");
    expect(await readSaved(cache)).toBeNull();
  });

  it("counts for nothing when a part is gone, cut off, or the list is not one", async () => {
    const cache = memoryCache();
    const save = () => writeSaved(cache, [part(0, 1)], { stamps: new Map([[0, 1]]), noted });
    await save();
    cache.rows.delete("search/part/0");
    expect(await readSaved(cache)).toBeNull();
    await save();
    cache.rows.set("search/part/0", Uint8Array.of(1));
    expect(await readSaved(cache)).toBeNull();
    await save();
    cache.rows.set("search/index", new TextEncoder().encode('{"version":0}'));
    expect(await readSaved(cache)).toBeNull();
  });
});
