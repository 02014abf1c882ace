/** A `RowStore` that lasts as long as the test. */
import type { Row, RowStore } from "../rowStore.ts";

export function createMemoryRowStore(): RowStore {
  const rows = new Map<string, Uint8Array>();
  const list = (prefix: string): Row[] =>
    [...rows].flatMap(([name, value]) => (name.startsWith(prefix) ? [{ name, value: value.slice() }] : []));
  return {
    get: async (name) => rows.get(name)?.slice() ?? null,
    put: async (name, value) => {
      rows.set(name, value.slice());
    },
    delete: async (name) => {
      rows.delete(name);
    },
    list: async (prefix) => list(prefix),
    deleteAll: async (prefix) => {
      for (const { name } of list(prefix)) rows.delete(name);
    },
    close: async () => {},
  };
}
