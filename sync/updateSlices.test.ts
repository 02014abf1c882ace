import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { sodiumReady } from "#crypto/sodium.ts";
import { applyUpdate } from "./docs/applyUpdate.ts";
import { digestOf } from "./snapshot.ts";
import { sliceUpdate, splitUpdate } from "./updateSlices.ts";

beforeAll(() => sodiumReady);

const slicesOf = (update: Uint8Array): Uint8Array[] => [...sliceUpdate(update)].filter((slice) => slice !== null);

/** Applies slice by slice, and after each nothing waits inside Yjs. */
function applySliced(update: Uint8Array): Y.Doc {
  const doc = new Y.Doc();
  for (const slice of slicesOf(update)) {
    Y.applyUpdate(doc, slice);
    expect(doc.store.pendingStructs, "a slice stands on nothing that comes later").toBeNull();
  }
  return doc;
}

function expectSame(doc: Y.Doc, other: Y.Doc): void {
  expect(Buffer.from(Y.encodeStateAsUpdate(doc))).toEqual(Buffer.from(Y.encodeStateAsUpdate(other)));
}

it("a long chat goes in by slices that are small, and is the same afterwards", () => {
  const doc = new Y.Doc();
  const messages = doc.getMap<unknown>("messages");
  for (let at = 0; at < 4_000; at++) {
    const words = new Y.Text(`Message ${at} 🙂 with a few wörds, 東京`);
    messages.set(
      `m${at}`,
      new Y.Map<unknown>([
        ["parent", at],
        ["at", at],
        ["text", words],
        ["files", [{ a: 1 }]],
      ]),
    );
  }
  const update = Y.encodeStateAsUpdate(doc);
  const slices = slicesOf(update);
  expect(slices.length).toBeGreaterThan(10);
  expect(Math.max(...slices.map(({ length }) => length))).toBeLessThan(140_000);
  expectSame(applySliced(update), doc);
});

it("writers that build on each other's words come in an order in which nothing waits", () => {
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  const random = mulberry(7);
  for (let round = 0; round < 900; round++) {
    const doc = docs[round % docs.length] as Y.Doc;
    const text = doc.getText("draft");
    text.insert(Math.floor(random() * (text.length + 1)), `w${round} `);
    if (round % 5 === 0 && text.length > 4) text.delete(Math.floor(random() * (text.length - 3)), 2);
    doc.getMap("state").set(`k${round % 7}`, round);
    for (const other of docs) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)));
  }
  const update = Y.encodeStateAsUpdate(docs[0] as Y.Doc);
  expect(slicesOf(update).length).toBeGreaterThan(1);
  expectSame(applySliced(update), docs[0] as Y.Doc);
});

it("every kind of content Yjs has is passed over by its own length", () => {
  const doc = new Y.Doc();
  const array = doc.getArray<unknown>("all");
  array.push([1, "two", { three: [3, null, true] }, new Uint8Array([4, 5]), { gone: undefined, big: 6n }, 7.5]);
  array.push([new Y.Map([["a", new Y.Array()]]), new Y.Doc({ guid: "inner" })]);
  const text = doc.getText("rich");
  text.insert(0, "bold 🙂", { bold: true });
  text.insertEmbed(2, { image: "none" });
  const xml = doc.getXmlFragment("xml");
  xml.insert(0, [new Y.XmlElement("p"), new Y.XmlText("words")]);
  array.delete(1, 2);
  expectSame(applySliced(Y.encodeStateAsUpdate(doc)), doc);
});

const edit = fc.record({
  by: fc.nat(2),
  at: fc.nat(1_000),
  text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 90 }),
  isDelete: fc.boolean(),
  isShared: fc.boolean(),
});

/** By three devices, which hear of each other now and then. */
function writtenBy(edits: readonly (typeof edit extends fc.Arbitrary<infer Edit> ? Edit : never)[]): Y.Doc {
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  for (const { by, at, text, isDelete, isShared } of edits) {
    const doc = docs[by] as Y.Doc;
    const words = doc.getText("words");
    if (isDelete && words.length > 0) words.delete(at % words.length, 1);
    else words.insert(words.length === 0 ? 0 : at % words.length, text);
    if (isShared) for (const other of docs) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  }
  const whole = new Y.Doc();
  for (const doc of docs) Y.applyUpdate(whole, Y.encodeStateAsUpdate(doc));
  return whole;
}

