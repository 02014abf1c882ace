/** What every `RowStore` must do, run on each of them. */
import { describe, expect, it } from "vitest";
import type { RowStore } from "../rowStore.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface RowStoreSuiteOptions {
  /** A new, empty store each time. */
  readonly create: () => RowStore;
}

export function runRowStoreSuite(name: string, { create }: RowStoreSuiteOptions): void {
  describe(`RowStore: ${name}`, () => {
    it("RW1 gives back what was put, also empty bytes, and null for what was not", async () => {
      const store = create();
      await store.put("a1", bytes("one"));
      await store.put("a2", new Uint8Array(0));
      expect(await store.get("a1")).toEqual(bytes("one"));
      expect(await store.get("a2")).toEqual(new Uint8Array(0));
      expect(await store.get("a")).toBeNull();
      await store.close();
    });

    it("RW2 lists by prefix, in the order in which rows were first put", async () => {
      const store = create();
      for (const name of ["b2", "a9", "b1", "b", "c"]) await store.put(name, bytes(name));
      await store.put("b2", bytes("new"));
      const names = async (prefix: string) => (await store.list(prefix)).map((row) => row.name);
      expect(await names("b")).toEqual(["b2", "b1", "b"]);
      expect(await names("")).toEqual(["b2", "a9", "b1", "b", "c"]);
      expect(await names("bb")).toEqual([]);
      expect((await store.list("b2"))[0]?.value).toEqual(bytes("new"));
      await store.close();
    });

    it("RW3 deletes one, or all of a prefix, and nothing else", async () => {
      const store = create();
      for (const name of ["a1", "a2", "b1", "b2"]) await store.put(name, bytes(name));
      await store.delete("b1");
      await store.delete("none");
      await store.deleteAll("a");
      expect((await store.list("")).map((row) => row.name)).toEqual(["b2"]);
      await store.close();
    });

    it("RW4 what is put at the same time is all there, and the last word counts", async () => {
      const store = create();
      const names = Array.from({ length: 40 }, (_, index) => `n${index % 20}`);
      await Promise.all(names.map((name, index) => store.put(name, Uint8Array.of(index))));
      const rows = await store.list("n");
      expect(rows.map(({ name }) => name)).toEqual(names.slice(0, 20));
      expect(rows.map(({ value }) => value[0])).toEqual(Array.from({ length: 20 }, (_, index) => index + 20));
      await store.close();
    });

    it("RW5 is there again after it was closed", async () => {
      const store = create();
      await store.put("kept", bytes("value"));
      await store.close();
      expect(await store.get("kept")).toEqual(bytes("value"));
      await store.close();
    });

    it("RW6 keeps its own copy of what it is given", async () => {
      const store = create();
      const given = bytes("before");
      await store.put("a", given);
      given.fill(0);
      (await store.get("a"))?.fill(0);
      expect(await store.get("a")).toEqual(bytes("before"));
      await store.close();
    });
  });
}
