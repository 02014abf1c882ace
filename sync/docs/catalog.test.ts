import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate, Map as YMap, Text as YText } from "yjs";
import { docIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createCatalog, titleFromText } from "./catalog.ts";

const id = (byte: number) => docIdFromBytes(new Uint8Array(16).fill(byte));
const run = (byte: number) => runIdFromBytes(new Uint8Array(16).fill(byte));

function pair() {
  const a = createCatalog(new Doc());
  const b = createCatalog(new Doc());
  const sync = (): void => {
    applyUpdate(b.doc, encodeStateAsUpdate(a.doc));
    applyUpdate(a.doc, encodeStateAsUpdate(b.doc));
  };
  return { a, b, sync };
}

describe("catalog", () => {
  test("lists chats newest first, and `touch` moves one forward but never back", () => {
    const catalog = createCatalog(new Doc());
    catalog.addChat(id(1), 100);
    catalog.addChat(id(2), 200);
    expect(catalog.chats().map((chat) => chat.id)).toEqual([id(2), id(1)]);
    catalog.touch(id(1), 300);
    catalog.touch(id(1), 50);
    expect(catalog.chats().map((chat) => chat.lastAt)).toEqual([300, 200]);
    catalog.addChat(id(1), 900);
    expect(catalog.entry(id(1))?.createdAt).toBe(100);
  });

  test("an automatic title never covers a person's, in either order and also when both are written at once", () => {
    const { a, b, sync } = pair();
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      const chat = first === a ? id(1) : id(2);
      first.addChat(chat, 1);
      sync();
      first.rename(chat, "Mine");
      second.autoTitle(chat, "Made from the first question");
      sync();
      for (const catalog of [a, b]) {
        expect(catalog.entry(chat)).toMatchObject({ title: "Mine", titledBy: "person" });
        catalog.autoTitle(chat, "Again");
        expect(catalog.entry(chat)?.title).toBe("Mine");
      }
    }
  });

  test("a person who empties a title gets the automatic one back", () => {
    const catalog = createCatalog(new Doc());
    catalog.addChat(id(1), 1);
    catalog.autoTitle(id(1), "Auto");
    catalog.rename(id(1), "Mine");
    catalog.rename(id(1), "");
    expect(catalog.entry(id(1))).toMatchObject({ title: "Auto", titledBy: "auto" });
  });

  test("a deleted chat stays deleted when a device that was away writes in it, until it is restored", () => {
    const { a, b, sync } = pair();
    a.addChat(id(1), 1);
    sync();
    a.remove(id(1), 5);
    b.rename(id(1), "Still here");
    b.touch(id(1), 9);
    b.addChat(id(1), 9);
    b.setWaiting(id(1), run(1), true);
    sync();
    for (const catalog of [a, b]) {
      expect(catalog.chats()).toEqual([]);
      expect(catalog.waiting()).toEqual([]);
      expect(catalog.entry(id(1))?.deletedAt).toBe(5);
    }
    b.restore(id(1));
    sync();
    expect(a.chats()).toMatchObject([{ title: "Still here", deletedAt: null }]);
  });

  test("waiting runs come and go, on both devices", () => {
    const { a, b, sync } = pair();
    a.addChat(id(1), 1);
    sync();
    a.setWaiting(id(1), run(1), true);
    b.setWaiting(id(1), run(2), true);
    sync();
    expect(new Set(a.waiting().map((entry) => entry.run))).toEqual(new Set([run(1), run(2)]));
    b.setWaiting(id(1), run(1), false);
    sync();
    expect(a.waiting()).toEqual([{ chat: id(1), run: run(2) }]);
  });

  test("writing what stands already makes no update", () => {
    const catalog = createCatalog(new Doc());
    catalog.addChat(id(1), 1);
    catalog.rename(id(1), "T");
    catalog.setWaiting(id(1), run(1), true);
    let updates = 0;
    catalog.doc.on("update", () => updates++);
    catalog.addChat(id(1), 2);
    catalog.rename(id(1), "T");
    catalog.setWaiting(id(1), run(1), true);
    catalog.setWaiting(id(1), run(2), false);
    catalog.rename(id(7), "Unknown chat");
    expect(updates).toBe(0);
  });

  test("observers hear of changes until they leave", () => {
    const catalog = createCatalog(new Doc());
    let heard = 0;
    const leave = catalog.observe(() => heard++);
    catalog.addChat(id(1), 1);
    expect(heard).toBe(1);
    leave();
    catalog.rename(id(1), "T");
    expect(heard).toBe(1);
  });

  test("whatever a hostile member writes, readers do not throw", () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(new Uint8Array([1]), undefined),
      fc.string().map((text) => new YText(text)),
      fc.constant(null).map(
        () =>
          new YMap([
            ["waiting", "x"],
            ["lastAt", "x"],
          ]),
      ),
    );
    const key = fc.constantFrom("title", "autoTitle", "createdAt", "lastAt", "waiting", "deletedAt", "pinned", "other");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key, anything), { maxLength: 12 }), (writes) => {
        const catalog = createCatalog(new Doc());
        catalog.addChat(id(1), 1);
        const chats = catalog.doc.getMap<unknown>("chats");
        for (const [isEntry, name, value] of writes) {
          const entry = chats.get(id(1));
          if (isEntry) chats.set(name === "other" ? id(1) : name, value);
          else if (entry instanceof YMap) entry.set(name, value);
        }
        for (const chat of catalog.chats()) expect(typeof chat.title).toBe("string");
        catalog.waiting();
        catalog.setWaiting(id(1), run(1), true);
        catalog.rename(id(1), "x");
        catalog.entry(id(1));
      }),
    );
  });

  test("unknown fields of a newer version survive what this one writes", () => {
    const catalog = createCatalog(new Doc());
    catalog.addChat(id(1), 1);
    const entry = catalog.doc.getMap<YMap<unknown>>("chats").get(id(1));
    entry?.set("colour", "green");
    catalog.rename(id(1), "T");
    expect(entry?.get("colour")).toBe("green");
  });
});

describe("titleFromText", () => {
  test.each([
    ["How do I bake bread?", "How do I bake bread?"],
    ["## **Plan** for `today`\n\nmore", "Plan for today"],
    ["\n\n---\nthe words", "the words"],
    ["", ""],
    ["```", ""],
    ["~~~~~~ pasted\nMinutes of the meeting\n~~~~~~", "Minutes of the meeting"],
  ])("%j → %j", (text, title) => expect(titleFromText(text)).toBe(title));

  test("cuts between words, and never inside a pair", () => {
    expect(titleFromText("word ".repeat(40))).toMatch(/^(word )+word…$/);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const title = titleFromText(text);
        expect(title.length).toBeLessThanOrEqual(61);
        expect(title.isWellFormed()).toBe(true);
      }),
    );
  });
});
