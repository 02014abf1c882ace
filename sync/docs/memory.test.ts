import { describe, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { docIdFromBytes } from "#crypto/ids.ts";
import { factCharsMax, factsMax, memoryCharsMax } from "../limits.ts";
import { createMemory, factsTold, sayFacts, type Memory } from "./memory.ts";

const chat = docIdFromBytes(new Uint8Array(16).fill(1));
const keep = (memory: Memory, id: string, text: string, at = 1): void =>
  memory.keep({ id, text, at, chat, message: "m" });
const texts = (memory: Memory, now = 10): string[] => memory.list(now).map(({ text }) => text);

describe("what is remembered", () => {
  test("ME1 facts with where they came from: pinned ones first, then the newest; each can be changed, taken out and brought back", () => {
    const memory = createMemory(new Doc());
    keep(memory, "a", "Is  vegetarian\n", 1);
    keep(memory, "b", "Lives in Kiel", 2);
    expect(memory.list(10)[1]).toEqual({
      id: "a",
      text: "Is vegetarian",
      at: 1,
      chat,
      message: "m",
      pinned: false,
      expiresAt: null,
    });
    memory.change("a", { pinned: true, text: "Eats no meat" });
    memory.change("a", { text: "  " });
    expect(texts(memory)).toEqual(["Eats no meat", "Lives in Kiel"]);
    memory.remove("a", 5);
    expect(texts(memory)).toEqual(["Lives in Kiel"]);
    memory.restore("a");
    expect(texts(memory)).toHaveLength(2);
  });

  test("ME2 one that expires is gone then, and not before", () => {
    const memory = createMemory(new Doc());
    keep(memory, "a", "Has a cold");
    memory.change("a", { expiresAt: 100 });
    expect([texts(memory, 99), texts(memory, 100)]).toEqual([["Has a cold"], []]);
    memory.change("a", { expiresAt: null });
    expect(texts(memory, 100)).toHaveLength(1);
  });

  test("ME3 a proposal is decided once, on whichever device: what was declined or taken out is not proposed again", () => {
    const [one, two] = [new Doc(), new Doc()];
    createMemory(one).decline("run-0", 1);
    keep(createMemory(one), "run-1", "x");
    createMemory(one).remove("run-1", 2);
    applyUpdate(two, encodeStateAsUpdate(one));
    const memory = createMemory(two);
    keep(memory, "run-0", "y");
    keep(memory, "run-1", "y");
    expect([memory.isDecided("run-0"), memory.isDecided("run-1"), memory.isDecided("run-2")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(texts(memory)).toEqual([]);
  });

  test("ME4 bounded, and strange entries are none", () => {
    const doc = new Doc();
    const memory = createMemory(doc);
    doc.getMap("memory").set("x", 7);
    keep(memory, "long", "x".repeat(9_999));
    expect(texts(memory)[0]).toHaveLength(factCharsMax);
    const full = createMemory(new Doc());
    for (let at = 0; at < factsMax + 5; at++) keep(full, `f${at}`, `fact ${at} ${"y".repeat(90)}`, at);
    expect(texts(full, 9_999)).toHaveLength(factsMax);
    const said = sayFacts([memory, full], 9_999);
    expect(said.length).toBeLessThanOrEqual(memoryCharsMax);
    expect(said.split("\n").every((line) => line.startsWith("- "))).toBe(true);
  });

  test("ME6 told up to the first that there is no room for: pinned ones, then a project's, then the vault's, the newest first", () => {
    const [ofProject, ofVault] = [createMemory(new Doc()), createMemory(new Doc())];
    const text = "y".repeat(factCharsMax - 10);
    const fitting = Math.floor(memoryCharsMax / (text.length + 3));
    for (let at = 0; at < fitting + 3; at++) keep(ofProject, `p${at}`, text, at);
    keep(ofVault, "pinned", text, 1);
    keep(ofVault, "short", "I am vegetarian.", 2);
    ofVault.change("pinned", { pinned: true });
    const told = factsTold([ofProject, ofVault], 9_999).map(({ id }) => id);
    // The short one would fit, and comes after one that does not: what is told does not depend on how long the others are.
    expect(told).toEqual(["pinned", ...Array.from({ length: fitting - 1 }, (_, at) => `p${fitting + 2 - at}`)]);
    expect(sayFacts([ofProject, ofVault], 9_999).split("\n")).toHaveLength(told.length);
    expect(factsTold([ofVault], 9_999).map(({ id }) => id)).toEqual(["pinned", "short"]);
  });

  test("ME5 switches are off until the owner sets them", () => {
    const memory = createMemory(new Doc());
    expect([memory.proposes, memory.keepsUnasked]).toEqual([false, false]);
    memory.setProposes(true);
    memory.setKeepsUnasked(true);
    expect([memory.proposes, memory.keepsUnasked]).toEqual([true, true]);
  });
});