it("holds for any edits of several writers", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 120 }), (edits) => {
      const whole = writtenBy(edits);
      expectSame(applySliced(Y.encodeStateAsUpdate(whole)), whole);
    }),
    { numRuns: 150 },
  );
});

it("bytes that are no update are refused, as Yjs refuses them", () => {
  const update = Y.encodeStateAsUpdate(createWords());
  expect(() => slicesOf(update.subarray(0, update.length - 9))).toThrow(/./);
  expect(() => slicesOf(Uint8Array.of(1, 1, 1, 0, 0x1d, 1, 1, 0x61, 0))).toThrow(/a struct of kind 29/);
});

/** Two writers, one long row of typing, formatting, maps within maps, deletions. */
function createLongDoc(): Y.Doc {
  const [doc, other] = [new Y.Doc(), new Y.Doc()];
  const text = doc.getText("draft");
  for (let at = 0; at < 3_000; at++) text.insert(text.length, `${at} 😀 ü `);
  doc.getMap("messages").set("one", new Y.Map([["text", new Y.Text("x".repeat(9_000))]]));
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  for (let at = 0; at < 400; at++) other.getText("draft").insert(at * 3, `«${at}»`);
  for (let at = 0; at < 300; at++) other.getText("draft").delete(at * 5, 2);
  other.getText("draft").format(10, 500, { bold: true });
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  return doc;
}

describe("an update in pieces", () => {
  it.each([600, 5_000, 60_000])("BT3 pieces of at most %d bytes make the very same document", (bytesMax) => {
    const doc = createLongDoc();
    const pieces = splitUpdate(Y.encodeStateAsUpdate(doc), bytesMax);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(bytesMax);
    const made = new Y.Doc();
    for (const piece of pieces) applyUpdate(made, piece);
    made.getText("draft");
    made.getMap("messages");
    expect(digestOf(made)).toEqual(digestOf(doc));
    expect(made.getText("draft").toString()).toBe(doc.getText("draft").toString());
    expect(made.store.pendingStructs).toBeNull();
  });

  it("BT3 what goes in one stays one", () => {
    const doc = new Y.Doc();
    doc.getText("draft").insert(0, "short");
    expect(splitUpdate(Y.encodeStateAsUpdate(doc), 1_000)).toHaveLength(1);
  });

  it("BT3 also behind what others know, and with a hole in it", () => {
    const doc = new Y.Doc();
    const text = doc.getText("draft");
    text.insert(0, "known ");
    const first = Y.encodeStateAsUpdate(doc);
    const known = Y.encodeStateVector(doc);
    text.insert(text.length, "y".repeat(5_000));
    const second = Y.encodeStateAsUpdate(doc, known);
    const afterSecond = Y.encodeStateVector(doc);
    doc.getMap("notes").set("a", 1);
    const third = Y.encodeStateAsUpdate(doc, afterSecond);
    const made = new Y.Doc();
    for (const piece of splitUpdate(Y.mergeUpdates([first, third]), 600)) applyUpdate(made, piece);
    for (const piece of splitUpdate(second, 600)) applyUpdate(made, piece);
    made.getText("draft");
    made.getMap("notes");
    expect(digestOf(made)).toEqual(digestOf(doc));
  });

  it("BT3 a value that cannot be cut stays as it is, and what stands beside it does not grow", () => {
    const doc = new Y.Doc();
    doc.getMap("notes").set("long", "z".repeat(5_000));
    doc.getText("draft").insert(0, "y".repeat(5_000));
    const pieces = splitUpdate(Y.encodeStateAsUpdate(doc), 600);
    expect(pieces.filter(({ length }) => length > 600)).toHaveLength(1);
    const made = new Y.Doc();
    for (const piece of pieces) applyUpdate(made, piece);
    expectSame(made, doc);
  });

  it("BT3 holds for any edits and any length, and no piece waits for a later one", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), fc.integer({ min: 140, max: 400 }), (edits, bytesMax) => {
        const doc = writtenBy(edits);
        const made = new Y.Doc();
        for (const piece of splitUpdate(Y.encodeStateAsUpdate(doc), bytesMax)) {
          expect(piece.length).toBeLessThanOrEqual(bytesMax);
          applyUpdate(made, piece);
          expect(made.store.pendingStructs).toBeNull();
        }
        expectSame(made, doc);
      }),
      { numRuns: 150 },
    );
  });
});

function createWords(): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("words").insert(0, "some words that are long enough to be cut off");
  return doc;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
