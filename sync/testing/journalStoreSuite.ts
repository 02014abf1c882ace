/** What every `JournalStore` must do, run on each of them. */
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { JournalStore, StoredDoc } from "../journalStore.ts";

export interface JournalStoreSuiteOptions {
  /** A new, empty place each time; `open` again sees what was committed there, also while the first is still open. */
  readonly create: () => { open(): JournalStore; dispose?(): void };
}

interface Opened {
  readonly held: Y.Doc;
  readonly entries: Y.Array<Uint8Array>;
  readonly stored: StoredDoc;
}

const envelope = (value: number): Uint8Array => new Uint8Array(300).fill(value % 256);

async function openIn(store: JournalStore, name: string): Promise<Opened> {
  const held = new Y.Doc({ gc: true });
  const stored = await store.open(name, held);
  return { held, entries: held.getArray("entries"), stored };
}

export function runJournalStoreSuite(title: string, { create }: JournalStoreSuiteOptions): void {
  describe(`JournalStore: ${title}`, () => {
    it("JS1 what was committed is there again, in its order, without being closed", async () => {
      const place = create();
      const first = await openIn(place.open(), "one");
      for (let value = 0; value < 20; value++) first.entries.push([envelope(value)]);
      await first.stored.commit();
      const again = await openIn(place.open(), "one");
      expect(again.entries.toArray()).toEqual(Array.from({ length: 20 }, (_, value) => envelope(value)));
      await first.stored.close();
      await again.stored.close();
      place.dispose?.();
    });

    it("JS2 names are apart, and a name nobody wrote is empty", async () => {
      const place = create();
      const store = place.open();
      const [one, two] = [await openIn(store, "one"), await openIn(store, "two")];
      one.entries.push([envelope(1)]);
      two.entries.push([envelope(2)]);
      await Promise.all([one.stored.commit(), two.stored.commit()]);
      for (const [name, expected] of [
        ["one", [envelope(1)]],
        ["two", [envelope(2)]],
        ["three", []],
      ] as const) {
        const again = await openIn(place.open(), name);
        expect(again.entries.toArray()).toEqual(expected);
        await again.stored.close();
      }
      await one.stored.close();
      await two.stored.close();
      place.dispose?.();
    });

    it("JS12 what is stored is said to be; what is removed is gone, also what nobody wrote, and the others are as they were", async () => {
      const place = create();
      const store = place.open();
      for (const name of ["one", "two", "three"]) {
        const { entries, stored } = await openIn(store, name);
        entries.push([envelope(name.length)]);
        await stored.commit();
        await stored.close();
      }
      const names = ["one", "two", "three", "nobody"];
      expect([...(await store.has(names))]).toEqual(["one", "two", "three"]);
      await store.remove(["one", "three", "nobody"]);
      expect([...(await store.has(names))]).toEqual(["two"]);
      for (const [name, count] of [
        ["one", 0],
        ["two", 1],
        ["three", 0],
      ] as const) {
        const again = await openIn(place.open(), name);
        expect(again.entries.length).toBe(count);
        await again.stored.close();
      }
      place.dispose?.();
    });

    it("JS3 what is loaded is not stored once more, and goes on being kept", async () => {
      const place = create();
      const first = await openIn(place.open(), "one");
      first.entries.push([envelope(1)]);
      await first.stored.commit();
      await first.stored.close();
      for (let life = 2; life <= 6; life++) {
        const next = await openIn(place.open(), "one");
        expect(next.entries.length).toBe(life - 1);
        next.entries.push([envelope(life)]);
        await next.stored.commit();
        await next.stored.close();
      }
      place.dispose?.();
    });

    it("JS4 deletes and map entries are kept as well; more rows than a store folds are all there", async () => {
      const place = create();
      const first = await openIn(place.open(), "one");
      const local = first.held.getMap<Uint8Array>("local");
      for (let value = 0; value < 620; value++) {
        first.entries.push([envelope(value)]);
        if (value % 100 === 99) await first.stored.commit();
      }
      first.held.transact(() => {
        first.entries.delete(0, 600);
        local.set("base", envelope(7));
      });
      await first.stored.commit();
      first.entries.push([envelope(620)]);
      await first.stored.commit();
      const again = await openIn(place.open(), "one");
      expect(again.entries.length).toBe(21);
      expect(again.entries.get(20)).toEqual(envelope(620));
      expect(again.held.getMap("local").get("base")).toEqual(envelope(7));
      await first.stored.close();
      await again.stored.close();
      place.dispose?.();
    });

    it("JS5 once it is closed, a commit of something new is refused in words, and nothing else is", async () => {
      const place = create();
      const first = await openIn(place.open(), "one");
      first.entries.push([envelope(1)]);
      await first.stored.commit();
      await first.stored.close();
      first.entries.push([envelope(2)]);
      await expect(first.stored.commit()).rejects.toMatchObject({ name: "VaultError", code: "storage" });
      place.dispose?.();
    });
  });
}
